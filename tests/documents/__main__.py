"""`python -m tests.documents`: hold every finalized document of the database to its pages, its XML, schema and rules.

`python -m config.launch run .venv/bin/python -m tests.documents` does it to what `make demo` left; it ends with status 1
when something is wrong with one of them, or when there is none.
"""

import os
import sys
import tempfile
from pathlib import Path

import django


def main() -> int:
    """Say what is wrong with each document, and how many were held to it."""
    from billing.models import Invoice
    from tests.documents.said_by_all import disagreements

    documents = list(Invoice.objects.filter(state=Invoice.State.FINALIZED).order_by("pk"))
    with tempfile.TemporaryDirectory() as folder:
        found = disagreements(documents, Path(folder))
    for number, wrong in found.items():
        sys.stdout.write("\n  ".join([f"{number}:", *wrong]) + "\n")
    sys.stdout.write(f"{len(documents)} documents, pages = XML = database, by schema and rules: {len(found)} wrong\n")
    return 1 if found or not documents else 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.exit(main())
