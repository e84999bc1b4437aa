"""The documentation: every rule has its page, and what pages say and point to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from build_site import prepare
from conftest import TRAINING, Command, Write
from pages import FAMILIES, INDEX, families, path

from tfcheck.config import _KEYS
from tfcheck.registry import all_rules
from tfcheck.rule import DOCUMENTATION_URL, Finding, Location, Rule, Severity

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
RULES = all_rules()
LINK = re.compile(r"\]\(([^)\s]+)\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
OF_OTHERS = {"--depth", "--epochs", "--quiet"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages are built from."""
    folder = tmp_path_factory.mktemp("site")
    prepare(folder)
    return folder


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_finding_links_to_the_page_of_its_rule(site: Path, rule: Rule) -> None:
    finding = Finding(rule.code, rule.name, rule.severity, "", Location("a.py", None, 1, 1, 1, 1))
    assert finding.url == address(site, site / "docs" / path(rule))
    text = (site / "docs" / path(rule)).read_text()
    assert text.startswith(f"# {rule.name}\n")
    facts = text.splitlines()[2]
    assert f"`{rule.code}`" in facts
    assert rule.severity.label in facts
    for line in rule.documentation.splitlines():
        assert line in text


def test_the_page_of_a_rule_says_how_often_it_was_right(site: Path) -> None:
    pages = {rule.name: (site / "docs" / path(rule)).read_text() for rule in RULES}
    assert re.search(r"\| others \| \d+ of \d+ \| \d+ of \d+ \|", pages["no-early-stopping"])
    assert "none is of this rule" in pages["one-epoch"]
    missing = {name for name, text in pages.items() if text.count("\n## Measured\n") != 1}
    assert missing == {rule.name for rule in RULES if rule.code.startswith("TFC0")}


def test_all_rules_are_listed_by_family(site: Path) -> None:
    text = (site / "docs" / INDEX).read_text()
    places = [text.index(f"| {rule.code} | [{rule.name}]({rule.name}.md) |") for rule in RULES]
    assert len(places) == text.count(".md)")
    assert address(site, site / "docs" / INDEX) == DOCUMENTATION_URL
    assert list(FAMILIES) == list("0123456789")
    listed = [rule for _, members in families(RULES) for rule in members]
    assert sorted(rule.code for rule in listed) == [rule.code for rule in RULES]


def test_rules_that_have_to_be_asked_for_say_so() -> None:
    from pages import pages

    asked = Rule("TFC599", "asked", Severity.NOTE, RULES[0].check, "A | B.\n", opt_in=True)
    made = pages((*RULES, asked))
    assert "[opt-in](../configuration.md#" in made[path(asked)]
    assert "| note, opt-in | A \\| B. |" in made[INDEX]


def test_the_navigation_names_every_page_once(site: Path) -> None:
    configuration = (site / "mkdocs.yml").read_text()
    named = re.findall(r"- (?:[\w ]+: )?(\S+\.md)$", configuration, re.MULTILINE)
    pages = [each.relative_to(site / "docs").as_posix() for each in (site / "docs").rglob("*.md")]
    assert sorted(named) == sorted(pages)


def test_links_lead_somewhere(site: Path) -> None:
    everywhere = {address(site, page) for page in (site / "docs").rglob("*.md")}
    own = DOCUMENTATION_URL.removesuffix("rules/")
    for page in (site / "docs").rglob("*.md"):
        for link in LINK.findall(page.read_text()):
            target = link.partition("#")[0]
            if target.startswith(own):
                assert target in everywhere, (page.name, link)
            elif target and "://" not in target:
                assert (page.parent / target).is_file(), (page.name, link)


def test_links_from_the_source_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES):
        for link in LINK.findall(page.read_text()):
            if "://" not in link and not link.startswith(("#", "rules/")):
                assert (page.parent / link.partition("#")[0]).exists(), (page.name, link)


def address(site: Path, page: Path) -> str:
    """Where a page is to be found, as ``mkdocs.yml`` says."""
    configured = re.search(r"^site_url: (\S+)$", (site / "mkdocs.yml").read_text(), re.MULTILINE)
    assert configured
    name = page.relative_to(site / "docs").with_suffix("").as_posix()
    return f"{configured[1]}{name.removesuffix('index').rstrip('/')}/".replace("io//", "io/")


def test_no_page_loads_anything_from_elsewhere() -> None:
    configuration = (ROOT / "mkdocs.yml").read_text()
    assert "  font: false" in configuration
    for key in ("repo_url", "extra_javascript", "extra_css", "analytics", "custom_dir"):
        assert key not in configuration
    for page in PAGES:
        assert not re.search(r"<\w|!\[", re.sub(r"(?s)```.*?```", "", page.read_text())), page.name


def test_every_option_in_the_pages_is_one(tfcheck: Command) -> None:
    helps = tfcheck("--help").out + tfcheck("probe", "--help").out
    known = set(OPTION.findall(helps)) | OF_OTHERS
    for page in PAGES:
        if page.name != "measurements.md":
            assert set(OPTION.findall(page.read_text())) <= known, page.name


def test_every_key_of_the_configuration_is_explained() -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    table = "\n".join(line for line in text.splitlines() if line.startswith("| `"))
    explained = set(re.findall(r"`([a-z-]+)(?:\.NAME)?`", table))
    assert set(_KEYS) <= explained


def test_the_example_of_a_rule_pack_works(
    check: Command,
    tfcheck: Command,
    write: Write,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (ROOT / "docs/rule-packs.md").read_text()
    (code,) = re.findall(r"(?s)```python\n(.*?)```", text)
    (toml,) = re.findall(r"(?s)```toml\n(.*?)```", text)
    packages = folder.parent / "packages"
    write(
        {
            "../packages/our_keras_rules/__init__.py": "",
            "../packages/our_keras_rules/no_epochs.py": code,
            "pyproject.toml": toml,
            "train.py": TRAINING.replace("500", "0"),
        }
    )
    monkeypatch.syspath_prepend(packages)
    assert check("--select", "no-epochs").places == ["train.py:6 no-epochs"]
    assert "Training runs for no epoch at all." in tfcheck("explain", "OUR001").out
