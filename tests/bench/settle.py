"""`python -m tests.bench.settle`: how long a true-up takes after 1 % late rows of a month of 100,000 users."""

import sys

from tests.bench.story import run_story

if __name__ == "__main__":
    sys.exit(run_story("settle"))
