"""`python -m tests.campaign.mutants [--draw 600] [--seed N] [--least 85]`: would the tests notice a wrong arithmetic?

Every mutant of the money, the periods and the price models, and a drawn number of those of the rest of the terms and
the rating, is run against the tests of its own room. Prints each survivor with its line, and ends with status 1 when
fewer than `--least` percent are killed. A mutant that never ends is killed by the clock; those are told apart, because
on a busy machine the clock may also meet one that no test notices.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

from tests.campaign.mutations import Mutant, mutants_of

ROOT = Path(__file__).resolve().parents[2]
# A mutant may take so many times as long as its room does without one before the clock kills it, and never less.
PATIENCE, LEAST_SECONDS = 4, 60

# The rooms that are mutated whole, then those of which mutants are drawn: files, and the tests that must notice.
WHOLE = (
    (
        "rollcall/money.py",
        ("tests/rollcall/money", "tests/rollcall/terms/prices", "tests/rollcall/rating/test_laws.py"),
    ),
    ("rollcall/period.py", ("tests/rollcall/period",)),
    (
        "rollcall/terms/prices/*.py",
        (
            "tests/rollcall/terms/prices",
            "tests/rollcall/terms/test_prices.py",
            "tests/rollcall/rating/test_price_step.py",
        ),
    ),
)
DRAWN = (
    ("rollcall/intake/clean/*.py", ("tests/rollcall/intake/test_clean.py",)),
    ("rollcall/terms/quantities/*.py", ("tests/rollcall/terms/quantities", "tests/rollcall/rating")),
    ("rollcall/terms/activity.py", ("tests/rollcall/terms", "tests/rollcall/counting/test_rules.py")),
    ("rollcall/terms/identity.py", ("tests/rollcall/identity",)),
    ("rollcall/terms/**/*.py", ("tests/rollcall/terms", "tests/rollcall/rating")),
    ("rollcall/rating/**/*.py", ("tests/rollcall/rating",)),
)


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed source where the one module is imported."""

    def __init__(self, mutant: Mutant) -> None:
        parts = mutant.path.relative_to(ROOT).with_suffix("").parts
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.is_package = parts[-1] == "__init__"
        self.mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(
            fullname,
            self.mutant.path,
            loader=self,
            submodule_search_locations=[str(self.mutant.path.parent)] if self.is_package else None,
        )

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.mutant.source, str(self.mutant.path), "exec"), module.__dict__)


