"""Say what this host gives Rollcall and what it lacks."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from config.doctor import LACKS, MUST, examine


class Command(BaseCommand):
    help = (
        "Say which protections and services this host has and lacks. Status 1 when one is missing that must be there."
    )
    # The checks look at migrations and the database themselves and say it in their own words.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        states = []
        for finding in examine():
            states.append(finding.state)
            self.stdout.write(finding.line())
        musts, lacks = states.count(MUST), states.count(LACKS)
        self.stdout.write(f"doctor: {len(states)} looked at, {lacks} lacking, {musts} that must be put right")
        if musts:
            sys.exit(1)
