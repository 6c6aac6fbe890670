"""The recorded settlement of a closed period after a new count."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value

from ground.audit import tracked
from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet


@tracked
class TrueUp(models.Model):
    """What a billed period would cost today, beside what was settled for it, and what people decided.

    `previous` is the last decided true-up of the period: its `after` is this one's `before`, accepted or waived
    (a waived difference is a decision and stays waived). On one predecessor there is one live true-up at most; a
    newer proposal supersedes an undecided older. `settled_amount` lies between zero and the difference; the rest is
    waived. A difference above `approve_above` is settled or waived by two people. A decided row is frozen, but for
    the link to the document that settles it, which is written once.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "to decide"
        NEEDS_APPROVAL = "needs_approval", "to approve"
        ACCEPTED = "accepted", "accepted"
        WAIVED = "waived", "waived"
        SUPERSEDED = "superseded", "superseded"

    class Kind(models.TextChoices):
        LATE_USAGE = "late_usage", "late usage"
        AMENDMENT = "amendment", "a retroactive amendment"
        CORRECTION = "correction", "a correction"
        COMMITMENT = "commitment", "a commitment"

    class Settle(models.TextChoices):
        NEXT_INVOICE = "next_invoice", "on the next invoice"
        OWN_INVOICE = "own_invoice", "on an invoice of its own"
        CREDIT_NOTE = "credit_note", "by a credit note"

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="true_ups")
    billing_period = models.ForeignKey("billing.BillingPeriod", on_delete=models.PROTECT, related_name="true_ups")
    charge_key = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.LATE_USAGE, db_default=Kind.LATE_USAGE)
    # Which fact brought it: one report or amendment may move many periods, and its proposals share this text.
    cause_key = models.CharField(max_length=200, blank=True, default="", db_default="")
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
    # The contract's limit when it was proposed: a difference above it takes a second person. None without a limit.
    approve_above = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    # What is billed, or given back when negative, by the decision; zero when waived, None while nobody decided.
    settled_amount = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    settle = models.CharField(max_length=20, choices=Settle.choices, blank=True, default="", db_default="")
    # The reason that the customer reads, and why not the whole difference is settled, which the vendor keeps.
    reason = models.TextField(blank=True, default="")
    adjustment_reason = models.TextField(blank=True, default="", db_default="")
    decided_by = models.CharField(max_length=200, blank=True, default="")
    # The account of who decided and of who approved: two people may have one name. None for our own processes.
    decided_by_account = models.BigIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    approved_by_account = models.BigIntegerField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
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
            models.UniqueConstraint(name="true_up_contract_and_customer", fields=("id", "contract", "customer")),
            models.CheckConstraint(
                name="true_up_decided_with_reason",
                condition=(
                    Q(state__in=("needs_approval", "accepted", "waived"))
                    & Q(decided_at__isnull=False, settled_amount__isnull=False)
                    & ~Q(reason="")
                    & ~Q(decided_by="")
                )
                | Q(
                    state__in=("proposed", "superseded"),
                    decided_at__isnull=True,
                    decided_by="",
                    decided_by_account__isnull=True,
                    reason="",
                    adjustment_reason="",
                    settled_amount__isnull=True,
                    settle="",
                ),
            ),
            models.CheckConstraint(
                name="true_up_settles_within_difference",
                condition=Q(settled_amount__isnull=True)
                | Q(difference_amount__gte=0, settled_amount__gte=0, settled_amount__lte=F("difference_amount"))
                | Q(difference_amount__lte=0, settled_amount__lte=0, settled_amount__gte=F("difference_amount")),
            ),
            models.CheckConstraint(
                name="true_up_settled_in_one_way",
                condition=Q(settle="", state__in=("proposed", "superseded"))
                | Q(settle="", settled_amount=0, state__in=("needs_approval", "waived"))
                | (
                    Q(state__in=("needs_approval", "accepted"))
                    & (
                        (Q(settle="next_invoice") & ~Q(settled_amount=0))
                        | Q(settle="own_invoice", settled_amount__gt=0)
                        | Q(settle="credit_note", settled_amount__lt=0)
                    )
                ),
            ),
            models.CheckConstraint(
                name="true_up_adjusted_with_reason",
                condition=Q(settle="", adjustment_reason="")
                | (Q(settled_amount=F("difference_amount"), adjustment_reason="") & ~Q(settle=""))
                | (~Q(settle="") & ~Q(settled_amount=F("difference_amount")) & ~Q(adjustment_reason="")),
            ),
            models.CheckConstraint(
                name="true_up_second_person_above_limit",
                condition=Q(approve_above__isnull=True)
                | Q(state__in=("proposed", "needs_approval", "superseded"))
                | Q(approved_at__isnull=False)
                | Q(
                    difference_amount__lte=F("approve_above"),
                    difference_amount__gte=Value(0) - F("approve_above"),
                ),
            ),
            models.CheckConstraint(
                name="true_up_approved_by_another",
                condition=Q(approved_at__isnull=True, approved_by="", approved_by_account__isnull=True)
                | (
                    Q(approved_at__isnull=False, approved_by_account__isnull=False, state__in=("accepted", "waived"))
                    & ~Q(approved_by="")
                    & (Q(decided_by_account__isnull=True) | ~Q(approved_by_account=F("decided_by_account")))
                ),
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
        return f"true-up of {self.billing_period}"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide or to approve."""
        return self.state in (self.State.PROPOSED, self.State.NEEDS_APPROVAL)

    @property
    def takes_two(self) -> bool:
        """Whether the difference is above the limit, so that a second person approves what the first decided."""
        return self.approve_above is not None and self.difference_amount.copy_abs() > self.approve_above


class TrueUpEvent(models.Model):
    """One thing that happened to a true-up: proposed, decided, approved, sent back, superseded. Only ever added.

    `data` holds what was decided, so that the events of a true-up, replayed, give its row again.
    """

    true_up = models.ForeignKey(TrueUp, on_delete=models.PROTECT, related_name="entries")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=30)
    actor_name = models.CharField(max_length=200)
    actor_account = models.BigIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("true_up_id", "pk")
        constraints = (
            models.CheckConstraint(
                name="true_up_event_names_verb_and_actor", condition=~Q(verb="") & ~Q(actor_name="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor_name} on true-up {self.true_up_id} #{self.pk}"
