"""Take the vendor's receipt of a report: the report leaves the outbox, the next one will name the receipt."""

from __future__ import annotations

import os
from dataclasses import replace

from rollcall.instance.home import Home
from rollcall.signing.receipt import ReceiptStatement, read_receipt
from rollcall.signing.report_file import statement_of


class ReceiptRefused(Exception):
    """The receipt is not one for a report of this instance."""


def take_receipt(*, home: Home, text: str) -> ReceiptStatement:
    """Check and keep a receipt; an older one than the newest changes nothing.

    Raises ArmorRefused, EnvelopeRefused, SignatureRefused, ReceiptRefused.
    """
    receipt = read_receipt(text, trusted=home.trusted())
    with home.locked() as state:
        reports = sorted([*home.outbox().glob("*.report.txt"), *home.sent().glob("*.report.txt")])
        if receipt.report not in {statement_of(path)[0].digest for path in reports}:
            words = f"The receipt is for report {receipt.sequence} of {receipt.instance}, which is not here."
            raise ReceiptRefused(words)
        (home.receipts() / f"{receipt.sequence:06d}.receipt.txt").write_text(text)
        for path in home.outbox().glob(f"{receipt.sequence:06d}-*"):
            os.replace(path, home.sent() / path.name)
        if state.receipt is None or state.receipt["seq"] < receipt.sequence:
            newest = {"seq": receipt.sequence, "digest": receipt.digest, "recalled": receipt.recalled}
            home.save(replace(state, receipt=newest))
    return receipt
