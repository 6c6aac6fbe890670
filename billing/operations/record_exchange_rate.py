"""Record a published exchange rate, with its day and its source."""

from datetime import date, datetime
from decimal import Decimal

from billing.models import ExchangeRate
from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from rollcall.money import CurrencyMismatch, NotAnAmount, UnknownCurrency, exponent
from rollcall.tax.conversion import PublishedRate
from rollcall.terms.calculations import day_in_words

SHORTEST_SOURCE = 3
PLACES = 10


class RateRefused(ValueError):
    """The rate cannot be recorded as it is written; `field` names what is wrong with it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def record_exchange_rate(
    *, actor: Actor, base: str, quote: str, rate: Decimal, day: date, source: str, now: datetime, today: date
) -> ExchangeRate:
    """Store that one unit of `base` was worth `rate` units of `quote` on a day, and return the row.

    The same rate of the same day and source is returned as it stands. Another one of the same day corrects it: the last
    one holds, and documents keep the rate they used.
    Raises NotAllowed, RateRefused.
    """
    actor.require_vendor("finance")
    _refuse(base, quote, rate, day, source, today)
    with own_transaction(), acting(actor=actor, verb="record_exchange_rate"):
        last = ExchangeRate.objects.filter(base=base, quote=quote, day=day).order_by("-pk").first()
        if last is not None and (last.rate, last.source) == (rate, source.strip()):
            return last
        return ExchangeRate.objects.create(
            base=base, quote=quote, rate=rate, day=day, source=source.strip(), added_by=actor.name, added_at=now
        )


def _refuse(base: str, quote: str, rate: Decimal, day: date, source: str, today: date) -> None:
    for field, currency in (("base", base), ("quote", quote)):
        try:
            exponent(currency)
        except UnknownCurrency as unknown:
            raise RateRefused(field, str(unknown)) from unknown
    try:
        PublishedRate(base=base, quote=quote, rate=rate)
    except CurrencyMismatch as same:
        raise RateRefused("quote", str(same)) from same
    except NotAnAmount as wrong:
        raise RateRefused("rate", str(wrong)) from wrong
    if rate >= 10**PLACES or rate != rate.quantize(Decimal(1).scaleb(-PLACES)):
        raise RateRefused("rate", f"A rate has at most {PLACES} digits before and after the point, not {rate}.")
    if day > today:
        raise RateRefused("day", f"{day_in_words(day)} is to come; a rate is recorded once it is published.")
    if len(source.strip()) < SHORTEST_SOURCE:
        raise RateRefused("source", "Say who published the rate, as in: European Central Bank, reference rate.")
