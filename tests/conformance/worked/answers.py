"""What the product answers to a case, and where a figure stands in it. Nothing is calculated here.

A place in the answer is written in words:

- of a rated period: "net", "tax", "gross", "prepaid" and "payable"; "balance POOL" of a pool of credits
  when the period ends; "amount KEY", "quantity KEY", "unit_price KEY", "share KEY" of a line;
  "no KEY" where no line may be; "step CHARGE STEP" what a step added; "sum CHARGE STEP" the sum once it was taken;
  "end" the day on which the period is billed. Each is followed by the start of the period where there are several
  ("net 2026-02-01"), and begins with the number of the rating where a case has several ("2: net").
- "all net" of all rated periods together.
- "settled net", "settled tax", "settled gross": the last rating of the period against the one before it.
- of an amount that is split: "part 0"; of a document that is added up: "lines", "allowances", "net", "tax", "gross",
  "tax S 19", where there are several "1: tax" of the second; of a cycle: "boundary 0"; of a
  count: "users", "on 2026-01-03".

A minus before it turns the sign: the source writes a credit as a positive number.
"""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

from rollcall.counting import plain
from rollcall.money import Money
from rollcall.period import BillingCycle, Period
from rollcall.rating import Rating, TaxedAmount, TermRating, TermUsage, Totals, explain, rate_term, settle, total
from rollcall.rating.versions import Amendment
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.contract import ContractTerms


class NoSuchFigure(LookupError):
    """The answer has nothing at the place that a case names."""


class Answers:
    """What the product answers to everything that a case asks."""

    def __init__(self, asks: dict[str, Any]) -> None:
        self._rated = [rate(asked) for asked in asks.get("rate", [])]
        self._figures: dict[str, str] = {}
        for name, answer in _OTHERS.items():
            if name in asks:
                self._figures |= answer(asks[name])

    def at(self, place: str) -> str:
        """Return the figure at a place. Raises NoSuchFigure."""
        if place.startswith("minus "):
            figure = self.at(place.removeprefix("minus "))
            return figure.removeprefix("-") if figure.startswith("-") else f"-{figure}"
        if place in self._figures:
            return self._figures[place]
        if place.startswith("settled "):
            return self._settled(place.removeprefix("settled "))
        number, _, rest = place.rpartition(": ")
        terms, rated = self._rated[int(number or "1") - 1]
        if rest == "all net":
            return str(rated.net_amount)
        words = rest.split()
        period = rated.periods[0]
        if len(rated.periods) > 1:
            period = next(each for each in rated.periods if each.period.start.isoformat() == words[-1])
            words = words[:-1]
        return _in_period(terms, period, words)

    def _settled(self, what: str) -> str:
        """Settle two ratings that follow each other: the last two, or those that are named ("net 1 2")."""
        what, *numbers = what.split()
        first, second = (int(number) for number in numbers) if numbers else (len(self._rated) - 1, len(self._rated))
        (_, before), (terms, after) = self._rated[first - 1], self._rated[second - 1]
        settled = settle(before=before.periods[-1], after=after.periods[-1])
        return str(getattr(_total(terms, [settled.difference_amount]), what))


def rate(asked: dict[str, Any]) -> tuple[ContractTerms, TermRating]:
    """Rate the usage of a case under its terms, with the amendments that it has."""
    terms = ContractTerms.from_json(asked["terms"])
    amendments = [
        Amendment(
            start=date.fromisoformat(each["from"]), terms=ContractTerms.from_json(each["terms"]), name=each["name"]
        )
        for each in asked.get("amendments", [])
    ]
    return terms, rate_term(terms=terms, usage=TermUsage.from_json(asked["usage"]), amendments=amendments)


