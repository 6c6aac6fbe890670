"""The tax of every line against the terms of its rating, or against the rule and the facts that the invoice states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rollcall.evidence.findings import Difference, unequal
from rollcall.evidence.rated import StoredRating
from rollcall.money import plain, shortest
from rollcall.rating import Rating, TaxTotal
from rollcall.tax import RateUnknown, TaxFacts, TaxUndecided, decide_tax
from rollcall.tax.conversion import PublishedRate, converted_taxes
from rollcall.tax.decide import AS_BILLED
from rollcall.terms.rules import Tax

PLACE = "INVOICE.json"
# Kinds of lines that bear the tax of the document which billed them.
_OF_EARLIER = ("true_up", "given_back")


def compare_tax(invoice: Mapping[str, Any], rated: Sequence[tuple[StoredRating, Rating]]) -> Iterator[Difference]:
    """Yield where a line has another tax than its terms state, or than the rule decides for its last day.

    A line that settles or gives back bears a tax that the invoice names among its decisions; an invoice of before
    decisions were written names none, and its lines are those of their terms.
    """
    own = [stored for stored, _ in rated if stored.role == "invoice"]
    facts = _facts(invoice)
    if facts is not None:
        yield from _compare_facts(invoice, facts)
    for line in invoice["lines"]:
        if line["kind"] in _OF_EARLIER:
            yield from _compare_earlier(invoice, line)
        elif own:
            yield from _compare_line(line, _of_line(line, own).terms.tax, facts)
    if "tax_currency" in invoice:
        yield from _compare_converted(invoice, invoice["tax_currency"])


def _compare_converted(invoice: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield where the tax in the currency of the tax office is not that of the document at the stated rate."""
    rate = PublishedRate(base=said["base"], quote=said["quote"], rate=Decimal(said["rate"]))
    taxes, before = invoice["totals"]["taxes"], invoice.get("corrects", {}).get("before", ())
    each, whole = converted_taxes(_read(taxes), currency=invoice["currency"], by=rate, before=_read(before))
    expected = [
        {"category": tax["category"], "rate": tax["rate"], "tax": plain(amount)}
        for tax, amount in zip(taxes, each, strict=True)
    ]
    what = f"The tax in {said['currency']}"
    yield from unequal("invoice.tax_currency", PLACE, f"{what} by rate", said["taxes"], expected)
    yield from unequal("invoice.tax_currency", PLACE, what, said["tax"], plain(whole))
    other = rate.quote if invoice["currency"] == rate.base else rate.base
    yield from unequal("invoice.tax_currency", PLACE, "The currency of the tax office", said["currency"], other)


def _read(taxes: Sequence[Mapping[str, Any]]) -> list[TaxTotal]:
    return [
        TaxTotal(
            category=tax["category"], rate=Decimal(tax["rate"]), base=Decimal(tax["base"]), tax=Decimal(tax["tax"])
        )
        for tax in taxes
    ]


def _compare_line(line: Mapping[str, Any], tax: Tax, facts: TaxFacts | None) -> Iterator[Difference]:
    what = f"The tax of line {line['position']}, {line['key']},"
    try:
        expected = _expected(line, tax, facts)
    except (TaxUndecided, RateUnknown) as undecided:
        yield Difference(code="invoice.tax", place=PLACE, sentence=f"{what} is not decided: {undecided}")
        return
    yield from unequal("invoice.tax", PLACE, what, _written(line["tax_category"], Decimal(line["tax_rate"])), expected)


def _expected(line: Mapping[str, Any], tax: Tax, facts: TaxFacts | None) -> str:
    if not tax.is_by_rule:
        return _written(tax.category, tax.rate)
    if facts is None:
        raise TaxUndecided("The terms leave it to the rule, and the invoice states no facts.")
    if facts.band != tax.band:
        raise TaxUndecided(f"The terms mean the {tax.band} rate, the invoice states the {facts.band} one.")
    day = date.fromisoformat(line["period"]["end"]) - timedelta(days=1)
    decision = decide_tax(facts=facts, tax_point=day)
    return _written(decision.category, decision.rate)


def _compare_facts(invoice: Mapping[str, Any], facts: TaxFacts) -> Iterator[Difference]:
    """Yield where the facts of the decision are not those of the parties that the invoice prints."""
    for party, said, printed in (
        ("seller", (facts.seller_country, facts.seller_vat_id), invoice["seller"]),
        ("buyer", (facts.buyer_country, facts.buyer_vat_id), invoice["buyer"]),
    ):
        found = (printed["country"], printed["vat_id"].strip())
        yield from unequal(
            "invoice.tax", PLACE, f"The {party} of the decision on tax", ", ".join(said), ", ".join(found)
        )


def _compare_earlier(invoice: Mapping[str, Any], line: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield a line of an earlier document whose tax the invoice does not name among its decisions."""
    decisions = invoice.get("tax", {}).get("decisions")
    if decisions is None:
        return
    known = {_written(one["category"], Decimal(one["rate"])) for one in decisions if one["rule"] == AS_BILLED}
    tax = _written(line["tax_category"], Decimal(line["tax_rate"]))
    if tax not in known:
        sentence = f"the tax of line {line['position']}, {line['key']}, {tax}, is that of no document it names."
        yield Difference(code="invoice.tax", place=PLACE, sentence=sentence)


def _of_line(line: Mapping[str, Any], own: Sequence[StoredRating]) -> StoredRating:
    """The rating that made the line; for one that no rating makes, the one that heads the invoice."""
    span = (line["period"]["start"], line["period"]["end"])
    for stored in own:
        if (stored.charge, stored.period.start.isoformat(), stored.period.end.isoformat()) == (line["charge"], *span):
            return stored
    return own[0]


def _facts(invoice: Mapping[str, Any]) -> TaxFacts | None:
    """The facts of a decision by rule. Raises FactsRefused for facts of another shape."""
    said = invoice.get("tax", {}).get("facts")
    return None if said is None else TaxFacts.from_json(said)


def _written(category: str, rate: Decimal) -> str:
    return f"{shortest(rate)} % ({category})"
