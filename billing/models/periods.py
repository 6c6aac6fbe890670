"""The span that is billed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q

from ground.audit import tracked
from ground.scoping import ScopedQuerySet
from licenses.models import ContractVersion
from licenses.ranges import period_of
from rollcall.period import Period
from usage.models import ActiveUserCount


class NotCounted(ValueError):
    """The period was not counted and rated yet, so there is nothing to bill."""


@dataclass(frozen=True, kw_only=True)
class Rated:
    """What closing put on a period: the count, the version it was rated under, the usage and the rating as JSON.

    `count` is None where the charge counts nothing. `version` is that of the first day; where others were in force in
    the term, the rating names them under "schedule", and those that count in the period under "versions".
    """

    count: ActiveUserCount | None
    version: ContractVersion
    usage: Mapping[str, Any]
    rating: Mapping[str, Any]
    digest: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The rated lines as `rollcall rate --json` writes them."""
        lines: list[dict[str, Any]] = self.rating["lines"]
        return lines

    @property
    def working(self) -> list[dict[str, Any]]:
        """What each step did, also where it changed nothing."""
        working: list[dict[str, Any]] = self.rating["working"]
        return working

    @property
    def net_amount(self) -> Decimal:
        return Decimal(self.rating["net_amount"])

    @property
    def currency(self) -> str:
        return str(self.rating["currency"])


@tracked
class BillingPeriod(models.Model):
    """One charge of one contract over one period: what was counted, how it was rated, where it was billed.

    `period` is half-open and civil; `starts_at` and `ends_at` are its two instants in `zone`, computed once, so a
    later change of the zone's rules never moves a billed hour. A regular and a true-up period may overlap, two of
    one kind never (exclusion constraint). An invoiced period is frozen: what changes later is a `TrueUp`.
    """

    class Kind(models.TextChoices):
        REGULAR = "regular", "regular"
        TRUE_UP = "true_up", "true-up"

    class State(models.TextChoices):
        OPEN = "open", "open"
        COUNTED = "counted", "counted"
        HELD = "held", "held"
        DRAFTED = "drafted", "drafted"
        INVOICED = "invoiced", "invoiced"

    class HeldCode(models.TextChoices):
        """Why a period waits for a person; the one list of reasons."""

        NO_REPORTS = "no_reports", "no report has arrived"
        DAYS_MISSING = "days_missing", "days are missing"
        REPORT_WAITING = "report_waiting", "a report waits for an answer"
        NOBODY_ACTIVE = "nobody_active", "nobody was active"
        NO_VERSION = "no_version", "no version of the contract is in force"
        NOT_COUNTABLE = "not_countable", "the period cannot be counted"
        EARLIER_OPEN = "earlier_open", "an earlier period is not closed"
        MIXED_NAMESPACES = "mixed_namespaces", "names and pseudonyms are mixed"
        TAX_UNDECIDED = "tax_undecided", "no rule decides the tax"

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="billing_periods")
    charge_key = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.REGULAR)
    # Whether this is the charge whose users head the pages and the invoice, where a contract has several.
    is_main = models.BooleanField(default=True, db_default=True)
    # Fixed amounts, seats of the terms and limits of the whole contract rest on no count.
    is_counted = models.BooleanField(default=True, db_default=True)
    # Due from its first day on, before anything of the period is known.
    is_in_advance = models.BooleanField(default=False, db_default=False)
    period = DateRangeField()
    zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    held_code = models.CharField(max_length=30, choices=HeldCode.choices, blank=True, default="")
    held_words = models.TextField(blank=True, default="")
    # Persons' words that a reason to hold no longer stops this period: [{"code", "by", "reason", "at"}, ...].
    # Only added to, so it can be read later why a period was billed although its reason stood.
    released = models.JSONField(default=list, blank=True)
    # While the period is open the count is an estimate; from `drafted` on it is what is billed.
    count = models.ForeignKey(
        "usage.ActiveUserCount", on_delete=models.PROTECT, null=True, blank=True, related_name="billing_periods"
    )
    contract_version = models.ForeignKey(
        "licenses.ContractVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="billing_periods"
    )
    # USAGE.json as it went into the rating: with the terms of `contract_version` it gives `rating` again.
    rated_usage = models.JSONField(null=True, blank=True)
    rating = models.JSONField(null=True, blank=True)
    rating_digest = models.CharField(max_length=71, blank=True, default="")
    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="billing_periods"
    )
    state_changed_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("contract_id", "charge_key", "period")
        indexes = (
            models.Index(fields=("state", "ends_at"), name="billing_period_by_state"),
            models.Index(fields=("ends_at", "contract"), name="billing_period_by_end"),
        )
        constraints = (
            models.UniqueConstraint(name="billing_period_and_customer", fields=("id", "customer")),
            models.UniqueConstraint(name="billing_period_contract_and_customer", fields=("id", "contract", "customer")),
            models.CheckConstraint(
                name="billing_period_has_days",
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
            ),
            models.CheckConstraint(name="billing_period_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="billing_period_charge_named", condition=~Q(charge_key="")),
            models.CheckConstraint(
                name="billing_period_held_has_reason",
                condition=(Q(state="held") & ~Q(held_code="") & ~Q(held_words=""))
                | (~Q(state="held") & Q(held_code="", held_words="")),
            ),
            models.CheckConstraint(
                name="billing_period_rated_from_counted_on",
                condition=Q(state__in=("open", "held"))
                | (
                    Q(contract_version__isnull=False, rating__isnull=False, rated_usage__isnull=False)
                    & ~Q(rating_digest="")
                ),
            ),
            models.CheckConstraint(
                name="billing_period_count_where_counted",
                condition=Q(is_counted=True, state__in=("open", "held"))
                | Q(is_counted=True, count__isnull=False)
                | Q(is_counted=False, count__isnull=True),
            ),
            models.CheckConstraint(
                name="billing_period_in_advance_is_not_counted",
                condition=Q(is_in_advance=False) | Q(is_counted=False),
            ),
            models.CheckConstraint(
                name="billing_period_invoice_when_drafted",
                condition=Q(state__in=("drafted", "invoiced"), invoice__isnull=False)
                | (~Q(state__in=("drafted", "invoiced")) & Q(invoice__isnull=True)),
            ),
        )

    def __str__(self) -> str:
        kind = "" if self.kind == self.Kind.REGULAR else f", {self.get_kind_display()}"
        return f"{self.contract.number}, {self.charge_key}, {self.span.words(self.zone)}{kind}"

    @property
    def span(self) -> Period:
        """The civil period as the engine's value."""
        return period_of(self.period)

    @property
    def rated(self) -> Rated:
        """What closing put on the period. Raises NotCounted."""
        is_lacking = self.is_counted and self.count is None
        if is_lacking or self.contract_version is None or self.rating is None or self.rated_usage is None:
            raise NotCounted(f"{self} was not counted yet.")
        return Rated(
            count=self.count,
            version=self.contract_version,
            usage=self.rated_usage,
            rating=self.rating,
            digest=self.rating_digest,
        )

    @property
    def released_codes(self) -> frozenset[str]:
        """The reasons to hold that a person has set aside for this period."""
        return frozenset(word["code"] for word in self.released)
