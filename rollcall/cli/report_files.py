"""The commands of `rollcall report` that look at one file."""

from __future__ import annotations

import argparse
import sys

from rollcall.instance.summary import summary_of
from rollcall.signing import read_public_file
from rollcall.signing.armor import unarmored
from rollcall.signing.keys import named_keys
from rollcall.signing.license import open_license
from rollcall.signing.report_check import check_report
from rollcall.signing.report_file import ReportFileRefused, read_report_file
from rollcall.signing.report_rows import RowsRefused
from rollcall.signing.revocations import VendorKeys
from rollcall.signing.user_proof import ProofFails, check_proof
from rollcall.signing.user_proof import prove as make_proof
from rollcall.terms.activity import ActivityDefinition

REFUSED = 3


def inspect(arguments: argparse.Namespace) -> int:
    """Print everything that a report says; nothing is checked but that the table is the one it states."""
    try:
        found = read_report_file(arguments.file)
    except (ReportFileRefused, RowsRefused) as refused:
        print(f"rollcall report: {refused}", file=sys.stderr)
        return REFUSED
    print(summary_of(found.statement), end="")
    print(f"\nSigned by  {found.envelope.signer} (not checked; `rollcall report verify` does)")
    for words in found.differences:
        print(f"DIFFERS    {words}")
    return REFUSED if found.differences else 0


def prove(arguments: argparse.Namespace) -> int:
    """Write the proof that a user is in a report, with all that it says of that user, or is not in it."""
    try:
        print(make_proof(arguments.file, user=arguments.user, rows=arguments.rows), end="")
    except (ReportFileRefused, RowsRefused) as refused:
        print(f"rollcall report: {refused}", file=sys.stderr)
        return REFUSED
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Check a proof about one user with the public key of the instance."""
    keys = named_keys(read_public_file(path.read_text()) for path in arguments.key)
    try:
        shown = check_proof(arguments.file.read_text())
    except (ProofFails, RowsRefused) as refused:
        print(f"rollcall report: {refused}", file=sys.stderr)
        return REFUSED
    VendorKeys(keys=keys).check_signature(shown.envelope)
    said = shown.statement
    if not shown.rows:
        print(f"{shown.user} is not in report {said.sequence} of {said.instance}, {said.start} to {said.end}.")
        return 0
    print(f"{shown.user} is in report {said.sequence} of {said.instance}, with these rows and no others:")
    print("".join(shown.rows), end="")
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Check a report; status 3 and the outcome code where something is wrong with it."""
    keys = named_keys(read_public_file(path.read_text()) for path in arguments.key)
    definitions = None
    if arguments.license is not None:
        license = open_license(unarmored("LICENSE", arguments.license.read_text())).license
        meanings = (ActivityDefinition.from_json(dict(one.definition)) for one in license.definitions.values())
        definitions = {meaning.digest(): meaning for meaning in meanings}
    found = check_report(arguments.file, keys=keys, definitions=definitions)
    for one in found.findings:
        print(f"{one.code}: {one.words}")
    if found.findings:
        return REFUSED
    said = found.statement
    assert said is not None
    print(f"Report {said.sequence} of {said.instance}, {said.start} to {said.end}: signed by {found.signer}, whole.")
    return 0
