"""The frame of a contract: its currency, the zone of its days, its term and its billing cycle."""

from __future__ import annotations

from rollcall.money import UnknownCurrency, exponent
from rollcall.period import CYCLE_UNITS, BadCycle, BillingCycle, EmptyPeriod, Period, UnknownZone, zone
from rollcall.terms.fields import Fields, TermsRefused


def read_currency(fields: Fields) -> str:
    """Read the currency, one of ISO 4217. Raises TermsRefused."""
    currency = fields.text("currency")
    try:
        exponent(currency)
    except UnknownCurrency as error:
        raise fields.refuse("currency", str(error)) from error
    return currency


def read_timezone(fields: Fields) -> str:
    """Read the zone of the contract's days. Raises TermsRefused."""
    name = fields.text("timezone")
    try:
        return zone(name).key
    except UnknownZone as error:
        raise fields.refuse("timezone", str(error)) from error


def read_term(fields: Fields) -> Period:
    """Read the first day of the term and the day after its last. Raises TermsRefused."""
    inner = fields.inner("term")
    start, end = inner.day("start"), inner.day("end", "the day after the last one.")
    inner.nothing_else("a term")
    try:
        return Period(start, end)
    except EmptyPeriod as error:
        raise TermsRefused(inner.path, str(error)) from error


def read_cycle(fields: Fields) -> BillingCycle:
    """Read how often is billed, and from which day cycles count. Raises TermsRefused."""
    inner = fields.inner("cycle", "say how often is billed.")
    unit = inner.choice("unit", CYCLE_UNITS)
    anchor = inner.day("anchor", "the day from which cycles count; the 1st of a month makes calendar months.")
    length = inner.whole("length", default=None if unit == "days" else 1, least=1)
    inner.nothing_else("a cycle")
    try:
        cycle = BillingCycle(unit, anchor, length)
        cycle.words()
    except BadCycle as error:
        raise TermsRefused(inner.path, str(error)) from error
    return cycle
