"""The process that starts recurring work. What is due follows from the calendar and the job rows, not from memory."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ground import clock
from ground.loop import repeat
from ground.operations.enqueue_due import enqueue_due


class Command(BaseCommand):
    help = "Enqueue recurring work when it is due, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self._look()
            return
        repeat(self._look, every_seconds=30)

    def _look(self) -> None:
        enqueue_due(now=clock.now())
