"""`python -m tests.bench.billing`: a month of many contracts of a thousand users, counted, drafted and finalized."""

import sys

from tests.bench.story import run_story

if __name__ == "__main__":
    sys.exit(run_story("billing"))
