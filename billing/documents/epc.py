"""The payment code of the European Payments Council (EPC069-12, "GiroCode"): a bank's app fills a transfer from it.

Only euros can be paid with it, and only into an account of the single euro payments area.
"""

import re
from decimal import Decimal

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from billing.documents.printable import plain
from billing.documents.snapshot import CREDIT_NOTE, Invoice

_SERVICE, _VERSION, _UTF_8, _TRANSFER = "BCD", "002", "1", "SCT"
_LEAST, _MOST = Decimal("0.01"), Decimal("999999999.99")
_LONGEST_NAME, _LONGEST_REFERENCE, _LONGEST = 70, 140, 331
# One mask for every code: to try all eight costs ten times as much, and the standard of the code allows any.
_MASK = 3
_AREA = (
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE "
    "SI SK SM VA"
)


def payment_code(invoice: Invoice) -> list[str]:
    """Return the lines of the code; none in another currency, without such an account, or where nothing is due."""
    seller = invoice.raw["seller"]
    account = "".join((seller["iban"] or "").split())
    if invoice.currency != "EUR" or invoice.kind == CREDIT_NOTE or not _LEAST <= invoice.payable <= _MOST:
        return []
    if account[:2] not in _AREA.split() or not is_iban(account):
        return []
    lines = [
        *(_SERVICE, _VERSION, _UTF_8, _TRANSFER),
        "".join((seller["bic"] or "").split()),
        plain(seller["name"])[:_LONGEST_NAME],
        account,
        f"EUR{invoice.payable:.2f}",
        "",  # the purpose, which no bank demands
        "",  # a structured reference, which an invoice number is not
        invoice.number[:_LONGEST_REFERENCE],
    ]
    return lines if len("\n".join(lines).encode("utf-8")) <= _LONGEST else []


def is_iban(account: str) -> bool:
    """Tell whether an account number without blanks is an IBAN whose check digits are right."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", account):
        return False
    return int("".join(str(int(char, 36)) for char in account[4:] + account[:4])) % 97 == 1


def drawn(lines: list[str]) -> bytes:
    """Draw the code as an SVG of one stroke per run of dark squares, without its quiet zone."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=_MASK)
    code.add_data("\n".join(lines).encode("utf-8"), optimize=0)
    rows = code.get_matrix()
    strokes = [
        f"M{found.start()} {y}.5h{len(found[0])}"
        for y, row in enumerate(rows)
        for found in re.finditer("1+", "".join("1" if dark else "0" for dark in row))
    ]
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<path stroke="#000" d="{"".join(strokes)}"/></svg>'
    ).encode("ascii")
