"""`python -m tests.bench.storing`: many drafts with their lines stored, beside INSERT ... SELECT of the same rows."""

import sys

from tests.bench.story import run_story

if __name__ == "__main__":
    sys.exit(run_story("storing"))
