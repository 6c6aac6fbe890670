"""Set the demo up and play its story through the running product."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.demo.scene import set_scene
from config.demo.script import YEAR
from config.demo.story import Story
from config.demo.table import table

# What the demo's invoices print: the address at which `make demo` serves unless told otherwise.
PORTAL_URL = "http://localhost:8000"


class Command(BaseCommand):
    help = "Play a year of eight customers through the product and print what came out. A second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", required=True, help="where the running product answers")

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        if not settings.ROLLCALL_DEMO:
            raise CommandError("This fills the database with invented customers; set ROLLCALL_DEMO=true for it.")
        folder = Path(settings.VAR_DIR) / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        set_scene(portal_url=PORTAL_URL, companies=YEAR.companies)
        clock_file = Path(settings.ROLLCALL_DEMO_CLOCK)
        Story(script=YEAR, base=url, folder=folder, clock_file=clock_file, say=self.stdout.write).play()
        self.stdout.write("")
        for line in table(folder=folder, companies=YEAR.companies):
            self.stdout.write(line)
        self.stdout.write("")
        # Whoever looks at the demo may recompute any bill of it: so it is done here, from every stored bundle.
        call_command("check_invariants", quiet=True, stdout=self.stdout)
        self.stdout.write("Checked: every invoice was made again from its bundle, and every invariant holds.")
