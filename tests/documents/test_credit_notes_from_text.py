"""Credit notes and prepaid invoices recompute from the text of their PDF alone, in three languages."""

from decimal import Decimal

import pytest

from billing.documents import Enclosed, render_pdf
from billing.einvoice import cii_xml
from tests.billing.einvoice.documents import credit_note, prepaid
from tests.documents.checker import check, said, texts_of

CASES = {
    "credit note": credit_note,
    "credit note in German": lambda: credit_note() | {"language": "de"},
    "credit note in French": lambda: credit_note() | {"language": "fr"},
    "partly prepaid": lambda: prepaid("3804.00", "10000.00"),
    "all prepaid": lambda: prepaid("13804.00", "0.00"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_recomputes_from_its_own_text(case):
    found = CASES[case]()
    texts = texts_of(render_pdf(found, enclosed=Enclosed(e_invoice=cii_xml(found))))
    result = check(texts)
    assert result.wrong == []
    assert result.done >= 20
    totals = found["totals"]
    assert said(texts) == {
        "number": found["number"],
        "lines": [Decimal(line["amount"]) for line in found["lines"]],
        "net": Decimal(totals["net"]),
        "tax": sum((Decimal(tax["tax"]) for tax in totals["taxes"]), Decimal(0)),
        "gross": Decimal(totals["gross"]),
        "payable": Decimal(totals.get("payable", totals["gross"])),
    }
