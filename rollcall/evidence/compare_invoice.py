"""The invoice against its ratings: every line, the counts and digests that it prints, its taxes and its totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rollcall.evidence.archive import BundleRefused
from rollcall.evidence.compare_adjustments import KIND as ADJUSTMENT
from rollcall.evidence.compare_adjustments import compare_adjustments
from rollcall.evidence.compare_printed import compare_printed, printed_sides
from rollcall.evidence.compare_reports import Report, compare_files
from rollcall.evidence.compare_tax import compare_tax
from rollcall.evidence.counted import StoredCount
from rollcall.evidence.findings import Difference, unequal
from rollcall.evidence.rated import StoredRating
from rollcall.money import exact_difference, exact_sum, plain, round_half_up, shortest
from rollcall.rating import Rating, TaxedAmount, TaxTotal, total, with_tax_before

PLACE = "INVOICE.json"
CREDIT_NOTE = "credit_note"
GIVEN_BACK = "given_back"
# In the keys of lines that no rating makes.
_BESIDE_RATINGS = ("/true-up/", "/adjustment/")
# The shape of the frozen invoice that is read here.
SCHEMA = 1
_COPIED = ("key", "charge", "kind", "words")
_NUMBERS = ("quantity", "unit_price", "amount")


def compare_invoice(
    invoice: Mapping[str, Any],
    rated: Sequence[tuple[StoredRating, Rating]],
    counts: Mapping[str, StoredCount],
    reports: Sequence[Report],
) -> Iterator[Difference]:
    """Yield where the invoice is not what its ratings come to. Raises BundleRefused for an invoice of another shape.

    `rated` are the rated folders in their order, each with the rating made again.
    """
    try:
        yield from unequal("invoice.schema", PLACE, "The schema", invoice["schema"], SCHEMA)
        yield from _compare_lines(invoice, rated)
        yield from _compare_totals(invoice, [made for stored, made in rated if stored.role == "invoice"])
        yield from compare_tax(invoice, rated)
        yield from compare_printed(invoice, rated, counts)
        yield from compare_files(invoice, reports, _printed_counts(rated, counts))
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise BundleRefused(f"{PLACE} is not written as an invoice is: {error!r}.") from error


def _compare_lines(invoice: Mapping[str, Any], rated: Sequence[tuple[StoredRating, Rating]]) -> Iterator[Difference]:
    expected = [
        {**line.to_json(), "period": _span(stored)}
        for stored, made in rated
        if stored.role == "invoice"
        for line in made.lines
    ]
    lines = [line for line in invoice["lines"] if line["kind"] not in ("true_up", ADJUSTMENT, GIVEN_BACK)]
    for number in range(max(len(expected), len(lines))):
        if number >= len(lines):
            sentence = f"the line {expected[number]['key']} over {expected[number]['amount']} is missing."
            yield Difference(code="invoice.line", place=PLACE, sentence=sentence)
        elif number >= len(expected):
            line = lines[number]
            sentence = f"line {line['position']}, {line['key']} over {line['amount']}, comes out of no rating."
            yield Difference(code="invoice.line", place=PLACE, sentence=sentence)
        else:
            yield from _compare_line(lines[number], expected[number])
    yield from _compare_true_ups(invoice, rated)
    yield from compare_adjustments(invoice)
    yield from _compare_given_back(invoice, rated)
    positions = [line["position"] for line in invoice["lines"]]
    if positions != list(range(1, len(positions) + 1)):
        yield Difference(code="invoice.order", place=PLACE, sentence="the lines are not numbered from 1 on.")


def _compare_line(line: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[Difference]:
    where = f"of line {line['position']}, {line['key']},"
    for fact in _COPIED:
        yield from unequal("invoice.line", PLACE, f"'{fact}' {where}", line[fact], made[fact])
    for fact in _NUMBERS:
        stated, found = shortest(Decimal(line[fact])), shortest(Decimal(made[fact]))
        yield from unequal("invoice.line", PLACE, f"The {fact.replace('_', ' ')} {where}", stated, found)
    yield from unequal("invoice.line", PLACE, f"The share {where}", line.get("share", "1"), made.get("share", "1"))
    yield from unequal("invoice.line", PLACE, f"The period {where}", line["period"], made["period"])


def _compare_true_ups(invoice: Mapping[str, Any], rated: Sequence[tuple[StoredRating, Rating]]) -> Iterator[Difference]:
    """Yield true-up lines that are not the difference of the two ratings, or of what a person settled instead."""
    sides = {(stored.true_up, stored.role): (stored, made) for stored, made in rated if stored.true_up}
    lines = {line["key"]: line for line in invoice["lines"] if line["kind"] == "true_up"}
    sign = -1 if invoice.get("kind") == CREDIT_NOTE else 1
    for true_up in dict.fromkeys(true_up for true_up, _ in sides):
        before, after = sides.get((true_up, "true_up_before")), sides.get((true_up, "true_up_after"))
        if before is None or after is None:
            yield Difference(code="true_up.sides", place=f"true-up {true_up}", sentence="has one side only.")
            continue
        stored, made = after
        owed = exact_difference(made.net_amount, before[1].net_amount)
        if stored.settled is not None:
            owed = Decimal(stored.settled["amount"])
        line = lines.pop(f"{stored.charge}/true-up/{true_up}", None)
        if line is None:
            sentence = f"there is no line for true-up {true_up} over {owed}."
            yield Difference(code="invoice.line", place=PLACE, sentence=sentence)
            continue
        what = f"The amount of true-up {true_up}, {stored.charge}, {stored.period.words()},"
        yield from unequal(
            "invoice.true_up",
            PLACE,
            what,
            shortest(Decimal(line["amount"])),
            shortest(round_half_up(owed * sign, made.currency)),
        )
    for key, line in lines.items():
        sentence = f"line {line['position']}, {key} over {line['amount']}, settles a true-up that is not in the bundle."
        yield Difference(code="invoice.line", place=PLACE, sentence=sentence)


def _compare_given_back(
    invoice: Mapping[str, Any], rated: Sequence[tuple[StoredRating, Rating]]
) -> Iterator[Difference]:
    """Yield lines of a credit note that give back what no rating of the corrected invoice billed, or more than that.

    A line that settled a true-up or adjusted a bill is proved by the bundle of the invoice on which it stands.
    """
    billed: dict[tuple[str, str], list[Decimal]] = {}
    for stored, made in rated:
        if stored.role == "corrected":
            for line in made.lines:
                billed.setdefault((line.key, stored.period.start.isoformat()), []).append(line.amount)
    for line in invoice["lines"]:
        if line["kind"] != GIVEN_BACK or any(part in line["key"] for part in _BESIDE_RATINGS):
            continue
        amount, of_it = Decimal(line["amount"]), billed.get((line["key"], line["period"]["start"]), [])
        if not any(min(one, Decimal(0)) <= amount <= max(one, Decimal(0)) for one in of_it):
            sentence = f"line {line['position']}, {line['key']}, gives back {amount}, which no line billed."
            yield Difference(code="invoice.given_back", place=PLACE, sentence=sentence)


def _compare_totals(invoice: Mapping[str, Any], made: Sequence[Rating]) -> Iterator[Difference]:
    """Yield where taxes and totals are not those of the lines."""
    currency, said = invoice["currency"], invoice["totals"]
    totals = total(
        amounts=[
            TaxedAmount(amount=Decimal(line["amount"]), category=line["tax_category"], rate=Decimal(line["tax_rate"]))
            for line in invoice["lines"]
        ],
        currency=currency,
    )
    totals = with_tax_before(totals, before=_given_back_before(invoice), currency=currency)
    yield from unequal("invoice.net", PLACE, "The net amount", said["net"], plain(totals.net))
    yield from unequal("invoice.gross", PLACE, "The amount with tax", said["gross"], plain(totals.gross))
    taxes = [
        {"category": tax.category, "rate": shortest(tax.rate), "base": plain(tax.base), "tax": plain(tax.tax)}
        for tax in totals.taxes
    ]
    yield from unequal("invoice.tax", PLACE, "The tax", said["taxes"], taxes)
    stated = Decimal(said.get("prepaid", "0"))
    prepaid = exact_sum(rating.prepaid_amount for rating in made)
    if any(line["kind"] == GIVEN_BACK for line in invoice["lines"]):
        # How much of it credits had paid follows from the credit notes before, which are not here.
        prepaid = stated
    yield from unequal("invoice.prepaid", PLACE, "What credits pay", shortest(stated), shortest(prepaid))
    payable = Decimal(said.get("payable", said["gross"]))
    owed = exact_difference(totals.gross, prepaid)
    yield from unequal("invoice.payable", PLACE, "What is payable", shortest(payable), shortest(owed))


def _given_back_before(invoice: Mapping[str, Any]) -> list[TaxTotal]:
    """Return what earlier credit notes of the same invoice gave back of its tax, as this one states it."""
    return [
        TaxTotal(
            category=tax["category"], rate=Decimal(tax["rate"]), base=Decimal(tax["base"]), tax=Decimal(tax["tax"])
        )
        for tax in invoice.get("corrects", {}).get("before", ())
    ]


def _printed_counts(
    rated: Sequence[tuple[StoredRating, Rating]], counts: Mapping[str, StoredCount]
) -> list[StoredCount]:
    """Return the counts behind the ratings that the invoice prints, each once."""
    names = dict.fromkeys(stored.count for stored, _ in printed_sides(rated) if stored.count is not None)
    return [counts[name] for name in names if name in counts]


def _span(stored: StoredRating) -> dict[str, str]:
    return {"start": stored.period.start.isoformat(), "end": stored.period.end.isoformat()}
