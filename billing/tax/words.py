"""The reason of a decision as the customer reads it on the document: English, German or French."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale

from billing.documents.format import Style, language_of
from licenses.models import Customer
from rollcall.tax import TaxDecision
from rollcall.tax.decide import (
    AS_BILLED,
    DOMESTIC,
    NO_TAX,
    OUTSIDE_COUNTRY,
    OUTSIDE_UNION,
    REVERSE_CHARGE,
    STATED,
    ZERO_ABROAD,
)

REASONS = {
    "en": {
        STATED: "Tax as agreed in the contract.",
        AS_BILLED: "Corrections bear the tax of invoice {invoice}.",
        DOMESTIC: "Seller and customer are both in {seller}: the rate of {rate} in force on {day}.",
        REVERSE_CHARGE: "Reverse charge: a service for a business in {buyer}, which owes the tax there.",
        OUTSIDE_UNION: "Outside the scope of EU VAT: a service for a business in {buyer}, taxed where it is.",
        OUTSIDE_COUNTRY: "Outside the scope of tax in {seller}: a service for a business in {buyer}.",
        ZERO_ABROAD: "Zero rate: a service from {seller} for a business in {buyer}.",
        NO_TAX: "No value added tax: supplied from {seller}.",
    },
    "de": {
        STATED: "Steuer wie im Vertrag vereinbart.",
        AS_BILLED: "Berichtigungen tragen die Steuer der Rechnung {invoice}.",
        DOMESTIC: "Leistender und Leistungsempfänger sind in {seller}: Steuersatz {rate}, gültig am {day}.",
        REVERSE_CHARGE: "Steuerschuldnerschaft des Leistungsempfängers: sonstige Leistung an ein Unternehmen, Sitz: "
        "{buyer}.",
        OUTSIDE_UNION: "Nicht steuerbar in der EU: sonstige Leistung an ein Unternehmen, Sitz: {buyer}.",
        OUTSIDE_COUNTRY: "Nicht steuerbar, Sitz des Leistenden: {seller}, Sitz des Leistungsempfängers: {buyer}.",
        ZERO_ABROAD: "Nullsatz: Leistung aus {seller} an ein Unternehmen, Sitz: {buyer}.",
        NO_TAX: "Keine Umsatzsteuer: Leistung aus {seller}.",
    },
    "fr": {
        STATED: "Taxe selon le contrat.",
        AS_BILLED: "Les corrections portent la taxe de la facture {invoice}.",
        DOMESTIC: "Vendeur et client relèvent du même pays ({seller}) : taux de {rate} en vigueur le {day}.",
        REVERSE_CHARGE: "Autoliquidation : prestation de services à une entreprise établie ailleurs dans l’Union "
        "({buyer}), redevable de la taxe.",
        OUTSIDE_UNION: "Hors du champ de la TVA de l’Union : prestation à une entreprise établie hors de l’Union "
        "({buyer}).",
        OUTSIDE_COUNTRY: "Hors du champ de la taxe du vendeur ({seller}) : prestation à une entreprise établie à "
        "l’étranger ({buyer}).",
        ZERO_ABROAD: "Taux zéro : prestation à une entreprise établie à l’étranger ({buyer}).",
        NO_TAX: "Pas de taxe sur la valeur ajoutée dans le pays du vendeur ({seller}).",
    },
}


def reason_in_words(decision: TaxDecision, *, customer: Customer) -> str:
    """Return the sentence for the document in the customer's language."""
    return _reason(
        language_of(customer.language),
        rule=decision.rule,
        seller=customer.legal_entity.country,
        buyer=customer.country,
        rate=decision.rate,
        day=decision.tax_point,
        source=decision.source,
    )


def reason_in_english(told: Mapping[str, Any], says: Mapping[str, Any]) -> str:
    """Return the reason of one of the decisions that a snapshot tells, for pages that are in English."""
    if told.get("rule") not in REASONS["en"]:
        return str(told["reason"])
    return _reason(
        "en",
        rule=told["rule"],
        seller=says["seller"]["country"],
        buyer=says["buyer"]["country"],
        rate=Decimal(told["rate"]),
        day=date.fromisoformat(told["tax_point"]),
        source=told["source"],
    )


def _reason(language: str, *, rule: str, seller: str, buyer: str, rate: Decimal, day: date, source: str) -> str:
    style = Style(language=language, currency="", places=0)
    return REASONS[language][rule].format(
        seller=_country(seller, language),
        buyer=_country(buyer, language),
        rate=style.rate(rate),
        day=style.day(day),
        invoice=source,
    )


def _country(code: str, language: str) -> str:
    """The name of a country in a language, its code where nobody knows one."""
    return str(Locale(language).territories.get(code, code))