def _in_period(terms: ContractTerms, rating: Rating, words: list[str]) -> str:
    what, *of = words
    if what in ("net", "tax", "gross", "prepaid", "payable"):
        amounts = [line.amount for line in rating.lines]
        return str(getattr(_total(terms, amounts, prepaid=rating.prepaid_amount), what))
    if what == "balance":
        return str([entry.balance for entry in rating.credits if entry.pool == of[0]][-1])
    if what == "end":
        return rating.period.end.isoformat()
    if what in ("step", "sum"):
        told = [entry for entry in explain(rating) if (entry["charge"], entry["step"]) == tuple(of)]
        if not told:
            raise NoSuchFigure(
                f"no step {' '.join(of)} in {sorted({(e['charge'], e['step']) for e in explain(rating)})}"
            )
        return told[-1]["amount" if what == "step" else "sum"]
    lines = {line.key: line.to_json() for line in rating.lines}
    if what == "no":
        return "0" if of[0] not in lines else lines[of[0]]["amount"]
    if of[0] not in lines or what not in {"share": "1", **lines[of[0]]}:
        raise NoSuchFigure(f"no {' '.join(words)}: the lines are {sorted(lines)}")
    return lines[of[0]].get(what, "1")


def _total(terms: ContractTerms, amounts: list[Decimal], *, prepaid: Decimal = Decimal(0)) -> Totals:
    taxed = [TaxedAmount(amount=amount, category=terms.tax.category, rate=terms.tax.rate) for amount in amounts]
    return total(amounts=taxed, currency=terms.currency, prepaid=prepaid)


def _split(asked: dict[str, Any]) -> dict[str, str]:
    weights = asked["parts"] if isinstance(asked["parts"], int) else [Decimal(part) for part in asked["parts"]]
    shares = Money(Decimal(asked["amount"]), asked["currency"]).split(weights)
    return {f"part {number}": str(share.amount) for number, share in enumerate(shares)}


def _sum_up(asked: dict[str, Any] | list[dict[str, Any]]) -> dict[str, str]:
    """Add up one document; of several the figures of the second are found under "1: ", those of the third under "2: "."""
    if isinstance(asked, list):
        found = [_sum_up(one) for one in asked]
        later = {f"{number}: {place}": figure for number, one in enumerate(found) for place, figure in one.items()}
        return {**found[0], **later}
    lines, allowances, again = (
        [
            TaxedAmount(amount=Decimal(line["amount"]), category=line["category"], rate=Decimal(line["rate"]))
            for line in asked.get(key, [])
        ]
        for key in ("lines", "allowances", "taxed_again")
    )
    totals = total(
        amounts=lines,
        allowances=allowances,
        taxed_again=again,
        currency=asked["currency"],
        rounding=asked.get("rounding", "each_amount"),
    )
    of_totals = {name: str(getattr(totals, name)) for name in ("lines", "allowances", "net", "tax", "gross")}
    return {**of_totals, **{f"tax {each.category} {each.rate}": str(each.tax) for each in totals.taxes}}


def _boundaries(asked: dict[str, Any]) -> dict[str, str]:
    cycle = BillingCycle(asked["unit"], date.fromisoformat(asked["anchor"]))
    return {f"boundary {number}": cycle.boundary(number).isoformat() for number in range(asked["boundaries"])}


def _count(asked: dict[str, Any]) -> dict[str, str]:
    """Count events by the plain counter. Each is (user, action, day); who is meant is hidden as intake hides it."""
    rows = [
        EvidenceRow(
            user_ref=hashlib.sha256(user.encode()).hexdigest(),
            instance="",
            action=action,
            day=date.fromisoformat(day),
            events=1,
            quantity=None,
            first_minute=0,
            last_minute=0,
        )
        for user, action, day in asked["events"]
    ]
    start, end = (date.fromisoformat(day) for day in asked["period"])
    definition = ActivityDefinition.from_json(asked["definition"])
    found = plain.count(rows=rows, definition=definition, period=Period(start, end))
    daily = {f"on {day}": str(users) for day, users in found.daily_active_users.items()}
    return {"users": str(found.active_users), **daily}


_OTHERS = {"split": _split, "total": _sum_up, "cycle": _boundaries, "count": _count}
