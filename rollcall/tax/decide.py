"""The decision: which category of EN 16931 and which rate a service between businesses bears, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rollcall.money import shortest
from rollcall.tax.facts import TaxFacts
from rollcall.tax.rates import UNION, Country, country_of, is_in_union, rate_on
from rollcall.tax.undecided import Undecided
from rollcall.terms.calculations import day_in_words

# What no facts are asked for: the terms state it, or an earlier document did.
STATED, AS_BILLED = "stated", "as_billed"
DOMESTIC = "domestic"
REVERSE_CHARGE = "union_reverse_charge"
OUTSIDE_UNION = "outside_union"
OUTSIDE_COUNTRY = "outside_country"
ZERO_ABROAD = "zero_abroad"
NO_TAX = "no_tax"

DIRECTIVE = "Directive 2006/112/EC"
# Where the law of the seller's country puts services for businesses abroad. Norway taxes them, at zero.
_ABROAD = {
    UNION: (OUTSIDE_UNION, "O", f"{DIRECTIVE}, article 44"),
    "CH": (OUTSIDE_COUNTRY, "O", "Mehrwertsteuergesetz, art. 8 (1)"),
    "GB": (OUTSIDE_COUNTRY, "O", "Value Added Tax Act 1994, section 7A"),
    "NO": (ZERO_ABROAD, "Z", "Merverdiavgiftsloven, § 6-22"),
}
# Code list VATEX of EN 16931; S and Z take no reason.
VATEX = {"AE": "VATEX-EU-AE", "G": "VATEX-EU-G", "K": "VATEX-EU-IC", "O": "VATEX-EU-O"}
_ZERO = Decimal(0)


class TaxUndecided(Undecided, ValueError):
    """No rule decides the tax from these facts; the sentence says what is missing and what cures it."""


@dataclass(frozen=True, kw_only=True)
class TaxDecision:
    """A category of EN 16931 and its rate in percent, the rule that led to it, its reason in words and its source.

    `tax_point` is the day on which the rate was looked up: the last day of what is billed.
    """

    category: str
    rate: Decimal
    rule: str
    words: str
    source: str
    tax_point: date

    @property
    def reason_code(self) -> str:
        """The code of the list VATEX for why no tax is shown; "" where there is none."""
        return VATEX.get(self.category, "")


def decide_tax(*, facts: TaxFacts, tax_point: date) -> TaxDecision:
    """Decide the tax of a service between two businesses by the law of the seller's country on a day.

    Raises TaxUndecided where no rule of this list fits, and RateUnknown for a day or band without a rate.
    """
    seller, buyer = country_of(facts.seller_country), country_of(facts.buyer_country)
    if seller is None:
        raise TaxUndecided(
            f"No rule knows the tax of a seller in {facts.seller_country}.", "State category and rate in the terms."
        )
    if not seller.has_tax:
        return _untaxed(facts, seller, tax_point)
    if not facts.seller_vat_id:
        raise TaxUndecided(
            f"The legal entity in {seller.name} has no VAT number, so it is not known to charge tax.",
            "Write the number into the legal entity, or state the tax in the terms.",
        )
    if buyer is seller:
        return _domestic(facts, seller, tax_point)
    if is_in_union(seller, tax_point) and is_in_union(buyer, tax_point) and buyer is not None:
        return _within_union(facts, seller, buyer, tax_point)
    return _abroad(facts, seller, tax_point)


def _domestic(facts: TaxFacts, seller: Country, tax_point: date) -> TaxDecision:
    rate, source = rate_on(seller, facts.band, tax_point)
    return TaxDecision(
        category="S",
        rate=rate,
        rule=DOMESTIC,
        words=f"Seller and customer are both taxed in {seller.name}: the {facts.band} rate of {shortest(rate)} % in "
        f"force on {day_in_words(tax_point)}.",
        source=source,
        tax_point=tax_point,
    )


def _within_union(facts: TaxFacts, seller: Country, buyer: Country, tax_point: date) -> TaxDecision:
    if not facts.buyer_vat_id_is_sound:
        lacks = "has no VAT number" if not facts.buyer_vat_id else f"has the VAT number {facts.buyer_vat_id}"
        wrong = "" if not facts.buyer_vat_id else f", which is not a number of {buyer.name}"
        raise TaxUndecided(
            f"The customer in {buyer.name} {lacks}{wrong}. Without one the reverse charge does not apply.",
            "Ask for the number and write it into the customer, or state the tax in the terms.",
        )
    return TaxDecision(
        category="AE",
        rate=_ZERO,
        rule=REVERSE_CHARGE,
        words=f"A service from {seller.name} for a business in {buyer.name} with the VAT number "
        f"{facts.buyer_vat_id}: reverse charge, the customer owes the tax.",
        source=f"{DIRECTIVE}, articles 44 and 196",
        tax_point=tax_point,
    )


def _abroad(facts: TaxFacts, seller: Country, tax_point: date) -> TaxDecision:
    area = UNION if is_in_union(seller, tax_point) else seller.code
    rule, category, source = _ABROAD[area]
    customer = country_of(facts.buyer_country)
    place = facts.buyer_country if customer is None else customer.name
    how = "taxed at zero" if category == "Z" else "taxed where the customer is, not in " + seller.name
    return TaxDecision(
        category=category,
        rate=_ZERO,
        rule=rule,
        words=f"A service from {seller.name} for a business in {place}: {how}.",
        source=source,
        tax_point=tax_point,
    )


def _untaxed(facts: TaxFacts, seller: Country, tax_point: date) -> TaxDecision:
    return TaxDecision(
        category="O",
        rate=_ZERO,
        rule=NO_TAX,
        words=f"{seller.name} has no value added tax. Sales tax of a state, where it is due, is stated in the terms.",
        source=seller.law,
        tax_point=tax_point,
    )
