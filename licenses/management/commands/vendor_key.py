"""Show, make, announce, replace or write out the key with which a legal entity signs its bundles."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ground import clock
from ground.actor import Actor
from licenses.models import LegalEntity
from licenses.operations.announce_vendor_key import announce_vendor_key
from licenses.operations.make_vendor_key import make_vendor_key
from licenses.operations.replace_vendor_key import replace_vendor_key
from rollcall.signing import public_file, read_public_file


class Command(BaseCommand):
    """Prints the fingerprint that stands on the next invoice; with --write the public key as a file for customers."""

    help = "The vendor's signing key: its fingerprint, its public half as a file, and a new one in its place."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", default="", help="the name of the legal entity, where there are several")
        parser.add_argument("--write", type=Path, metavar="FILE", help="write the public key, to be given to customers")
        parser.add_argument(
            "--replace", metavar="REASON", default="", help="retire the key in force and make a new one"
        )

        parser.add_argument("--announce", action="store_true", help="announce the next key; --replace takes it up")
        parser.add_argument(
            "--public",
            type=Path,
            metavar="FILE",
            help="with --announce or --replace: the public half of a key that ROLLCALL_SIGNER_COMMAND signs with",
        )

    def handle(
        self,
        *args: Any,
        entity: str,
        write: Path | None,
        replace: str,
        announce: bool,
        public: Path | None,
        **options: Any,
    ) -> None:
        actor, of = Actor.system("manage.py vendor_key"), _entity(entity)
        public_key = read_public_file(public.read_text(encoding="ascii")) if public is not None else None
        if public_key is not None and not (announce or replace):
            raise CommandError("Say with --announce or --replace what the public key is for.")
        if announce:
            key = announce_vendor_key(actor=actor, legal_entity=of, now=clock.now(), public_key=public_key)
        elif replace:
            key = replace_vendor_key(
                actor=actor, legal_entity=of, reason=replace, now=clock.now(), public_key=public_key
            )
        else:
            key = make_vendor_key(actor=actor, legal_entity=of)
        self.stdout.write(key.fingerprint)
        if write is not None:
            write.write_text(public_file(bytes(key.public_key)), encoding="ascii")


def _entity(name: str) -> LegalEntity:
    found = list(LegalEntity.objects.filter(name=name) if name else LegalEntity.objects.order_by("name"))
    if len(found) == 1:
        return found[0]
    names = ", ".join(LegalEntity.objects.order_by("name").values_list("name", flat=True)) or "none"
    raise CommandError(f"Say with --entity whose key is meant; there are: {names}.")
