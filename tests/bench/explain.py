"""`python -m tests.bench.explain`: how fast the pages are that explain a number of 100,000 users."""

import sys

from tests.bench.story import run_story

if __name__ == "__main__":
    sys.exit(run_story("explain"))
