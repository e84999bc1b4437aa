"""Put the findings of the three small scripts on trial, again and again, and time it.

    python benchmarks/probe_three_scripts.py [--runs 10]

For each script the verdicts of all runs are counted, each run with another seed for the weights
that the script begins with, which a probe would else keep the same. A run is timed against the
script itself up to its ``fit``, the import of TensorFlow included, as a ratio of the medians of
wall time; both sides are run in turns.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

SCRIPTS = Path(__file__).parent.parent / "fixtures" / "three_scripts"
FIT = "model.fit("
SEEDED = "import keras\nkeras.utils.set_random_seed({})\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    for script in sorted(SCRIPTS.glob("*.py")):
        verdicts, symptoms = Counter[str](), Counter[str]()
        probes, imports = [], []
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / script.name
            before_fit = Path(folder) / "before_fit.py"
            for run in range(options.runs):
                text = SEEDED.format(run) + script.read_text()
                copy.write_text(text)
                before_fit.write_text(text.partition(FIT)[0])
                imports.append(seconds([sys.executable, str(before_fit)], folder)[0])
                command = [sys.executable, "-m", "tfcheck", "probe", "-q", script.name]
                took, output = seconds([*command, "--output-format", "json"], folder)
                probes.append(took)
                report = json.loads(output)
                found = [*report["findings"], *report["measured"]]
                verdicts.update(f"{each['name']} {each['verdict']}" for each in found)
                symptoms.update(each["name"] for each in report["symptoms"])
        print(script.name)
        for name, count in sorted((verdicts + symptoms).items()):
            print(f"    {name:44} {count:3} of {options.runs}")
        own, whole = median(imports), median(probes)
        print(f"    {whole:.1f} s, {whole / own:.2f} times its own lines before fit ({own:.1f} s)")
    return 0


def seconds(command: list[str], folder: str) -> tuple[float, str]:
    """The wall time of a command and what it printed; exit code 1 says that something was found."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    took = time.monotonic() - began
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return took, done.stdout


if __name__ == "__main__":
    raise SystemExit(main())
