"""`python -m tests.bench.explain`: how fast the pages are that explain a number of 100,000 users."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

STORY = Path(__file__).with_name("explain_story.py")


def main() -> int:
    """Run the story on a database of its own, as tests have it; 1 where a page takes longer than promised."""
    command = [sys.executable, "-m", "pytest", str(STORY), "-n", "0", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=STORY.parents[2], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
