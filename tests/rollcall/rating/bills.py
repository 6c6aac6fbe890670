"""Bills of the tests: terms as a document, users or quantities by month, and what stands on the lines."""

from itertools import pairwise
from typing import Any

from rollcall.rating import Rating, TermUsage, rate_term
from rollcall.terms.contract import ContractTerms
from tests.rollcall.terms.documents import plain_terms

MONTHS = [*(f"2026-{month:02}-01" for month in range(1, 13)), "2027-01-01"]


def terms_of(*, price: Any = "1.00", limits: dict[str, Any] | None = None, **charge: Any) -> dict[str, Any]:
    """Return terms of one charge, without a written order of steps; a price is that of one user, or a whole price."""
    document = plain_terms(**charge)
    del document["steps"]
    seats = document["charges"]["seats"]
    seats["price"] = price if isinstance(price, dict) else {"model": "per_user", "unit_price": price}
    return document if limits is None else {**document, "limits": limits}


def charges_of(prices: dict[str, str], **limits: Any) -> dict[str, Any]:
    """Return terms of several charges for the same users, at these prices, with limits over all of them."""
    document = terms_of(limits=limits)
    document["charges"] = {
        key: {"metric": "active", "price": {"model": "per_user", "unit_price": price}} for key, price in prices.items()
    }
    return document


def usage_of(*quantities: Any, ends: list[str] = MONTHS) -> TermUsage:
    """Return usage of the first periods: a number is one of active users, an object names the metrics."""
    periods = [
        {"start": start, "end": end, "quantities": each if isinstance(each, dict) else {"active": {"users": each}}}
        for (start, end), each in zip(pairwise(ends), quantities, strict=False)
    ]
    return TermUsage.from_json({"periods": periods})


def rate(document: dict[str, Any], *quantities: Any, ends: list[str] = MONTHS) -> tuple[Rating, ...]:
    """Rate the first periods of a term."""
    return rate_term(terms=ContractTerms.from_json(document), usage=usage_of(*quantities, ends=ends)).periods


def nets(document: dict[str, Any], *quantities: Any, ends: list[str] = MONTHS) -> list[str]:
    """Return what each period comes to."""
    return [str(rating.net_amount) for rating in rate(document, *quantities, ends=ends)]


def lines(rating: Rating) -> list[tuple[str, str, str]]:
    """Return key, quantity and amount of each line."""
    return [(line.key, f"{line.quantity.normalize():f}", str(line.amount)) for line in rating.lines]


def words_of(rating: Rating, key: str) -> str:
    """Return the words of one line."""
    return next(line.words for line in rating.lines if line.key == key)


def sentences(document: dict[str, Any]) -> list[str]:
    """Return the terms in sentences, without who is counted."""
    return ContractTerms.from_json(document).sentences()[2:]
