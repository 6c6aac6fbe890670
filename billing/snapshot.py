"""The frozen snapshot of an invoice: everything a document prints, as text, taken once when it is finalized.

Owns: the shape of the snapshot (schema 1). Does not own: its digest and its place in the chain, nor the layout.
Invariants: amounts are decimal strings with the decimals of the currency, dates are ISO, ends are exclusive; later
changes of the customer, the contract or the legal entity do not reach it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from billing.adjusting import adjustment_entries, adjustment_steps
from billing.annex import annex_entry
from billing.branding import address_entry, branding_entries
from billing.drafting import in_order_of_lines
from billing.gaps import gaps_of
from billing.holds import days_in_words
from billing.models import BillingPeriod, Invoice, InvoiceLine
from billing.rating import missing_days_in
from billing.said_differences import said_differences
from billing.settling_documents import GIVEN_BACK, correction, is_by_hand, settled_periods
from billing.snapshot_figures import (
    attachments,
    charges,
    count_of,
    counts,
    definition,
    evidence,
    signing,
    users_beside_lines,
)
from billing.tax import tax_told
from billing.terms_in_force import TermsInForce, number_of, stored_force
from billing.totals import (
    added_up,
    amount_text,
    number_text,
    owed_entries,
    price_text,
    share_entry,
    tax_entries,
    totals_of,
)
from licenses.models import Contract, Customer, LegalEntity
from licenses.ranges import period_of
from rollcall.period import Period
from rollcall.rating import Totals
from rollcall.rating.ruling import needs_telling, ruling_versions
from rollcall.terms.rules import GapRule

SCHEMA = 1


def invoice_snapshot(*, invoice: Invoice, number: str, issue_date: date, due_date: date) -> dict[str, Any]:
    """Return the snapshot of a draft as it will stand under this number and these dates.

    Reads the invoice's lines, periods, counts and reports as they are now; the caller holds the locks.
    """
    contract, customer = invoice.contract, invoice.customer
    lines = _lines(invoice)
    # In the order of their lines, so that ratings and steps follow the document.
    billed = in_order_of_lines(invoice.billing_periods.select_related("count", "contract_version"))
    # A document that only settles a true-up shows its period as it is counted and rated now.
    periods = billed or settled_periods(invoice)
    if is_by_hand(invoice):
        periods = in_order_of_lines(periods)
    main = next((period for period in periods if period.is_main), periods[0])
    force = stored_force(contract=contract, version=main.rated.version, rating=main.rated.rating, period=main.span)
    corrects = correction(invoice)
    span = period_of(invoice.period)
    missing = _missing_days(contract, span, force) if billed else []
    metric = force.billed_terms.metric_of(main.charge_key)
    return {
        "schema": SCHEMA,
        "number": number,
        "issue_date": issue_date.isoformat(),
        "due_date": due_date.isoformat(),
        "currency": invoice.currency,
        "language": customer.language,
        **corrects,
        "seller": _seller(customer.legal_entity),
        "buyer": _buyer(customer),
        "contract": _contract(contract, force) | _versions(contract, force, periods),
        "period": {"start": span.start.isoformat(), "end": span.end.isoformat(), "timezone": invoice.zone},
        "definition": definition(metric),
        "charges": charges(force),
        **_users(main, periods, force),
        "evidence": evidence(periods),
        "count": count_of(main.rated.count),
        "signing": signing(customer.legal_entity),
        "ratings": [{"charge": period.charge_key, "digest": period.rating_digest} for period in periods],
        "lines": [_line(line, invoice.currency) for line in lines],
        **adjustment_entries(lines, invoice.currency),
        "missing_days": missing,
        "working": _given_back(corrects, lines, main.charge_key, invoice.currency)
        + _working(invoice, billed, _gaps(missing, main, force.terms.gap_rule, invoice.currency), lines),
        **_totals_and_tax(invoice, lines, corrects, force),
        "credits": [entry for period in billed for entry in period.rated.rating.get("credits", [])],
        "payment": {"days": (due_date - issue_date).days},
        "attachments": attachments(metric, force, main),
        **annex_entry(contract),
    }


def _users(main: BillingPeriod, periods: Sequence[BillingPeriod], force: TermsInForce) -> dict[str, Any]:
    """The numbers of users of the main charge, and those of any charge that no line says."""
    return {"counts": counts(main.rated.count, main, force), **users_beside_lines(periods)}


def _lines(invoice: Invoice) -> list[InvoiceLine]:
    """The lines in their order, each with what it adjusts, settles or gives back."""
    sources = ("adjustment", "credited_line__invoice", "true_up__billing_period__invoice")
    return list(invoice.lines.select_related(*sources).order_by("position"))


def _totals_and_tax(
    invoice: Invoice, lines: Sequence[InvoiceLine], corrects: Mapping[str, Any], force: TermsInForce
) -> dict[str, Any]:
    """What the lines come to, what is prepaid, and why the tax is as it is."""
    before = added_up(corrects.get("corrects", {}).get("before", ()))
    totals = totals_of(lines, currency=invoice.currency, before=before)
    owed = owed_entries(gross_amount=totals.gross, prepaid_amount=invoice.prepaid_amount, currency=invoice.currency)
    return {
        "totals": {**_totals(totals, invoice.currency), **owed},
        **tax_told(invoice=invoice, lines=lines, taxes=totals.taxes, tax=force.terms.tax, before=before),
    }


def _seller(entity: LegalEntity) -> dict[str, Any]:
    return {
        "name": entity.name,
        "address_lines": entity.address_lines,
        "country": entity.country,
        "vat_id": entity.vat_id,
        "registration": entity.registration,
        "email": entity.email,
        "iban": entity.iban,
        "bic": entity.bic,
        "portal_url": entity.portal_url,
        **branding_entries(entity),
    }


def _buyer(customer: Customer) -> dict[str, Any]:
    return {
        "name": customer.name,
        "number": customer.number,
        "address_lines": customer.address_lines,
        "country": customer.country,
        "vat_id": customer.vat_id,
        **address_entry(customer),
    }


def _contract(contract: Contract, force: TermsInForce) -> dict[str, Any]:
    return {
        "number": contract.number,
        "version": force.version.number,
        "po_number": contract.po_number,
        "buyer_reference": contract.buyer_reference,
        "product_name": contract.product_name,
        "terms_digest": force.version.terms_digest,
        "sentences": force.terms.sentences(),
    }


def _versions(contract: Contract, force: TermsInForce, periods: Sequence[BillingPeriod]) -> dict[str, Any]:
    """The versions that rule the printed periods, with their days; nothing where the terms of the contract say all."""
    ruled = {}
    for one in periods:
        key = one.rated.version.pk, str(one.rated.rating.get("schedule")), one.span
        if key not in ruled:
            own = stored_force(contract=contract, version=one.rated.version, rating=one.rated.rating, period=one.span)
            ruled[key] = own.all_terms, one.span
    rulings = ruling_versions(ruled.values())
    if not needs_telling(rulings, force.terms):
        return {}
    return {"versions": [{"number": number_of(ruling.name), **ruling.told()} for ruling in rulings]}


def _working(
    invoice: Invoice, billed: Sequence[BillingPeriod], gaps: Sequence[dict[str, Any]], lines: Sequence[InvoiceLine]
) -> list[dict[str, Any]]:
    """How each amount came about: the steps, missing days, what nobody explained, what is settled or adjusted."""
    said = said_differences(periods=billed, currency=invoice.currency)
    settled = _settlements(lines, invoice.currency)
    return [*_steps(billed), *gaps, *said, *settled, *adjustment_steps(lines, invoice.currency)]


def _steps(periods: Sequence[BillingPeriod]) -> list[dict[str, Any]]:
    """The working of every charge: one entry per step, also where a step changed nothing."""
    return [entry for period in periods for entry in period.rated.working]


def _missing_days(contract: Contract, span: Period, force: TermsInForce) -> list[dict[str, Any]]:
    """The days that nobody reported, per instance, under the agreed cadence; mostly none."""
    missing = gaps_of(contract=contract, force=force, period=span).missing
    return [{"instance": name, "days": [day.isoformat() for day in days]} for name, days in missing.items()]


def _gaps(missing: Sequence[dict[str, Any]], main: BillingPeriod, rule: GapRule, currency: str) -> list[dict[str, Any]]:
    """Mark the missing days in the working, and say by what the period is billed without them."""
    how = "what is known"
    if missing_days_in(main.rated.usage, main.span):
        how = "the estimate that the contract agrees on" if rule.estimates else "zero for these days, as agreed"
    return [
        {
            "charge": main.charge_key,
            "step": "missing_days",
            "words": f"No report from {gap['instance']} for {_days_in_words(gap['days'])}; billed with {how}.",
            "arithmetic": "",
            "amount": amount_text(Decimal(0), currency),
        }
        for gap in missing
    ]


def _days_in_words(days: Sequence[str]) -> str:
    return days_in_words([date.fromisoformat(day) for day in days])


def _given_back(
    corrects: Mapping[str, Any], lines: Sequence[InvoiceLine], charge: str, currency: str
) -> list[dict[str, Any]]:
    """Why a person gives something back, and one entry per line that does; nothing on other documents."""
    said = corrects.get("corrects", {})
    if "reason" not in said:
        return []
    why = (charge, f"Given back of {said['number']}: {said['reason']}", Decimal(0))
    return [
        {"charge": key, "step": GIVEN_BACK, "words": words, "arithmetic": "", "amount": amount_text(amount, currency)}
        for key, words, amount in (why, *((line.charge_key, line.words, line.amount) for line in lines))
    ]


def _settlements(lines: Sequence[InvoiceLine], currency: str) -> list[dict[str, Any]]:
    """One entry per true-up that is settled here."""
    return [
        {
            "charge": line.charge_key,
            "step": "true_up",
            "words": line.words,
            "arithmetic": "",
            "amount": amount_text(line.amount, currency),
        }
        for line in lines
        if line.true_up_id is not None
    ]


def _line(line: InvoiceLine, currency: str) -> dict[str, Any]:
    span = period_of(line.period)
    return {
        "position": line.position,
        "key": line.key,
        "charge": line.charge_key,
        "kind": line.kind,
        "quantity": number_text(line.quantity),
        "unit_price": price_text(line.unit_price, currency),
        **share_entry(line),
        "amount": amount_text(line.amount, currency),
        "tax_category": line.tax_category,
        "tax_rate": number_text(line.tax_rate),
        "words": line.words,
        "period": {"start": span.start.isoformat(), "end": span.end.isoformat()},
    }


def _totals(totals: Totals, currency: str) -> dict[str, Any]:
    return {
        "net": amount_text(totals.net, currency),
        "taxes": tax_entries(totals.taxes, currency),
        "gross": amount_text(totals.gross, currency),
    }
