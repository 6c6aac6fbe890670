"""What receivers of webhooks are told about money: the figures of a document or proposal, as decimal texts."""

from billing.models import BillingPeriod, Invoice, TrueUp
from ground.api.fields import decimal_text
from licenses.event_data import contract_data
from licenses.ranges import period_of
from licenses.webhooks import Data, told_instant


def invoice_data(invoice: Invoice) -> Data:
    """Return the head of a finalized invoice or credit note; lines and documents are fetched by its id."""
    assert invoice.issue_date is not None
    assert invoice.due_date is not None
    assert invoice.finalized_at is not None
    days = period_of(invoice.period)
    return {
        "invoice": invoice.public_id,
        "number": invoice.number,
        "kind": str(invoice.kind),
        "corrects": invoice.corrects.number if invoice.corrects is not None else None,
        **contract_data(invoice.contract),
        "currency": invoice.currency,
        "net_amount": decimal_text(invoice.net_amount),
        "tax_amount": decimal_text(invoice.tax_amount),
        "gross_amount": decimal_text(invoice.gross_amount),
        "prepaid_amount": decimal_text(invoice.prepaid_amount),
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "period": {"start": days.start.isoformat(), "end": days.end.isoformat(), "zone": invoice.zone},
        "finalized_at": told_instant(invoice.finalized_at),
        "snapshot_digest": invoice.snapshot_digest,
    }


def period_data(period: BillingPeriod, invoice: Invoice) -> Data:
    """Return what was billed of a charge over a period; a change of its facts is a true-up from now on."""
    rated = period.rated
    return {
        "charge": period.charge_key,
        "kind": str(period.kind),
        **contract_data(invoice.contract),
        "period": {"start": period.span.start.isoformat(), "end": period.span.end.isoformat(), "zone": period.zone},
        "users": rated.count.users if rated.count is not None else None,
        "currency": rated.currency,
        "net_amount": decimal_text(rated.net_amount),
        "invoice": {"id": invoice.public_id, "number": invoice.number},
    }


def true_up_data(true_up: TrueUp) -> Data:
    """Return a proposal as it waits for a decision; the difference is negative where something is given back."""
    period = true_up.billing_period
    return {
        "true_up": true_up.public_id,
        "kind": str(true_up.kind),
        "charge": true_up.charge_key,
        **contract_data(true_up.contract),
        "period": {"start": period.span.start.isoformat(), "end": period.span.end.isoformat(), "zone": period.zone},
        "currency": true_up.currency,
        "difference_amount": decimal_text(true_up.difference_amount),
        "new_users": true_up.new_users,
        "gone_users": true_up.gone_users,
        "words": true_up.words,
    }
