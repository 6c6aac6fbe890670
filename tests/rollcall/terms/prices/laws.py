"""The laws that every price keeps, whatever its model is, and what the tests of the models share."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from rollcall.money import exactly
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, UNITS
from rollcall.terms.priced import PriceModel, price_of_more
from rollcall.terms.prices import LADDERS, model_name, read_ladder, read_price, total_of, write_price
from tests.rollcall.terms.documents import plain_terms

Document = dict[str, Any]
PRICES = ("unit_price", "flat_amount", "amount", "package_price", "percent", "credit")


def read(document: Document, currency: str = "EUR") -> PriceModel:
    fields = Fields.of(document, "price")
    return read_ladder(fields, currency) if document.get("model") in LADDERS else read_price(fields, currency)


def total(price: PriceModel, quantity: Decimal | int | str) -> Decimal:
    with exactly():
        return total_of(price.price(Decimal(quantity)))


def shown(price: PriceModel, quantity: Decimal | int | str) -> list[tuple[str, str, str]]:
    """Return the parts as (name, quantity, price), decimals as texts."""
    parts = price.price(Decimal(quantity))
    return [(part.part, format(part.quantity.normalize(), "f"), str(part.unit_price)) for part in parts]


def quantities(places: int = 0) -> st.SearchStrategy[Decimal]:
    return st.integers(0, 400 * 10**places).map(lambda number: Decimal(number).scaleb(-places))


def prices(most: int = 3000) -> st.SearchStrategy[str]:
    return st.integers(0, most).map(lambda cents: str(Decimal(cents).scaleb(-2)))


def ends(least: int = 2) -> st.SearchStrategy[list[int]]:
    """Draw ends of tiers that rise, without the open one."""
    return st.lists(st.integers(least, 120), min_size=0, max_size=5, unique=True).map(sorted)


def fraction(text: str | int | Decimal) -> Fraction:
    return Fraction(text)


def keeps_the_laws(document: Document, quantity: Decimal, more: Decimal) -> None:
    price = read(document)
    with exactly():
        _parts_are_sound(price, quantity)
        _nothing_needs_no_price(price)
        _a_further_quantity_is_the_difference(price, quantity, more)
        _never_falls_without_a_warning(price, quantity)
        _prices_times_seven_cost_seven_times_as_much(document, quantity)
    _is_written_as_it_was_read(document, price)


def _parts_are_sound(price: PriceModel, quantity: Decimal) -> None:
    """Users are numbered without a gap, names stand once, and no price is negative."""
    parts = price.price(quantity)
    numbered = [part for part in parts if not part.is_flat]
    before = Decimal(0)
    for part in numbered:
        assert (part.first, part.last) == (before + 1, before + part.quantity)
        before = part.last
    assert model_name(price) in LADDERS or not numbered or before == quantity
    assert len({part.part for part in parts}) == len(parts)
    assert all(part.unit_price >= 0 and part.words for part in parts)
    assert all(part.quantity > 0 for part in numbered)


def _nothing_needs_no_price(price: PriceModel) -> None:
    """Without anybody only flat amounts are due, and they wait for nobody."""
    assert [part.first for part in price.price(Decimal(0)) if part.is_flat] == [0] * len(price.price(Decimal(0)))


def _a_further_quantity_is_the_difference(price: PriceModel, quantity: Decimal, more: Decimal) -> None:
    there, wanted = total(price, quantity), total(price, quantity + more)
    further = price_of_more(price, quantity, more)
    if price.is_marginal:
        assert total_of(further) == wanted - there
        together = total_of(price_of_more(price, quantity, more / 2)) + total_of(
            price_of_more(price, quantity + more / 2, more / 2)
        )
        assert together == wanted - there
    else:
        assert total_of(further) == max(wanted - there, 0)


def _never_falls_without_a_warning(price: PriceModel, quantity: Decimal) -> None:
    """Whole numbers, as they are shown at the desk: a fall is at an end of a tier, and a sentence tells it."""
    users = quantity.to_integral_value()
    there, following = total(price, users), total(price, users + 1)
    warned = price.warnings("EUR", ACTIVE_USERS)
    if following < there:
        assert any(f"{users:,} user" in sentence for sentence in warned)


def _prices_times_seven_cost_seven_times_as_much(document: Document, quantity: Decimal) -> None:
    assert total(read(times(document, 7)), quantity) == 7 * total(read(document), quantity)


def times(value: Any, factor: int, key: str = "") -> Any:
    """Multiply every price of a document; what says how much or how many is left as it is."""
    if isinstance(value, dict):
        return {name: times(inner, factor, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [times(inner, factor) for inner in value]
    return str(Decimal(value) * factor) if key in PRICES else value


def _is_written_as_it_was_read(document: Document, price: PriceModel) -> None:
    written = write_price(price)
    assert write_price(read(written)) == written
    assert read(written) == price
    for noun in (ACTIVE_USERS, UNITS):
        said = price.words("EUR", noun)
        assert said.endswith(".")
        assert noun.short_one in said or not price.needs_quantity
    if document["model"] in LADDERS:
        return
    terms = ContractTerms.from_json({**plain_terms(), "charges": {"seats": {"metric": "active", "price": document}}})
    again = ContractTerms.from_json(terms.to_json())
    assert (again, again.digest()) == (terms, terms.digest())
