"""`python -m tests.campaign [ARGUMENTS OF PYTEST]`: drawn examples at full size, and every planted fault of a counter.

`make test` draws a sample of examples; here each search runs with many times as many (`world.CAMPAIGN`). The faults in
both counters are enumerated, not drawn, so they are the same at either size. Ends with pytest's status.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("tests/rollcall/counting",)


def main() -> int:
    """Run the rooms at full size and return the status."""
    command = [sys.executable, "-m", "pytest", *ROOMS, "--hypothesis-show-statistics", "--durations=10", *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, env=os.environ | {"ROLLCALL_CAMPAIGN": "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
