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
from rollcall.signing.report_file import ReportFileRefused, RowsRefused, read_report_file
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
    differences = found.differences()
    for words in differences:
        print(f"DIFFERS    {words}")
    return REFUSED if differences else 0


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
