"""The page of a probe: what is on it, and how it looks in a browser."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from probe_reports import (
    REPORTS,
    diverging,
    fit,
    hostile,
    learns,
    report,
    several,
    sound,
    trial,
)
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from runtime_probe.records import Layer, Stability
from runtime_probe.report import Report, html

WIDE, PHONE = 1000, 380
READABLE = 4.5  # the contrast that WCAG 2 asks of text at level AA

_LOGS = {"browser": "ALL", "performance": "ALL"}
_WORDS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
)


class Browser:
    """Chromium, at one page at a time."""

    def __init__(self, chromium: str, driver: str, folder: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for word in _WORDS:
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", _LOGS)
        self.driver = webdriver.Chrome(options, Service(driver))
        self._file = folder / "page.html"

    def show(self, shown: Report, *, width: int = WIDE, scheme: str = "light") -> None:
        html.write(shown, self._file)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.driver.get(self._file.as_uri())

    def ask(self, script: str) -> Any:
        return self.driver.execute_script(f"return {script}")

    @property
    def complaints(self) -> list[str]:
        return [each["message"] for each in self.driver.get_log("browser")]

    @property
    def requests(self) -> list[str]:
        events = (json.loads(each["message"]) for each in self.driver.get_log("performance"))
        return [
            each["message"]["params"]["request"]["url"]
            for each in events
            if each["message"]["method"] == "Network.requestWillBeSent"
        ]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        assert "CI" not in os.environ
        pytest.skip("Chromium and its driver are not installed")
    made = Browser(chromium, driver, tmp_path_factory.mktemp("page"))
    yield made
    made.driver.quit()


# What is seen of the curves: those whose stroke is a colour, in pictures that are shown.
CURVES = """[...document.querySelectorAll('.losses path')].map(each => {
  const box = each.getBoundingClientRect(), style = getComputedStyle(each);
  return {width: box.width, height: box.height, right: box.right, stroke: style.stroke};
}).filter(each => each.stroke.startsWith('rgb') && each.width > 20)"""

# The contrast of each text with what is behind it, by the formula of WCAG 2.
CONTRASTS = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = color => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = color => rgb(color).slice(0, 3).map(each => each / 255)
    .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, index) => sum + each * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if (rgb(color)[3] === 255) return color;
    }
  };
  const found = [];
  for (const node of document.querySelectorAll('body *')) {
    const text = [...node.childNodes].some(each => each.nodeType === 3 && each.data.trim());
    if (!text || !node.getClientRects().length) continue;
    const style = getComputedStyle(node);
    const own = light(node instanceof SVGElement ? style.fill : style.color);
    const other = light(behind(node));
    const contrast = (Math.max(own, other) + 0.05) / (Math.min(own, other) + 0.05);
    found.push([contrast, node.textContent.slice(0, 40)]);
  }
  return found;
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", sorted(REPORTS))
def test_it_opens_alone_and_every_word_can_be_read(
    name: str, scheme: str, browser: Browser
) -> None:
    browser.show(REPORTS[name](), scheme=scheme)
    assert browser.complaints == []
    assert len(browser.requests) == 1
    contrasts = browser.ask(CONTRASTS)
    assert len(contrasts) > 8
    assert [each for each in contrasts if each[0] < READABLE] == []


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_it_fits_a_phone(name: str, browser: Browser) -> None:
    browser.show(REPORTS[name](), width=PHONE)
    assert browser.ask("document.documentElement.scrollWidth") == PHONE
    ends = browser.ask(
        "[...document.querySelectorAll('svg, td')].map(each => each.getBoundingClientRect().right)"
    )
    assert max(ends, default=0) <= PHONE
    sizes = browser.ask(
        "[...document.querySelectorAll('svg text')].filter(each => each.getClientRects().length)"
        ".map(each => each.getBoundingClientRect().height)"
    )
    assert min(sizes, default=20) >= 11


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_the_curves_of_both_sides_are_there_in_colours_of_their_own(
    width: int, browser: Browser
) -> None:
    strokes = {}
    for scheme in ("light", "dark"):
        browser.show(diverging(), width=width, scheme=scheme)
        curves = browser.ask(CURVES)
        assert len(curves) == 2 * 2 * 4  # two pairs, of two sides, of three seeds and their middle
        assert all(each["right"] <= width for each in curves)
        assert any(each["height"] > 20 for each in curves)
        strokes[scheme] = {each["stroke"] for each in curves}
        assert len(strokes[scheme]) == 2
    assert not strokes["light"] & strokes["dark"]


def test_what_a_script_chose_is_only_text(browser: Browser) -> None:
    browser.show(hostile())
    assert browser.complaints == []
    assert browser.ask("document.querySelectorAll('script, img, iframe, object').length") == 0
    assert browser.ask("document.title").startswith("<script>alert('x')</script><img ")
    words = browser.ask("[...document.querySelectorAll('svg text')].map(each => each.textContent)")
    assert any(each.startswith("<script>") for each in words)
    handlers = browser.ask(
        "[...document.querySelectorAll('*')].flatMap(each => [...each.attributes])"
        ".map(each => each.name).filter(each => each.startsWith('on'))"
    )
    assert handlers == []


def test_a_page_has_no_script_and_names_no_other_host() -> None:
    text = html.page(diverging())
    assert "<script" not in text
    links = {each.split('"')[1] for each in text.split() if each.startswith("href=")}
    assert all(each.startswith(("https://tfcheck.readthedocs.io/", "data:")) for each in links)
    assert "src=" not in text


def test_the_parts_of_a_page() -> None:
    text = html.page(several())
    for words in (
        "2 confirmed, 1 untried; 3 symptoms",
        "planned end",
        "best constant prediction",
        "no longer finite",
        "symptom: vanishing-gradients",
        "update ratio",
        "dead units",
        "Line 40: nb_epoch is epochs",
        "train.py ran to its end (14.2 s)",
        "Functional model &#34;encoder&#34; of 616,330 parameters",
        'class="stops"',
        "seed 1: least after epoch 3, stopped after epoch 5",
        "Landlock refuses writes outside the copy; the network",
    ):
        assert words in text
    assert "Learning rate" in html.page(diverging())
    assert "Scales of features" in html.page(diverging())


def test_a_sound_run_shows_its_own_curve() -> None:
    text = html.page(sound())
    assert "as written" in text
    assert text.count('class="losses"') == 1


def test_layers_are_coloured_by_the_size_of_what_was_measured() -> None:
    layers = [
        Layer(0, name, "Dense", "relu", (size, size), (1.0, 1.0), (0.0, float("inf")))
        for name, size in (("first", 1e-8), ("second", 1e-4), ("third", 1.0))
    ]
    strip = html._strip(layers)
    assert strip.names == ["gradient norm", "update ratio"]
    shares = [[cell.share for cell in cells] for _, cells in strip.rows]
    assert [each[:2] for each in shares] == [[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]
    assert [(cell.words, cell.odd) for cell in strip.rows[0][1][2:]] == [("0", True), ("∞", True)]


def test_losses_below_zero_and_runs_without_losses_are_drawn() -> None:
    here = fit(loss_of_constant=None)
    negative = trial(here, (), 0, lambda share, _: share - 0.5)
    assert 'class="losses"' in html.page(report([], [], [here, negative]))
    nothing = trial(here, (), 0, lambda *_: float("nan"))
    assert 'class="losses"' not in html.page(report([], [], [here, nothing]))


def test_a_long_run_is_drawn_with_its_extremes() -> None:
    here = fit(planned_steps=100_000)
    spike = trial(
        here, (), 0, lambda share, noise: 1e9 if share == 0 else learns(share, noise), points=20_000
    )
    text = html.page(report([], [], [here, spike]))
    assert len(text) < 100_000
    assert ">1e7<" in text


def test_the_parent_stays_without_what_the_child_needs() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from probe_reports import several\n"
        "from runtime_probe.report import html, json, live, sarif, tensorboard, terminal\n"
        "html.page(several())\n"
        "print({'numpy', 'tensorflow', 'keras', 'sklearn'} & set(sys.modules))"
    )
    root = Path(__file__).parent.parent
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "set()"


@pytest.mark.parametrize("rates", [(0.0, 1.0, 0.5), (0.1, 0.0, 0.0), (0.1, math.inf, math.inf)])
def test_a_rate_that_no_axis_shows(rates: tuple[float, float, float]) -> None:
    shown = html.page(report((), (), [fit(), Stability(0, "features", *rates)]))
    assert "stable where it is shaded" not in shown
