"""`rollcall verify BUNDLE.zip`: whether an invoice comes out of its own evidence again."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rollcall.cli.table import Column, table
from rollcall.evidence.against_export import Export, ExportRefused, compare_export
from rollcall.evidence.archive import BundleRefused
from rollcall.evidence.findings import Verification
from rollcall.evidence.verify import verify_bundle
from rollcall.intake.request import RequestRefused
from rollcall.signing import KeyRefused, read_public_file

WRONG_USE = 2
_STEPS = (Column("what"), Column("of"), Column("result"))
_SHOWN = 20


class WrongUse(ValueError):
    """An argument of the command cannot be used; the message says which and why."""


def add_to(subcommands: Any) -> None:
    """Add the subcommand `verify` with its arguments."""
    parser = subcommands.add_parser(
        "verify",
        help="recompute an invoice from its evidence bundle",
        description="Check the signature and every hash of a bundle, count and rate again from its rows, and compare "
        "with the invoice. No network, no account.",
        epilog="Exit status: 0 equal, 1 different, 2 wrong use, 3 consistent, but no key to check the signer.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE.zip", help="the bundle of an invoice, as downloaded")
    parser.add_argument("--key", type=Path, metavar="VENDOR.pub", help="the vendor's public key")
    parser.add_argument(
        "--with",
        dest="exports",
        nargs="+",
        default=[],
        metavar="[INSTANCE=]FILE",
        help="your own export: count it, too, and say whose rows differ; needs a bundle with names or salt",
    )
    parser.add_argument("--source-timezone", metavar="ZONE", help="zone of times in the export that name none")
    parser.add_argument("--json", action="store_true", help="print JSON for programs instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check and print; return the exit status."""
    try:
        key = None if arguments.key is None else _key(arguments.key)
        found = verify_bundle(_file(arguments.bundle), key=key)
        if arguments.exports and not found.differences:
            found = _with_export(found, arguments)
    except (WrongUse, OSError, ExportRefused, BundleRefused, RequestRefused) as error:
        print(f"rollcall verify: {error}", file=sys.stderr)
        return WRONG_USE
    if arguments.json:
        print(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
    else:
        _print_for_people(found)
    return found.status


def _with_export(found: Verification, arguments: argparse.Namespace) -> Verification:
    """Return what was found together with what the customer's own export says."""
    exports = [_export(text) for text in arguments.exports]
    more = compare_export(arguments.bundle, exports, source_timezone=arguments.source_timezone)
    return replace(
        found,
        steps=(*found.steps, *more.steps),
        differences=(*found.differences, *more.differences),
        notes=(*found.notes, *more.notes),
    )


def _export(text: str) -> Export:
    """Read [INSTANCE=]FILE; a file whose own name has the sign is taken as it is."""
    instance, sign, file = text.partition("=")
    if Path(text).exists() or not sign:
        return Export(path=_file(Path(text)))
    return Export(path=_file(Path(file)), instance=instance)


def _file(path: Path) -> Path:
    if not path.is_file():
        raise WrongUse(f"{path} is not a file that can be read.")
    return path


def _key(path: Path) -> bytes:
    try:
        return read_public_file(_file(path).read_text(encoding="utf-8"))
    except (KeyRefused, UnicodeDecodeError) as error:
        raise WrongUse(f"{path}: {error}") from error


def _print_for_people(found: Verification) -> None:
    if found.number:
        print(f"Invoice {found.number}", end="\n\n")
    if found.steps:
        print(table(_STEPS, [[step.what, step.detail, step.outcome] for step in found.steps]), end="\n\n")
    for digest in found.count_digests:
        print(f"Count {digest}")
    for sentence in (*found.stated, *found.notes):
        print(f"Note: {sentence}")
    if found.differences:
        first, *others = found.differences
        print(f"Different: {first.words()}")
        for other in others[: _SHOWN - 1]:
            print(f"           {other.words()}")
        if len(found.differences) > _SHOWN:
            print(f"           and {len(found.differences) - _SHOWN:,} more; --json lists them all.")
        return
    print("The invoice is reproduced to the cent.")
    if not found.key_checked:
        print(f"Consistent, signer not checked: give the vendor's key with --key. The bundle names {found.signer}.")
