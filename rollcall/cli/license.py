"""`rollcall license`: read a licence file, and check that it is the vendor's."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rollcall.cli.table import Column, table
from rollcall.money import count_in_words
from rollcall.signing import EnvelopeRefused, KeyRefused, SignatureRefused, read_public_file
from rollcall.signing.armor import ArmorRefused, unarmored
from rollcall.signing.fields import instant_text
from rollcall.signing.keys import named_keys
from rollcall.signing.license import NEVER_BLOCKED, License, check_license, open_license, read_license, trust_of
from rollcall.signing.revocations import VendorKeys, read_revocations
from rollcall.terms.activity import ActivityDefinition

DONE, WRONG_USE, REFUSED = 0, 2, 3
_REFUSALS = (ArmorRefused, EnvelopeRefused, SignatureRefused)
_GRANTED = (Column("feature"), Column("granted"))
_INSTALLED = (Column("instance"), Column("key"))


class WrongUse(ValueError):
    """An argument of the command cannot be used; the message says which and why."""


def add_to(subcommands: Any) -> None:
    """Add the subcommand `license` with its two commands."""
    parser = subcommands.add_parser(
        "license",
        help="read a licence file, or check it",
        description="Read what a licence file grants, and check with the vendor's public key that it is the vendor's.",
        epilog="Exit status: 0 done, 2 wrong use, 3 refused: not a licence, or not signed by a key that was given.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="print what it says; with a key, only where the signature is good")
    verify = commands.add_parser("verify", help="check its signature, and say whether it is valid at an instant")
    for command in (show, verify):
        command.add_argument("file", type=Path, metavar="FILE", help="the licence file, as downloaded")
        command.add_argument(
            "--key",
            type=Path,
            action="append",
            default=[],
            required=command is verify,
            metavar="VENDOR.pub",
            help="a public key of the vendor; may stand several times",
        )
        command.add_argument(
            "--known",
            type=Path,
            action="append",
            default=[],
            metavar="LICENSE",
            help="an earlier licence: the keys that it announces are trusted, too, in the order given",
        )
        command.add_argument(
            "--revoked",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="the vendor's list of revoked keys, as it publishes it",
        )
        command.add_argument(
            "--at", metavar="INSTANT", help="say its state at this instant, as in 2026-05-04T09:00:00Z"
        )
        command.add_argument("--json", action="store_true", help="print JSON for programs instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, check where a key is given, and print; return the exit status."""
    try:
        at = _instant(arguments.at) if arguments.at else None
        keys = [_key(path) for path in arguments.key]
        if (arguments.known or arguments.revoked) and not keys:
            raise WrongUse("--known and --revoked are checked with a key; give the vendor's with --key.")
        text = _text(arguments.file)
        trusted = _trust(keys, arguments.known, arguments.revoked) if keys else None
        found = check_license(text, trusted=trusted) if trusted else open_license(unarmored("LICENSE", text))
    except WrongUse as error:
        print(f"rollcall license: {error}", file=sys.stderr)
        return WRONG_USE
    except _REFUSALS as error:
        print(f"rollcall license: {arguments.file}: {error}", file=sys.stderr)
        return REFUSED
    _print(arguments, found.license, signer=found.envelope.signer, is_checked=trusted is not None, at=at)
    return DONE


def _print(
    arguments: argparse.Namespace, found: License, *, signer: str, is_checked: bool, at: datetime | None
) -> None:
    state = found.state_at(at) if at else None
    if arguments.json:
        head = {"outcome": "verified" if is_checked else "not_checked", "signer": signer, "state": state}
        print(json.dumps({**head, "license": found.to_payload()}, indent=1, ensure_ascii=False))
        return
    if arguments.command == "verify":
        print(f"Licence {found.serial} of contract {found.contract} is signed by {signer}, a key of {found.vendor}.")
    else:
        _print_for_people(found)
        signed = f"Signed by {signer}"
        print(f"{signed}." if is_checked else f"{signed}: not checked; give the vendor's key with --key.")
    valid = f"Valid from {instant_text(found.not_before)} until {instant_text(found.expires)}"
    print(f"{valid}, then {count_in_words(found.grace_days, 'day')} of grace.")
    if state is not None and at is not None:
        print(f"At {instant_text(at)} it is {state}.")


def _print_for_people(found: License) -> None:
    print(f"Licence {found.serial} of contract {found.contract}, version {found.contract_version}: {found.product}")
    print(f"For {found.customer_name} ({found.customer}), by {found.vendor}, issued {instant_text(found.issued_at)}")
    print()
    print(table(_GRANTED, [[one.feature, one.words()] for one in found.entitlements]), end="\n\n")
    print(NEVER_BLOCKED, end="\n\n")
    for name, one in found.definitions.items():
        print(f"{name}: {ActivityDefinition.from_json(one.definition).words()}\n  {one.digest}")
    print(table(_INSTALLED, [[one.name, one.key or "not activated yet"] for one in found.instances]), end="\n\n")
    once = found.reporting_cadence == "once_per_period"
    print(f"Reports are due {'once per period' if once else 'for each day'}, by the days of {found.timezone}.")
    discloses = "one row per user, action and day" if found.disclosure == "rows" else "totals alone"
    named = "under the customer's own key" if found.namespace == "customer_key" else "as the product names them"
    print(f"A report discloses {discloses}; users are named {named}.")
    for key in found.next_keys:
        print(f"The vendor's next key is {key}.")
    for revoked in found.revocations.revoked:
        since = f"report {revoked.from_seq}" if revoked.from_seq else instant_text(revoked.at)
        print(f"Revoked from {since} on: {revoked.fingerprint}, a key of the {revoked.kind}.")


def _trust(keys: Sequence[bytes], known: Sequence[Path], revoked: Sequence[Path]) -> VendorKeys:
    """Return what is trusted: the keys given, those that earlier licences announce, without those revoked."""
    trusted = VendorKeys(keys=named_keys(keys))
    for path in known:
        trusted = trust_of(read_license(_text(path), trusted=trusted), trusted=trusted)
    for path in revoked:
        listed = read_revocations(_text(path), trusted=trusted.keys.values())
        trusted = trusted.with_more({}, listed.revocations)
    return trusted


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("ascii")
    except OSError as error:
        raise WrongUse(f"{path} is not a file that can be read.") from error
    except UnicodeDecodeError as error:
        raise ArmorRefused(f"{path} is not an armored file: it holds other bytes than plain text.") from error


def _key(path: Path) -> bytes:
    try:
        return read_public_file(path.read_text(encoding="ascii"))
    except (OSError, KeyRefused, UnicodeDecodeError) as error:
        raise WrongUse(f"{path}: {error}") from error


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"--at {text} is not an instant such as 2026-05-04T09:00:00Z.") from error
    if at.tzinfo is None:
        raise WrongUse(f"--at {text} names no zone; write it as 2026-05-04T09:00:00Z.")
    return at.astimezone(UTC).replace(microsecond=0)