def main() -> int:
    """Run the campaign of mutants and return the status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", type=int, default=600)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--least", type=int, default=85, help="percent of mutants that must be killed")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="only files whose path begins with this")
    arguments = parser.parse_args()
    whole = [(mutant, tests) for pattern, tests in WHOLE for path in _files(pattern) for mutant in mutants_of(path)]
    whole = [(mutant, tests) for mutant, tests in whole if _named(mutant.path).startswith(arguments.only)]
    taken = {mutant.path for mutant, _ in whole}
    rest: list[tuple[Mutant, tuple[str, ...]]] = []
    for pattern, tests in DRAWN:
        found = [path for path in _files(pattern) if path not in taken and _named(path).startswith(arguments.only)]
        rest += [(mutant, tests) for path in found for mutant in mutants_of(path)]
        taken |= set(found)
    drawn = random.Random(arguments.seed).sample(rest, min(arguments.draw, len(rest)))
    patience = {}
    for tests in {tests for _, tests in (*whole, *drawn)}:
        begun = time.monotonic()
        if _finished(_start(None, tests)) != 0:
            print(f"The tests {' '.join(tests)} fail without any change; nothing can be learned from mutants.")
            return 2
        patience[tests] = max(LEAST_SECONDS, PATIENCE * (time.monotonic() - begun))
    print(f"{len(whole)} mutants whole, {len(drawn)} of {len(rest)} drawn with the seed {arguments.seed}", flush=True)
    started = time.monotonic()
    late: list[Mutant] = []
    survivors = list(_survivors([*whole, *drawn], patience, arguments.workers, late))
    killed = len(whole) + len(drawn) - len(survivors)
    percent = 100 * killed / (len(whole) + len(drawn))
    for mutant in late:
        print(f"by the clock: {_named(mutant.path)}:{mutant.line}: {mutant.change}")
    for path, number in sorted(Counter(mutant.path for mutant in survivors).items()):
        print(f"{number:4} survived in {_named(path)}")
    print(
        f"mutants: {killed} of {len(whole) + len(drawn)} killed, {percent:.1f} %, {len(late)} of them by the clock, "
        f"{time.monotonic() - started:.0f} s"
    )
    return 0 if percent >= arguments.least else 1


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _files(pattern: str) -> list[Path]:
    return sorted(ROOT.glob(pattern))


def _survivors(
    mutants: Sequence[tuple[Mutant, tuple[str, ...]]],
    patience: dict[tuple[str, ...], float],
    workers: int,
    late: list[Mutant],
) -> Iterable[Mutant]:
    """Run the mutants in so many processes at a time and yield those that no test noticed.

    `patience` has the seconds after which the clock kills a mutant, by the tests of its room; `late` gets those.
    """
    running: dict[int, tuple[Mutant, float]] = {}
    waiting = list(reversed(mutants))
    while waiting or running:
        while waiting and len(running) < workers:
            mutant, tests = waiting.pop()
            running[_start(mutant, _nearest_first(tests, mutant.path))] = (mutant, time.monotonic() + patience[tests])
        done, status = os.waitpid(-1, os.WNOHANG)
        if not done:
            for process, (_, until) in running.items():
                if time.monotonic() > until:
                    os.killpg(process, signal.SIGKILL)
            time.sleep(0.02)
            continue
        mutant, until = running.pop(done)
        over = len(mutants) - len(waiting) - len(running)
        if over % 50 == 0:
            print(f"{over} of {len(mutants)} tried", flush=True)
        if os.WIFSIGNALED(status) and time.monotonic() > until:
            late.append(mutant)
        if os.waitstatus_to_exitcode(status) == 0:
            print(f"survived: {_named(mutant.path)}:{mutant.line}: {mutant.change}", flush=True)
            yield mutant


def _nearest_first(tests: Sequence[str], changed: Path) -> list[str]:
    """Return the files of tests, those first that are named after the changed file, then those that speak of it.

    All of them run; most mutants are noticed by the first.
    """
    files = [
        file
        for test in tests
        for file in ([Path(test)] if test.endswith(".py") else sorted(Path(test).rglob("test_*.py")))
    ]
    told = changed.stem.removesuffix("s")
    return sorted(
        map(str, files),
        key=lambda file: (told not in Path(file).stem, told not in Path(file).read_text(encoding="utf-8")),
    )


def _start(mutant: Mutant | None, tests: Sequence[str]) -> int:
    """Run tests in a process of their own, with one module changed; return the process."""
    process = os.fork()
    if process:
        return process
    os.setpgrp()
    os.chdir(ROOT)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    if mutant is not None:
        sys.meta_path.insert(0, Changed(mutant))
    # The same examples for every mutant: what differs is the mutant.
    hypothesis.settings.register_profile("mutants", deadline=None, derandomize=True, database=None, max_examples=20)
    hypothesis.settings.load_profile("mutants")
    options = [
        "-x",
        "-q",
        "--noconftest",
        "-p",
        "no:django",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-c",
        os.devnull,
    ]
    # These start programs of their own, in which nothing is changed.
    options += [
        f"--ignore-glob=*/{name}" for name in ("test_one_zone_data.py", "test_command*.py", "test_real_export.py")
    ]
    status = pytest.main([*options, f"--rootdir={ROOT}", "--import-mode=importlib", *tests])
    os._exit(int(status))


def _finished(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
