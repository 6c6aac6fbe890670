"""Words of billing in templates: the steps of a bill, the reasons not to count a person, the way to explain a figure.

`{% explain_link SUBJECT "active" as address %}` is the address that every figure of users or amounts leads to.
"""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.http import urlencode

from billing.models import BillingPeriod, Invoice
from billing.queries.explain_numbers import billed_words
from billing.settling_documents import GIVEN_BACK
from usage.models import ActiveUserCount

STEP_NAMES = {
    "included": "Included users",
    "price": "Price",
    "greater_of": "The greater of charges",
    "per_user_cap": "Cap per user",
    "discount": "Discount",
    "commitment": "Commitment",
    "estimate": "Estimate for missing days",
    "difference": "Difference",
    "missing_days": "Missing days",
    "floor": "Floor",
    "cap": "Cap",
    "trial": "Trial",
    "rounding": "Rounding",
    "credits": "Credits",
    "true_up": "True-up",
    GIVEN_BACK: "Given back",
    "adjustment": "Adjustment",
}
# Categories of EN 16931 in which no tax is on the invoice.
NO_TAX = {
    "AE": "No tax, reverse charge: the recipient owes it",
    "E": "No tax, exempt",
    "G": "No tax, export",
    "K": "No tax, supply within the European Union",
    "O": "No tax, not subject to it",
    "Z": "Zero rate",
}

# The parts of the page that explains a number, by the figure that leads there.
PARTS = frozenset(
    ("provisioned", "reported", "active", "billable", "billed", "rows", "people", "files", "amount", "recompute")
)

register = template.Library()


@register.filter
def step_name(step: str) -> str:
    """Return the name of a step as the customer reads it."""
    return STEP_NAMES.get(step, step)


@register.filter
def versions_named(contract: Mapping[str, Any]) -> str:
    """Name the versions that rule a document, `contract` as a snapshot writes it: "version 1", "versions 1 and 2"."""
    numbers = [str(version["number"]) for version in contract.get("versions", [])] or [str(contract["version"])]
    return f"version {numbers[0]}" if len(numbers) == 1 else f"versions {', '.join(numbers[:-1])} and {numbers[-1]}"


@register.filter
def no_tax_words(category: str) -> str:
    """Return why a line carries no tax, by its category."""
    return NO_TAX.get(category, "No tax")


@register.filter
def said_of_billed(counts: Mapping[str, Any]) -> str:
    """Say what lies between the billable and the billed users of a document, `counts` as a snapshot writes them."""
    return billed_words(counts["billable"], counts["billed"])


@register.simple_tag(takes_context=True)
def explain_link(
    context: template.Context, subject: Invoice | BillingPeriod | ActiveUserCount | None, number: str = ""
) -> str:
    """Return the address of the page that explains a figure, at the desk or in the portal, wherever this is drawn.

    `subject` is what the figure belongs to: an invoice, a billing period or a count; `number` is one of PARTS and leads
    to its place on the page. Empty where there is no subject. In the portal an invoice must be finalized.
    """
    if subject is None:
        return ""
    if number and number not in PARTS:
        raise template.TemplateSyntaxError(f"explain_link knows no number {number!r}; it is one of {sorted(PARTS)}.")
    at_the_desk = context["request"].path.startswith(reverse("admin:index"))
    address = _at_the_desk(subject) if at_the_desk else _in_the_portal(subject)
    return f"{address}#{number}" if number else address


@register.simple_tag(takes_context=True)
def line_link(context: template.Context, invoice: Invoice, line: Mapping[str, Any]) -> str:
    """Return the address that explains a figure of one line of a document, `line` as a snapshot writes it.

    A rated line leads to its charge; a line that settles something to the true-up at the desk, and in the portal to
    what became of the invoice that billed the period.
    """
    if line["kind"] == GIVEN_BACK and invoice.corrects is not None:
        # What is given back is explained where it was billed.
        invoice = invoice.corrects
    if line["kind"] != "true_up":
        return f"{explain_link(context, invoice)}?{urlencode({'charge': line['charge']})}#amount"
    if context["request"].path.startswith(reverse("admin:index")):
        return reverse("desk:true_up", args=[line["key"].rpartition("/")[2]])
    billed = BillingPeriod.objects.filter(
        contract=invoice.contract_id,
        kind=BillingPeriod.Kind.REGULAR,
        charge_key=line["charge"],
        period=(line["period"]["start"], line["period"]["end"]),
        invoice__isnull=False,
    )
    settled = billed.values_list("invoice__public_id", flat=True).first()
    return reverse("billing:as_known", args=[settled]) if settled else explain_link(context, invoice, "amount")


def _at_the_desk(subject: Invoice | BillingPeriod | ActiveUserCount) -> str:
    if isinstance(subject, Invoice):
        return reverse("desk:invoice_explained", args=[subject.public_id])
    if isinstance(subject, BillingPeriod):
        return reverse("desk:number", args=[subject.pk])
    return reverse("desk:count_explained", args=[subject.pk])


def _in_the_portal(subject: Invoice | BillingPeriod | ActiveUserCount) -> str:
    if isinstance(subject, Invoice):
        return reverse("billing:invoice_explained", args=[subject.public_id])
    if isinstance(subject, BillingPeriod):
        query = f"contract={subject.contract.public_id}&period={subject.span.start}&charge={subject.charge_key}"
        return f"{reverse('billing:counted')}?{query}"
    return reverse("billing:count_explained", args=[subject.pk])
