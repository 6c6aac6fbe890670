"""Look at files as the worker does, in a process of its own, and say what each child cost.

`python -m tests.rollcall.intake.measure PATH`: prints JSON with the answer, the seconds, and the most memory that the
child had resident, as the kernel counted it (`ru_maxrss` of the children waited for).
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from rollcall.intake.sandbox import ChildDied, run_sniff

ROOT = Path(__file__).resolve().parents[3]


def measured(path):
    """Return {"outcome", "code", "message", "seconds", "peak", "words"} of a first look at the file."""
    command = [sys.executable, "-m", "tests.rollcall.intake.measure", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120)
    seen = json.loads(done.stdout)
    cost = f"{seen['seconds']:.2f} s, {seen['peak'] / 1e6:.0f} MB"
    seen["words"] = f"{path.name} of {path.stat().st_size / 1e6:.2f} MB: {seen['code']} after {cost}"
    return seen


def main():
    path = Path(sys.argv[1])
    started = time.monotonic()
    try:
        result = run_sniff(path, path.name)
        seen = {"outcome": result.outcome, "code": result.code, "message": result.message}
    except ChildDied as death:
        seen = {"outcome": "died", "code": death.reason, "message": str(death)}
    seen["seconds"] = time.monotonic() - started
    seen["peak"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
