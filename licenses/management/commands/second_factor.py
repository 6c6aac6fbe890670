"""Take a person's second factor away from the command line: when no administrator can sign in any more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ground import clock
from ground.actor import Actor
from licenses.models import User
from licenses.operations.remove_second_factor import NotRemovable, remove_second_factor


class Command(BaseCommand):
    """`manage.py second_factor --remove person@vendor.example --reason "..."`."""

    help = "Take a person's second factor away, for whoever runs this portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", metavar="EMAIL", required=True, help="whose second factor")
        parser.add_argument("--reason", required=True, help="why, and how you know who asked; kept for good")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email=options["remove"].strip().lower()).first()
        if person is None:
            raise CommandError(f"There is nobody with the address {options['remove']}.")
        try:
            remove_second_factor(
                actor=Actor.system("operator"), person=person, reason=options["reason"], now=clock.now()
            )
        except NotRemovable as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{person.email} has no second factor any more, and is signed out everywhere.")
