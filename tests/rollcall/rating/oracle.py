"""A second opinion: what terms cost, user by user, in plain Fractions. It imports nothing of the product.

It reads the same JSON, walks over every single user, and knows nothing of lines, steps or Decimals.
"""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

PLACES = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}


def half_up(amount: Fraction, currency: str) -> Fraction:
    """Round to the decimals of the currency, a half away from zero."""
    scale = 10 ** PLACES[currency]
    whole = (abs(amount) * scale * 2 + 1) // 2
    return Fraction(whole, scale) * (-1 if amount < 0 else 1)


def tier_of(price: dict, user: int) -> int:
    """Return the index of the tier in which a user falls, counting users from 1."""
    for index, tier in enumerate(price["tiers"]):
        end = tier["up_to"]
        if end is None or user < end or (user == end and price["bound"] == "inclusive"):
            return index
    raise AssertionError("the last tier is open-ended")


def price_of(price: dict, user: int) -> Fraction:
    """Return what one user costs."""
    if price["model"] == "per_user":
        return Fraction(price["unit_price"])
    return Fraction(price["tiers"][tier_of(price, user)]["unit_price"])


def lines_of(price: dict, first: int, last: int) -> dict[int, Fraction]:
    """Return the unrounded amount of the users first to last, by tier."""
    amounts: dict[int, Fraction] = defaultdict(Fraction)
    for user in range(first, last + 1):
        amounts[0 if price["model"] == "per_user" else tier_of(price, user)] += price_of(price, user)
    return amounts


def exact_usage(charge: dict, users: int) -> Fraction:
    """Return the unrounded price of the users beyond the included ones."""
    return sum(lines_of(charge["price"], 1, users - charge.get("included", 0)).values(), Fraction(0))


def charge_amount(charge: dict, users: int, currency: str) -> Fraction:
    """Return what a charge costs: usage, then floor, then cap, each line rounded."""
    beyond = max(0, users - charge.get("included", 0))
    usage = lines_of(charge["price"], 1, beyond).values()
    amount = sum((half_up(line, currency) for line in usage), Fraction(0))
    floor = charge.get("floor", {})
    missing = max(0, floor.get("minimum_users", 0) - users)
    if missing and floor.get("shortfall_priced_by", "tiers") == "tiers":
        shortfall = lines_of(charge["price"], users + 1, users + missing).values()
        amount += sum((half_up(line, currency) for line in shortfall), Fraction(0))
    elif missing:
        amount += half_up(missing * Fraction(floor["shortfall_priced_by"]), currency)
    amount = max(amount, Fraction(floor.get("minimum_amount", 0)))
    return min(amount, Fraction(charge["cap"]["amount"])) if "cap" in charge else amount


def net_amounts(terms: dict, usage: dict) -> list[Decimal]:
    """Return the net amount of each period, with the decimals of the currency."""
    currency = terms["currency"]
    places = PLACES[currency]
    nets = []
    for period in usage["periods"]:
        net = sum(
            (
                charge_amount(charge, period["quantities"][charge["metric"]]["users"], currency)
                for charge in terms["charges"].values()
            ),
            Fraction(0),
        )
        nets.append(Decimal(int(net * 10**places)).scaleb(-places))
    return nets
