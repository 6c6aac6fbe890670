"""`python -m tests.campaign.fuzz_run TARGET RUNS guided|drawn`: so many inputs, guided by what they reach, or drawn.

Guided: atheris keeps inputs that reach new code and breaks them further, in this process. Drawn: the same targets get
seeded inputs, the same ones every time, where atheris is not shipped or there is little time. Ends with status 0, or with the input that broke something, written to a file.
"""

import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.campaign.fuzz_seeds import broken, seeds

HAS_ATHERIS = importlib.util.find_spec("atheris") is not None


def main(target: str, runs: int, how: str) -> None:
    """Fuzz one target; the process ends here."""
    if how == "guided":
        _guided(target, runs)
    else:
        _drawn(target, runs)


def _drawn(target: str, runs: int) -> None:
    from tests.campaign.fuzz_targets import TARGETS

    started = time.monotonic()
    for data in broken(target, runs):
        _try(TARGETS[target], data)
    sys.stdout.write(f"{target}: {runs:,} drawn inputs in {time.monotonic() - started:.0f} s\n")


def _guided(target: str, runs: int) -> None:
    import atheris

    # Only what is loaded in here is watched.
    with atheris.instrument_imports(include=["rollcall"]):
        from tests.campaign.fuzz_targets import TARGETS
    corpus = tempfile.mkdtemp(prefix="rollcall-corpus-")
    for number, data in enumerate(seeds(target)):
        (Path(corpus) / f"{number:04}").write_bytes(data)
    options = [f"-runs={runs}", "-seed=20260930", "-max_len=6000", "-timeout=20", "-rss_limit_mb=1500", "-verbosity=1"]
    options += ["-print_final_stats=1", f"-artifact_prefix={tempfile.gettempdir()}/rollcall-{target}-"]
    # The bound is held against the largest memory this process ever had, and Linux counts there what the one had that
    # started it, through every exec. Only a fork of a small process begins small.
    process = os.fork()
    if process:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
    atheris.Setup([sys.argv[0], *options, corpus], lambda data: _try(TARGETS[target], data))
    atheris.Fuzz()


def _try(work: Callable[[bytes], None], data: bytes) -> None:
    try:
        work(data)
    except BaseException:
        path = Path(tempfile.gettempdir()) / f"rollcall-broke-{os.getpid()}"
        path.write_bytes(data)
        sys.stderr.write(f"This input broke it: {path}\n")
        raise


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
