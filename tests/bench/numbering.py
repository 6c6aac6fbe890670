"""`python -m tests.bench.numbering`: what numbers without holes cost eight writers, beside a sequence."""

import sys

from tests.bench.story import run_story

if __name__ == "__main__":
    sys.exit(run_story("numbering"))
