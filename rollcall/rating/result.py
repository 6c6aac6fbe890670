"""What rating gives: the lines of a period, their sum, and a digest of both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import rfc8785

from rollcall.money import exact_sum, plain, round_half_up, shortest
from rollcall.period import Period
from rollcall.rating.credit_entries import CreditEntry
from rollcall.rating.lines import RatedLine, WorkingEntry
from rollcall.rating.users import BESIDE_LINES, Beside
from rollcall.rating.versions import InForce


@dataclass(frozen=True, kw_only=True)
class Rating:
    """The lines of one period in one currency, with the working that explains them."""

    period: Period
    currency: str
    lines: tuple[RatedLine, ...]
    working: tuple[WorkingEntry, ...] = ()
    # What was granted, burned and expired in the pools of credits, in this order, with the balances.
    credits: tuple[CreditEntry, ...] = ()
    # The versions by which it was rated, where terms changed inside the period and counted in it.
    versions: tuple[InForce, ...] = ()
    # The users that no quantity of a line says.
    beside_lines: Beside = field(default_factory=dict)

    @property
    def net_amount(self) -> Decimal:
        """The sum of the lines, before tax."""
        return round_half_up(exact_sum(line.amount for line in self.lines), self.currency)

    @property
    def prepaid_amount(self) -> Decimal:
        """What credits pay of the amount with tax; it lowers what is owed and changes neither the lines nor the tax."""
        return exact_sum(entry.amount for entry in self.credits if entry.pays_after_tax)

    def to_json(self) -> dict[str, Any]:
        """Return one period of the output of `rollcall rate --json`."""
        written: dict[str, Any] = {
            "start": self.period.start.isoformat(),
            "end": self.period.end.isoformat(),
            "lines": [line.to_json() for line in self.lines],
            "net_amount": plain(self.net_amount),
        }
        if self.credits:
            written["credits"] = [entry.to_json() for entry in self.credits]
        for what, by_charge in self.beside_lines.items():
            written[what] = {key: shortest(users) for key, users in by_charge.items()}
        if self.prepaid_amount:
            written["prepaid_amount"] = plain(self.prepaid_amount)
        return written if not self.versions else {**written, "versions": [one.to_json() for one in self.versions]}

    def of_charge(self, key: str) -> Rating:
        """Return what of the rating is of one charge."""
        return replace(
            self,
            lines=tuple(line for line in self.lines if line.charge == key),
            working=tuple(entry for entry in self.working if entry.charge == key),
            credits=tuple(entry for entry in self.credits if entry.pool.partition("/")[0] == key),
            beside_lines={what: {key: users[key]} for what, users in self.beside_lines.items() if key in users},
        )

    def digest(self) -> str:
        """Return "sha256:..." over the canonical JSON (RFC 8785) of the currency and the period."""
        return canonical_digest({"currency": self.currency, **self.to_json()})

    @classmethod
    def from_json(cls, document: Mapping[str, Any], *, currency: str) -> Rating:
        """Read a stored rating again, without its working. Raises KeyError or ValueError for another shape."""
        lines = tuple(
            RatedLine(
                key=line["key"],
                charge=line["charge"],
                kind=line["kind"],
                quantity=Decimal(line["quantity"]),
                unit_price=Decimal(line["unit_price"]),
                amount=Decimal(line["amount"]),
                words=line["words"],
                share=Fraction(line.get("share", "1")),
            )
            for line in document["lines"]
        )
        period = Period.from_json(document)
        credits = tuple(CreditEntry.from_json(entry) for entry in document.get("credits", ()))
        beside = {
            what: {key: Decimal(users) for key, users in document[what].items()}
            for what in BESIDE_LINES
            if what in document
        }
        rating = cls(period=period, currency=currency, lines=lines, credits=credits, beside_lines=beside)
        if plain(rating.net_amount) != document["net_amount"]:
            raise ValueError(
                f"The stored lines of {period.words()} add up to {rating.net_amount}, not to {document['net_amount']}."
            )
        return rating


@dataclass(frozen=True, kw_only=True)
class TermRating:
    """The ratings of the periods of one term, in order of time."""

    currency: str
    periods: tuple[Rating, ...]

    @property
    def net_amount(self) -> Decimal:
        """What the given periods come to together, before tax."""
        return round_half_up(exact_sum(rating.net_amount for rating in self.periods), self.currency)

    def of(self, period: Period) -> Rating:
        """Return the rating of one of the periods. Raises KeyError."""
        for rating in self.periods:
            if rating.period == period:
                return rating
        raise KeyError(f"{period.words()} was not rated.")

    def to_json(self) -> dict[str, Any]:
        """Return the output of `rollcall rate --json`."""
        rated = {"currency": self.currency, "periods": [rating.to_json() for rating in self.periods]}
        return {**rated, "digest": canonical_digest(rated)}

    def digest(self) -> str:
        """Return "sha256:..." over the canonical JSON (RFC 8785) of currency and periods."""
        return str(self.to_json()["digest"])


def canonical_digest(document: dict[str, Any]) -> str:
    """Return "sha256:..." over the canonical JSON (RFC 8785) of a document."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(document)).hexdigest()}"
