"""`python -m tests.bench.lists`: the desk's lists over a million invoices of twenty thousand customers."""

import sys

from tests.bench.story import run_story

if __name__ == "__main__":
    sys.exit(run_story("lists"))
