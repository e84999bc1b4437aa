"""Does the probe confirm faults that are planted in sound programs, and nothing of sound ones?

    python benchmarks/probe_mutants.py CACHE fixtures/sound/* [--seed 4] [--of-each-kind 12]

Mutants are drawn by ``planting``, of each kind of fault as many. Ten trainings of each, from ten
seeds, are held against ten of the sound program, by the score that the program prints of its
held-out data. A mutant is **harmless**, and left out, where half of its trainings come within 0.05
of the sound median in accuracy, or 0.1 in R2; a training that does not end in time falls short, and
a mutant that cannot be trained at all is left out too. A probe is right about what remains where it
confirms an intervention that stands for the fault.

Of sound programs, which are probed several times, nothing at all may be confirmed.

CACHE gets ``fits``, the scores of every training, of which none is made twice; ``mutants``, each in
a folder of its own; and ``probes``, what the probe said.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import planting
import probed
import trained

FITS = 10
NEAR = {"accuracy": 0.05, "R2": 0.1}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("programs", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--of-each-kind", type=int, default=12)
    parser.add_argument("--kinds", nargs="*", default=list(planting.KINDS))
    parser.add_argument("--limit", type=int, default=90, help="CPU seconds for each training")
    parser.add_argument("--budget", type=int, default=60, help="seconds for each probe")
    parser.add_argument("--runs", type=int, default=3, help="probes of each sound program")
    parser.add_argument("--jobs", type=int, default=2, help="trainings at once")
    parser.add_argument("--fits-only", action="store_true", help="train, and probe nothing")
    options = parser.parse_args()
    sound = {path.name: trained.code_of(path) for path in options.programs}
    mutants = planting.drawn(sound, options.seed, options.of_each_kind)
    mutants = [each for each in mutants if each.kind in options.kinds]
    fits = Fits(options.cache / "fits", options.limit)
    with ThreadPoolExecutor(options.jobs) as pool:
        codes = [sound[name] for name in sorted({each.program for each in mutants})]
        for _ in pool.map(fits.median, codes):
            pass
        harm = list(pool.map(lambda each: fits.harm(sound[each.program], each.code), mutants))
    _print_harm(mutants, harm)
    if options.fits_only:
        return 0
    harmful = [each for each, how in zip(mutants, harm, strict=True) if how == "harmful"]
    _probe_mutants(harmful, options.cache, options.budget)
    _probe_sound(options.programs, options.cache, options.budget, options.runs)
    return 0


class Fits:
    """Trainings from the seeds 0 to 9, each made once and kept in ``folder`` for ever."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._imported = False
        folder.mkdir(parents=True, exist_ok=True)

    def fit(self, code: str, seed: int) -> trained.Trained:
        key = hashlib.sha256(code.encode()).hexdigest()[:20]
        kept = self._folder / f"{key}-{seed}.json"
        if kept.exists():
            return trained.Trained(*json.loads(kept.read_text()))
        if not self._imported:
            trained.import_keras()
            self._imported = True
        result = trained.train(code, seed, self._limit)
        kept.write_text(json.dumps(result))
        return result

    def median(self, code: str) -> tuple[str, float]:
        """The score of a sound program: its name, and its median."""
        fits = [self.fit(code, seed) for seed in range(FITS)]
        return fits[0].metric, median(each.score for each in fits)

    def harm(self, sound: str, code: str) -> str:
        """``harmful``, ``harmless``, or ``does not run`` with the error.

        Trainings end when enough of them have come out on one side.
        """
        metric, score = self.median(sound)
        near = far = 0
        for seed in range(FITS):
            fit = self.fit(code, seed)
            if fit.error not in (None, trained.OUT_OF_TIME):
                return f"does not run: {fit.error}"
            if fit.score > score - NEAR[metric]:
                near += 1
            else:
                far += 1
            if near * 2 >= FITS:
                return "harmless"
            if far * 2 > FITS:
                return "harmful"
        raise AssertionError("ten fits are on one side or the other")


def _print_harm(mutants: Sequence[planting.Mutant], harm: Sequence[str]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for mutant, how in zip(mutants, harm, strict=True):
        print(f"{how}: {mutant.fault}, {mutant.program}")
        counts[mutant.kind, how.partition(":")[0]] += 1
    print(f"\n{'kind':12} {'harmful':>8} {'harmless':>9} {'does not run':>13}")
    for kind in dict.fromkeys(each.kind for each in mutants):
        columns = [counts[kind, how] for how in ("harmful", "harmless", "does not run")]
        print(f"{kind:12} {columns[0]:8} {columns[1]:9} {columns[2]:13}", flush=True)


def _probe_mutants(mutants: Sequence[planting.Mutant], cache: Path, budget: int) -> None:
    asked, right, read = Counter[str](), Counter[str](), Counter[str]()
    seconds = []
    print()
    for mutant in mutants:
        key = hashlib.sha256(mutant.code.encode()).hexdigest()[:20]
        script = cache / "mutants" / key / mutant.program.replace(".ipynb", ".py")
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(mutant.code)
        result = probed.probe(script, budget=budget, into=cache / "probes" / f"{key}.json")
        seconds.append(result.seconds)
        asked[mutant.kind] += 1
        confirmed = bool(result.confirmed & mutant.arms)
        right[mutant.kind] += confirmed
        read[mutant.kind] += bool(result.confirmed_by_reading & mutant.arms)
        word = "confirmed" if confirmed else "missed"
        said = result.error or f"{sorted(result.confirmed)} {sorted(result.symptoms)}"
        print(f"{word}: {mutant.fault}, {mutant.program}: {said} {script.parent.name}", flush=True)
    print(f"\n{'kind':12} {'confirmed':>9} {'of':>4} {'read before':>12}")
    for kind, count in asked.items():
        print(f"{kind:12} {right[kind]:9} {count:4} {read[kind]:12}")
    total = asked.total() or 1
    print(f"{'all':12} {right.total():9} {asked.total():4} {read.total():12}")
    print(f"{right.total() / total:.0%} confirmed with the right arm")
    print(f"{median(seconds or [math.nan]):.0f} s in the median, at most {max(seconds or [0]):.0f}")


def _probe_sound(programs: Sequence[Path], cache: Path, budget: int, runs: int) -> None:
    """Each in a folder of its own, so that no probe sees what another left."""
    wrong = tried = 0
    for path in programs:
        script = cache / "sound" / path.stem / path.name
        script.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, script)
        for run in range(runs):
            into = cache / "probes" / f"sound-{path.stem}-{run}.json"
            result = probed.probe(script, budget=budget, into=into)
            tried += 1
            wrong += bool(result.confirmed)
            if result.confirmed or result.symptoms or result.error:
                said = f"confirmed {sorted(result.confirmed)}, symptoms {sorted(result.symptoms)}"
                print(f"{result.error or said}: {path.name}, run {run + 1}", flush=True)
    print(f"{wrong} of {tried} probes of {len(programs)} sound programs confirmed something")


if __name__ == "__main__":
    sys.exit(main())
