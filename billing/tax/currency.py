"""The tax of a document in the currency of the seller's tax office, at a published rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing.models import ExchangeRate, Invoice
from billing.totals import amount_text
from rollcall.money import shortest
from rollcall.rating import TaxTotal
from rollcall.tax.conversion import PublishedRate, converted_taxes
from rollcall.terms.calculations import day_in_words

# A rate that was published longer ago is not the rate of a day; banks publish on working days.
OLDEST = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class UsedRate:
    """A published rate with its day and its source."""

    published: PublishedRate
    day: date
    source: str


def tax_currency_entry(
    *, invoice: Invoice, taxes: Sequence[TaxTotal], tax_point: date | None, before: Sequence[TaxTotal] = ()
) -> dict[str, Any]:
    """Return `{"tax_currency": ...}` for the snapshot of a draft; {} where the tax needs no other currency.

    That is so without a tax, without a currency of the tax office, and where the document is in it. The rate is the
    last one published up to the tax point; a document that corrects another one uses its rate, and follows what earlier
    ones gave back of it `before`. A draft for which none
    is known has the sentence under `missing`; it is never finalized.
    """
    wanted, currency = invoice.customer.legal_entity.tax_currency, invoice.currency
    if not wanted or wanted == currency or not any(tax.tax for tax in taxes) or tax_point is None:
        return {}
    used = _rate_of_corrected(invoice, wanted) or rate_for(currency=currency, into=wanted, day=tax_point)
    if used is None:
        return {"tax_currency": {"currency": wanted, "missing": _missing(currency, wanted, tax_point)}}
    each, whole = converted_taxes(taxes, currency=currency, by=used.published, before=before)
    return {
        "tax_currency": {
            "currency": wanted,
            "base": used.published.base,
            "quote": used.published.quote,
            "rate": shortest(used.published.rate),
            "rate_date": used.day.isoformat(),
            "source": used.source,
            "taxes": [
                {"category": tax.category, "rate": shortest(tax.rate), "tax": amount_text(amount, wanted)}
                for tax, amount in zip(taxes, each, strict=True)
            ],
            "tax": amount_text(whole, wanted),
        }
    }


def rate_for(*, currency: str, into: str, day: date) -> UsedRate | None:
    """Return the last rate between two currencies that was published up to a day, in whichever direction; or None."""
    pair = Q(base=currency, quote=into) | Q(base=into, quote=currency)
    row = ExchangeRate.objects.filter(pair, day__lte=day, day__gt=day - OLDEST).order_by("-day", "-pk").first()
    if row is None:
        return None
    published = PublishedRate(base=row.base, quote=row.quote, rate=row.rate)
    return UsedRate(published=published, day=row.day, source=row.source)


def _rate_of_corrected(invoice: Invoice, wanted: str) -> UsedRate | None:
    """The rate of the document that this one corrects, so that the two add up to nothing in both currencies."""
    said: Mapping[str, Any] = {} if invoice.corrects is None else invoice.corrects.frozen.get("tax_currency", {})
    if said.get("currency") != wanted:
        return None
    return UsedRate(
        published=PublishedRate(base=said["base"], quote=said["quote"], rate=Decimal(said["rate"])),
        day=date.fromisoformat(said["rate_date"]),
        source=said["source"],
    )


def _missing(currency: str, wanted: str, day: date) -> str:
    return (
        f"The tax has to be said in {wanted}, too, and no exchange rate of {currency} and {wanted} is known for "
        f"{day_in_words(day)} or the {OLDEST.days - 1} days before it. Add it under Exchange rates, with its source."
    )
