"""Run a bench that is told as a story of the portal, on a database of its own as tests have it."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run_story(name: str) -> int:
    """Run tests/bench/<name>_story.py; 0 where what it promises was kept."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(HERE / f"{name}_story.py"),
        "-n",
        "0",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run(command, cwd=HERE.parents[1], check=False).returncode
