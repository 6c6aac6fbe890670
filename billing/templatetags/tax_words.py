"""Words about tax in templates."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import template

from billing.tax.words import reason_in_english
from rollcall.money import shortest
from rollcall.tax import country_of, is_known_rate
from rollcall.tax.decide import STATED
from rollcall.terms.calculations import day_in_words

register = template.Library()


@register.filter
def tax_reason(told: Mapping[str, Any], says: Mapping[str, Any]) -> str:
    """Return the reason of a decision in the language of the page; the document has it in the customer's."""
    return reason_in_english(told, says)


@register.filter
def tax_reasons(says: Mapping[str, Any]) -> str:
    """Return the reasons of all decisions, each once; empty where the document tells none."""
    return " ".join(dict.fromkeys(reason_in_english(told, says) for told in says.get("tax", {}).get("decisions", ())))


@register.filter
def rate_remark(says: Mapping[str, Any]) -> str:
    """Return a sentence where the terms state a rate that the seller's country did not have on the day; else "".

    Only between parties taxed in one country: elsewhere a stated rate may be that of another country.
    """
    seller, buyer = country_of(says["seller"]["country"]), country_of(says["buyer"]["country"])
    if seller is None or seller is not buyer:
        return ""
    for one in says["tax"]["decisions"]:
        day, rate = date.fromisoformat(one["tax_point"]), Decimal(one["rate"])
        if one["rule"] == STATED and one["category"] == "S" and is_known_rate(seller, rate, day) is False:
            return (
                f"The contract states {shortest(rate)} %; the table of rates has no such rate for {seller.name} on "
                f"{day_in_words(day)}. Check it before the document is final."
            )
    return ""
