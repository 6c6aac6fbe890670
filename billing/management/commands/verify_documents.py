"""Verify every final document: numbers, chain, snapshot, lines, stored files; status 1 when one is not as it was."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.invariants import DOCUMENT_CHECKS, bundles_give_their_invoices
from billing.invariants.chain import HeadUnreadable, chain_heads, kept_heads_stand


class Command(BaseCommand):
    """Prints one line per check, one per finding, and the head of each series for somebody to keep elsewhere."""

    help = "Verify numbers, hash chain, snapshots, lines and stored files of all finalized documents."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="print findings only")
        parser.add_argument("--bundles", action="store_true", help="recompute every evidence bundle too; takes long")
        parser.add_argument(
            "--kept",
            action="append",
            default=[],
            metavar="NUMBER=DIGEST",
            help="a head that was kept outside; repeat it",
        )
        parser.add_argument("--kept-file", metavar="FILE", help="heads that were kept outside, one on a line")

    def handle(self, *args: Any, **options: Any) -> None:
        kept = list(options["kept"])
        try:
            if options["kept_file"]:
                kept += [line for line in Path(options["kept_file"]).read_text("utf-8").splitlines() if line.strip()]
            results = [kept_heads_stand(kept)] if kept else []
        except (OSError, HeadUnreadable) as wrong:
            raise CommandError(str(wrong)) from wrong
        checks = (*DOCUMENT_CHECKS, bundles_give_their_invoices) if options["bundles"] else DOCUMENT_CHECKS
        results += [check() for check in checks]
        for result in results:
            if not options["quiet"]:
                self.stdout.write(result.line())
            for finding in result.findings:
                self.stdout.write(f"  WRONG: {finding}")
        found = sum(len(result.findings) for result in results)
        if found:
            self.stdout.write(f"{found} findings.")
            sys.exit(1)
        if not options["quiet"]:
            for head in chain_heads():
                self.stdout.write(f"head {head.line()}")
            self.stdout.write("Every document is as it was finalized.")
