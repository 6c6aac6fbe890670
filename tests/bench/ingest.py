"""`python -m tests.bench.ingest`: events through the interface from eight clients, beside COPY of the same events."""

import sys

from tests.bench.story import run_story

if __name__ == "__main__":
    sys.exit(run_story("ingest"))
