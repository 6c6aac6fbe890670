"""The recorded settlement of a closed period after a new count."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ground.audit import tracked
from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet


@tracked
class TrueUp(models.Model):
    """What a billed period would cost today, beside what was settled for it, and what a person decided.

    `previous` is the last decided true-up of the period: its `after` is this one's `before`, accepted or waived
    (a waived difference is a decision and stays waived). On one predecessor there is one live true-up at most; a
    newer proposal supersedes an undecided older. A decided row is frozen, but for the link to the invoice that
    settles it, which is written once.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "to decide"
        ACCEPTED = "accepted", "accepted"
        WAIVED = "waived", "waived"
        SUPERSEDED = "superseded", "superseded"

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="true_ups")
    billing_period = models.ForeignKey("billing.BillingPeriod", on_delete=models.PROTECT, related_name="true_ups")
    charge_key = models.CharField(max_length=100)
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Both are empty where the charge counts nothing and only its terms changed.
    before_count = models.ForeignKey(
        "usage.ActiveUserCount", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    after_count = models.ForeignKey(
        "usage.ActiveUserCount", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Digest of the evidence that the new count was made from: what makes this proposal this one.
    after_evidence_set_digest = models.CharField(max_length=71, blank=True, default="")
    before_rating = models.JSONField()
    after_rating = models.JSONField()
    after_usage = models.JSONField()
    currency = models.CharField(max_length=3)
    difference_amount = models.DecimalField(max_digits=20, decimal_places=4)
    words = models.TextField()
    new_users = models.PositiveIntegerField()
    gone_users = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    reason = models.TextField(blank=True, default="")
    decided_by = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="true_ups"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=("state", "proposed_at"), name="billing_true_up_by_state"),)
        constraints = (
            models.UniqueConstraint(name="true_up_and_customer", fields=("id", "customer")),
            models.UniqueConstraint(
                name="true_up_one_live_per_predecessor",
                fields=("billing_period", "previous"),
                condition=~Q(state="superseded"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="true_up_decided_with_reason",
                condition=(
                    Q(state__in=("accepted", "waived"), decided_at__isnull=False) & ~Q(reason="") & ~Q(decided_by="")
                )
                | Q(state__in=("proposed", "superseded"), decided_at__isnull=True, decided_by="", reason=""),
            ),
            models.CheckConstraint(
                name="true_up_settled_when_accepted", condition=Q(invoice__isnull=True) | Q(state="accepted")
            ),
            models.CheckConstraint(
                name="true_up_changes_the_count",
                condition=~Q(before_count=F("after_count")) | ~Q(difference_amount=0),
            ),
            models.CheckConstraint(
                name="true_up_counts_both_or_none",
                condition=Q(before_count__isnull=True, after_count__isnull=True, after_evidence_set_digest="")
                | (Q(before_count__isnull=False, after_count__isnull=False) & ~Q(after_evidence_set_digest="")),
            ),
        )

    def __str__(self) -> str:
        return f"true-up {self.public_id} of period {self.billing_period_id}"
