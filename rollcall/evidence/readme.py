"""README.txt of a bundle: what lies here, and the exact commands that make every figure again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from rollcall.evidence.contents import BundleContents, CountFolder, evidence_member

_HEAD = """\
Evidence for invoice {number}

Everything behind this invoice lies in this archive: what was reported, who was counted and why, the terms, and each
step from the count to the amount. Whoever has it can make the invoice again, without the vendor and without network.

1. Check everything, with the program `rollcall` (Python 3.11 or newer; pip install rollcall):

    rollcall verify BUNDLE.zip --key VENDOR.pub

   BUNDLE.zip is this archive as it was downloaded, VENDOR.pub the vendor's public key. Compare the fingerprint that is
   printed with the one on the invoice. With your own export of the usage:

    rollcall verify BUNDLE.zip --key VENDOR.pub --with EXPORT.csv

2. Count again with nothing but Python: recount.py, under 200 lines, shares no line with the vendor's system. Unpack the
   archive, change into it, and run:
"""

_TAIL = """
What lies here:

    MANIFEST.json          the hash of every other file, signed by the vendor
    INVOICE.json           the invoice as it was frozen{xml}
    REPORTS.json           the files that were received, with their hashes and receipts
    evidence/              what each user did on each day: user_ref stands for a name that only you can put to it
    counts/                each count: COUNT.json says how, verdicts.csv who was counted and why
    rated/                 for each charge the terms, the usage and the rating with its working
    names.csv, SALT.txt    added to your download while they exist; not signed, but checked against every user_ref
"""


def readme_text(contents: BundleContents) -> str:
    """Return README.txt."""
    counted = [line for count in contents.counts for line in _of_count(count)]
    if not counted:
        counted = ["   Nobody's activity was counted for this invoice, so there is nothing to recount.\n"]
    xml = "; INVOICE.xml says the same as an e-invoice (EN 16931)"
    if contents.invoice_xml is None:
        xml = f". There is no e-invoice: {contents.why_no_xml}" if contents.why_no_xml else ""
    return "\n".join([_HEAD.format(number=contents.number), *counted, _TAIL.format(xml=xml)])


def _of_count(count: CountFolder) -> Iterator[str]:
    command = recount_command(count.document, count.folder, has_resolution=count.resolution is not None)
    if command is None:
        yield f"   counts/{count.folder}: {_why_not(count.document)}\n"
    else:
        yield f"    {command}\n"
        yield f"   must say {count.document['active_users']:,} active users.\n"


def recount_command(document: Mapping[str, Any], folder: str, *, has_resolution: bool) -> str | None:
    """Return the command of the recount script for a count, None where nobody's activity was counted."""
    if document["definition"] is None:
        return None
    period = document["period"]
    words = ["python3", "recount.py", "--definition", f"counts/{folder}/COUNT.json"]
    words += ["--timezone", document["timezone"], "--from", period["start"], "--to", period["end"], "--whole"]
    if document.get("since") and document["definition"].get("window", "period") != "period":
        words += ["--since", document["since"]]
    if has_resolution:
        words += ["--names", f"counts/{folder}/RESOLUTION.json"]
    return shlex.join([*words, *(evidence_member(digest) for digest in document["evidence"])])


def _why_not(document: Mapping[str, Any]) -> str:
    return f"{document['kind'].replace('_', ' ')} are stated and not counted; `rollcall verify` adds them up again."
