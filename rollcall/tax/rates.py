"""The table of rates: read once from `rates.json`, asked by country and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from rollcall.money import shortest
from rollcall.strict_json import read_json
from rollcall.tax.bands import BANDS, STANDARD
from rollcall.tax.undecided import Undecided
from rollcall.terms.calculations import day_in_words

UNION = "EU"
_CURE = "State the tax in the terms."


class RateUnknown(Undecided, LookupError):
    """The table has no such rate for this country and day."""


@dataclass(frozen=True, kw_only=True)
class DatedRates:
    """The rates in percent that hold from a day on, and the law that says so."""

    start: date
    rates: tuple[Decimal, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class Country:
    """A country of the table. `area` is "EU" or the country itself; without `standard` it has no value added tax."""

    code: str
    name: str
    area: str
    law: str
    standard: tuple[DatedRates, ...]
    reduced: tuple[DatedRates, ...]
    was_in_union_until: date | None = None

    @property
    def has_tax(self) -> bool:
        """Whether there is a value added tax at all."""
        return bool(self.standard)


def country_of(code: str) -> Country | None:
    """Return the country that taxes what is supplied at a place, or None where the table has none.

    Liechtenstein is taxed as Switzerland, Monaco as France, the Isle of Man as the United Kingdom.
    """
    table = _table()
    return table.countries.get(table.taxed_as.get(code, code))


def union_members() -> frozenset[str]:
    """Return the codes of the members of the European Union, as the table has them."""
    return frozenset(code for code, country in _table().countries.items() if country.area == UNION)


def is_in_union(country: Country | None, on: date) -> bool:
    """Return whether the VAT rules of the European Union hold between this country and its members on a day."""
    if country is None:
        return False
    left = country.was_in_union_until
    return country.area == UNION or (left is not None and on < left)


def rates_on(country: Country, band: str, on: date) -> DatedRates:
    """Return the rates of a band, "standard" or "reduced", in force on a day. Raises RateUnknown before the table."""
    rows = country.standard if band == STANDARD else country.reduced
    in_force = [row for row in rows if row.start <= on]
    if not in_force:
        begins = f" before {day_in_words(rows[0].start)}" if rows else ""
        raise RateUnknown(f"The table of rates has no {band} rate for {country.name}{begins}.", _CURE)
    return in_force[-1]


def rate_on(country: Country, band: str, on: date) -> tuple[Decimal, str]:
    """Return the one rate of a band on a day, and its source. Raises RateUnknown where there is none, or several."""
    found = rates_on(country, band, on)
    if len(found.rates) == 1:
        return found.rates[0], found.source
    if not found.rates:
        raise RateUnknown(f"{country.name} has no {band} rate.", _CURE)
    several = " and ".join(f"{shortest(rate)} %" for rate in found.rates)
    raise RateUnknown(f"{country.name} has several {band} rates ({several}).", _CURE)


def is_known_rate(country: Country, rate: Decimal, on: date) -> bool | None:
    """Return whether a rate was in force on a day in any band; None where the table does not reach back so far."""
    found: list[Decimal] = []
    for band in BANDS:
        try:
            found += rates_on(country, band, on).rates
        except RateUnknown:
            return None
    return rate in found


@dataclass(frozen=True, kw_only=True)
class _Table:
    checked: str
    taxed_as: Mapping[str, str]
    countries: Mapping[str, Country]


@cache
def _table() -> _Table:
    document = read_json(files(__package__).joinpath("rates.json").read_text(encoding="utf-8"))
    return _Table(
        checked=document["checked"],
        taxed_as=document["taxed_as"],
        countries={code: _country(code, row) for code, row in document["countries"].items()},
    )


def _country(code: str, row: Mapping[str, Any]) -> Country:
    left = row.get("was_in_union_until")
    return Country(
        code=code,
        name=row["name"],
        area=row["area"],
        law=row["law"],
        standard=_dated(row["standard"], row["law"]),
        reduced=_dated(row["reduced"], row["law"]),
        was_in_union_until=None if left is None else date.fromisoformat(left),
    )


def _dated(rows: Sequence[Mapping[str, Any]], law: str) -> tuple[DatedRates, ...]:
    return tuple(
        DatedRates(
            start=date.fromisoformat(row["from"]),
            rates=tuple(Decimal(rate) for rate in row.get("rates", [row.get("rate")])),
            source=_source(row, law),
        )
        for row in rows
    )


def _source(row: Mapping[str, Any], law: str) -> str:
    """The law, and where the rate changed since the table begins, the change with its day."""
    return law if "by" not in row else f"{law}; {row['by']}, from {day_in_words(date.fromisoformat(row['from']))}"
