"""What people of the vendor put on an invoice by hand: each with its reason, its amount and its step of the working."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from rollcall.evidence.findings import Difference, unequal
from rollcall.money import exact_product, exact_sum, grouped, shortest

KIND = "adjustment"
PLACE = "INVOICE.json"


def compare_adjustments(invoice: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield where a line that comes out of no rating is not a named adjustment with its reason.

    No usage gives such a line, so all that can be held is that the invoice says the same of it in three places: the
    line, the list of adjustments, and the working.
    """
    named = {entry["key"]: entry for entry in invoice.get("adjustments", [])}
    steps = [(one["words"], shortest(Decimal(one["amount"]))) for one in invoice["working"] if one["step"] == KIND]
    lines = adjustment_lines(invoice)
    for line in lines:
        where = f"of line {line['position']}, {line['key']},"
        entry = named.pop(line["key"], None)
        if entry is None or not entry["reason"].strip():
            sentence = f"line {line['position']} over {line['amount']} is an adjustment without a reason."
            yield Difference(code="invoice.adjustment", place=PLACE, sentence=sentence)
            continue
        stated = shortest(Decimal(line["amount"]))
        product = exact_product(Decimal(line["quantity"]), Decimal(line["unit_price"]))
        yield from unequal("invoice.adjustment", PLACE, f"The amount {where}", stated, shortest(product))
        noted = shortest(Decimal(entry["amount"]))
        yield from unequal("invoice.adjustment", PLACE, f"The noted amount {where}", noted, stated)
        words = f"Adjustment: {entry['reason']}"
        yield from unequal("invoice.adjustment", PLACE, f"The reason {where}", line["words"], words)
        if (line["words"], stated) not in steps:
            sentence = f"the working does not tell the adjustment of line {line['position']}."
            yield Difference(code="invoice.adjustment", place=PLACE, sentence=sentence)
    for key, entry in named.items():
        sentence = f"the adjustment {key} over {entry['amount']} is on no line."
        yield Difference(code="invoice.adjustment", place=PLACE, sentence=sentence)


def adjustment_lines(invoice: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the lines that people of the vendor made."""
    return [line for line in invoice["lines"] if line["kind"] == KIND]


def adjustments_in_words(invoice: Mapping[str, Any]) -> str:
    """Say plainly what no usage proves; empty where there is none."""
    lines = adjustment_lines(invoice)
    if not lines:
        return ""
    amount = f"{grouped(exact_sum(Decimal(line['amount']) for line in lines))} {invoice['currency']}"
    if len(lines) == 1:
        return f"One line over {amount} is an adjustment that a person made, for the reason it gives."
    return f"{len(lines)} lines over {amount} are adjustments that people made, for the reasons they give."
