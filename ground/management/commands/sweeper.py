"""The process that guarantees delivery: it wakes up jobs whose message was lost or whose worker died."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from ground.loop import repeat
from ground.operations.sweep_jobs import sweep_jobs


class Command(BaseCommand):
    help = "Wake up every job that waits, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="sweep once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{sweep_jobs()} jobs woken up")
            return
        repeat(sweep_jobs, every_seconds=settings.JOB_SWEEP_SECONDS)
