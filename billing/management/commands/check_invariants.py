"""Look up everything that must be true of what was billed; status 1 and the row's name when something is not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from billing.invariants import CHECKS


class Command(BaseCommand):
    """Prints one line per check with its figures, and one line per finding."""

    help = "Check that numbers, amounts, snapshots, documents, counts and settlements are what they must be."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="print findings only")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for check in CHECKS:
            result = check()
            wrong += len(result.findings)
            if not options["quiet"]:
                self.stdout.write(result.line())
            for warning in result.warnings:
                self.stdout.write(f"  under way: {warning}")
            for finding in result.findings:
                self.stdout.write(f"  WRONG: {finding}")
        if wrong:
            self.stdout.write(f"{wrong} findings.")
            sys.exit(1)
        if not options["quiet"]:
            self.stdout.write("Every invariant holds.")
