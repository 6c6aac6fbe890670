"""What a person adds to a draft by hand, with a reason, and above which amount a second person approves it."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q

from ground.audit import tracked
from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet


@tracked
class ApprovalLimit(models.Model):
    """The amount, per legal entity and currency, up to which one person adjusts the drafts of a period.

    Where a currency has no limit, every adjustment in it takes two people.
    """

    legal_entity = models.ForeignKey("licenses.LegalEntity", on_delete=models.PROTECT, related_name="approval_limits")
    currency = models.CharField("currency (ISO 4217)", max_length=3)
    amount = models.DecimalField(max_digits=20, decimal_places=4)

    class Meta:
        ordering = ("legal_entity_id", "currency")
        constraints = (
            models.UniqueConstraint(name="approval_limit_once_per_currency", fields=("legal_entity", "currency")),
            models.CheckConstraint(name="approval_limit_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(name="approval_limit_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
        )

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.currency}"


class Adjustment(models.Model):
    """A surcharge, or a credit when negative, that a person puts on the bill of one period, with the reason.

    It belongs to the contract and the period, not to a draft: a draft that is computed again, or discarded and drawn
    up anew, carries it still. It changes an amount and never a count. `takes_two` says that, with the other
    adjustments of the period, it was above the limit when it was made: then another person approves it before the
    draft is finalized. It is withdrawn with a reason, never edited; on a finalized invoice it is frozen.
    """

    class State(models.TextChoices):
        NEEDS_APPROVAL = "needs_approval", "to approve"
        STANDS = "stands", "stands"
        WITHDRAWN = "withdrawn", "withdrawn"

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="adjustments")
    # The charge that heads the draft, under whose name the line stands.
    charge_key = models.CharField(max_length=100)
    period = DateRangeField()
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    # The customer reads it on the invoice.
    reason = models.TextField()
    takes_two = models.BooleanField()
    state = models.CharField(max_length=20, choices=State.choices)
    made_by = models.CharField(max_length=200)
    made_by_account = models.BigIntegerField()
    made_at = models.DateTimeField()
    approved_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    approved_by_account = models.BigIntegerField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True, default="", db_default="")
    # The finalized invoice that bills it, written once.
    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="adjustments"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("made_at", "pk")
        indexes = (models.Index(fields=("contract", "state"), name="adjustment_by_contract"),)
        constraints = (
            models.UniqueConstraint(name="adjustment_and_customer", fields=("id", "customer")),
            models.CheckConstraint(
                name="adjustment_has_days",
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
            ),
            models.CheckConstraint(name="adjustment_changes_something", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="adjustment_says_why_and_who",
                condition=~Q(reason="") & ~Q(made_by="") & ~Q(charge_key=""),
            ),
            models.CheckConstraint(
                name="adjustment_second_person_above_limit",
                condition=Q(takes_two=False) | ~Q(state="stands") | Q(approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="adjustment_approved_by_another",
                condition=Q(approved_at__isnull=True, approved_by="", approved_by_account__isnull=True)
                | (
                    Q(approved_at__isnull=False, approved_by_account__isnull=False)
                    & ~Q(approved_by="")
                    & ~Q(state="needs_approval")
                    & ~Q(approved_by_account=F("made_by_account"))
                ),
            ),
            models.CheckConstraint(
                name="adjustment_withdrawn_with_reason",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by="", withdrawn_reason="") & ~Q(state="withdrawn")
                | Q(state="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(withdrawn_reason=""),
            ),
            models.CheckConstraint(
                name="adjustment_billed_when_it_stands", condition=Q(invoice__isnull=True) | Q(state="stands")
            ),
        )

    def __str__(self) -> str:
        return f"adjustment {self.public_id} over {self.amount} {self.currency}"
