"""Cases of published prices and invoices against what the product answers."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from rollcall.money import round_fraction
from rollcall.rating import RatedLine, Rating, TermUsage, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.conformance.nasty import Result
from tests.conformance.rating import document, terms
from tests.conformance.rating.document import faults_of_document

Fields = Mapping[str, Any]

INVOICES = "invoice_totals"
READ = {**terms.READ, INVOICES: document.READ}
# The names under which a case gives the quantity of an expected line.
_QUANTITIES = ("units", "paid_units", "paid_events", "packages", "quantity")


class NoCases(ValueError):
    """A folder without a single case."""


def cases_of(folder: Path) -> Iterator[tuple[str, Fields]]:
    """Yield every case of the files of a folder, with the name of its file: the family of its source."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise NoCases(f"{folder} has no file of cases (*.json).")
    for file in files:
        found = json.loads(file.read_text(encoding="utf-8"))
        for case in found["cases"] if isinstance(found, dict) else found:
            yield file.stem, case


def results(folder: Path) -> Iterator[Result]:
    """Yield the result of every case, by kind and source."""
    cases = list(cases_of(folder))
    order = [*READ, *sorted({case["kind"] for _, case in cases} - set(READ))]
    for source, case in sorted(cases, key=lambda found: (order.index(found[1]["kind"]), found[0])):
        yield Result(case["id"], f"{case['kind']}, {source}", tuple(faults_of(case)), tuple(_unread(case)))


def faults_of(case: Fields) -> Iterator[str]:
    """Yield every expected number that the product does not have."""
    try:
        if case["kind"] == INVOICES:
            yield from faults_of_document(case)
        elif case["kind"] in terms.KINDS:
            rating = rated(case)
            yield from _faults_of_lines(case, rating)
        else:
            yield f"no translation of the kind {case['kind']}"
    except TermsRefused as refusal:
        yield f"refused: {refusal}"
    except (KeyError, ValueError, ArithmeticError) as error:
        yield f"fields that cannot be translated: {error!r}"


def rated(case: Fields) -> Rating:
    """Rate a case as a contract of its own. Raises TermsRefused, and KeyError where a field is missing."""
    written, used = terms.contract_of(case["kind"], case["terms"], case["usage"])
    return rate_term(terms=ContractTerms.from_json(written), usage=TermUsage.from_json(used)).periods[0]


def exact_amount(rating: Rating) -> Fraction:
    """Return what the lines come to before any of them is rounded."""
    return sum((_exact(line) for line in rating.lines), Fraction(0))


def _exact(line: RatedLine) -> Fraction:
    return Fraction(line.quantity) * Fraction(line.unit_price) * line.share


def _faults_of_lines(case: Fields, rating: Rating) -> Iterator[str]:
    expected = case["expected"]
    if "amount" in expected:
        yield from _amount_faults(expected["amount"], rating)
    yield from _quantity_faults(case, rating)
    stated = expected.get("lines", ())
    if stated and not any(_are_the_same(stated, own) for own in _own_lines(rating)):
        found = [f"{line.quantity} × {line.unit_price}" for line in rating.lines]
        yield f"lines {found}, expected {stated}"


def _amount_faults(stated: str, rating: Rating) -> Iterator[str]:
    """Compare to the last digit; where the source's number is a rounded one, what is printed has to be equal."""
    exact, currency = exact_amount(rating), rating.currency
    printed = sum((round_fraction(_exact(line), currency) for line in rating.lines), Decimal(0))
    if rating.net_amount != printed:
        yield f"the bill says {rating.net_amount}, its lines come to {printed}"
    if exact != Fraction(stated) and rating.net_amount != Decimal(stated):
        yield f"amount {rating.net_amount} ({float(exact)} before rounding), expected {stated}"


def _quantity_faults(case: Fields, rating: Rating) -> Iterator[str]:
    """Compare units and packages. Terms without a price of a package ask for nothing but their number, as units."""
    expected, flat = case["expected"], sum(line.quantity for line in rating.lines if line.kind == "flat")
    used = sum(line.quantity for line in rating.lines if line.kind in ("usage", "included"))
    is_package = case["kind"] == "package"
    asks_for_packages = is_package and "package_amount" not in case["terms"]
    if is_package and not asks_for_packages:
        used = Decimal(case["usage"]["units"])
    found = {"units": flat if asks_for_packages else used, "packages": flat}
    for key, quantity in found.items():
        if key in expected and Decimal(expected[key]) != quantity:
            yield f"{key} {quantity}, expected {expected[key]}"


def _own_lines(rating: Rating) -> Iterator[list[tuple[Decimal, Fraction]]]:
    """Yield our lines as a source may print them: all that cost something, all, and a tier with its flat amount."""
    lines = [(line.quantity, _exact(line)) for line in rating.lines]
    yield [line for line in lines if line[1]]
    yield lines
    tiers: dict[str, tuple[Decimal, Fraction]] = {}
    for line in rating.lines:
        name = line.key.removesuffix("/flat")
        quantity, amount = tiers.get(name, (Decimal(0), Fraction(0)))
        tiers[name] = (quantity if line.kind == "flat" else line.quantity, amount + _exact(line))
    yield list(tiers.values())
    yield [tier for tier in tiers.values() if tier[1]]


def _are_the_same(stated: list[Any], own: list[tuple[Decimal, Fraction]]) -> bool:
    if len(stated) != len(own):
        return False
    for row, (quantity, amount) in zip(stated, own, strict=True):
        row = row if isinstance(row, Mapping) else {"amount": row}
        quantities = [row[key] for key in _QUANTITIES if key in row]
        if "amount" in row and Fraction(row["amount"]) != amount:
            return False
        if any(Decimal(text) != quantity for text in quantities):
            return False
    return True


def _unread(case: Fields) -> Iterator[str]:
    """Yield the fields of a case that nothing looks at."""
    if case["kind"] not in READ:
        return
    of_terms, of_usage = READ[case["kind"]]
    for place, known in (("terms", of_terms | terms.DESCRIBED), ("usage", of_usage)):
        for key in sorted(set(case[place]) - known):
            yield f"{place}.{key} is not read"
    if case["kind"] != INVOICES:
        for key in sorted(set(case["expected"]) - {"amount", "units", "packages", "lines"}):
            yield f"expected.{key} is not compared"
