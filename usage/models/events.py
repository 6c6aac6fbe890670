"""What an instance sends over the network: batches as they came, and the days they were gathered into."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet


class EventBatch(models.Model):
    """One batch of events, its bytes unchanged in the store. The same bytes are one batch of an instance.

    Facts about the batch, never its events. ``gathered_at`` is when its good events went into the reports of their
    days; nothing else ever changes.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    instance = models.ForeignKey("licenses.Instance", on_delete=models.PROTECT, related_name="event_batches")
    form = models.CharField(max_length=10)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    storage_key = models.CharField(max_length=200, unique=True)
    events_accepted = models.PositiveIntegerField()
    events_rejected = models.PositiveIntegerField()
    # Those that were ahead of our clock: rejected for now, to be sent again.
    events_ahead = models.PositiveIntegerField()
    first_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    # The days in UTC on which its good events lie.
    utc_days = ArrayField(models.DateField(), default=list, blank=True)
    received_by = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    gathered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["instance", "received_at"],
                condition=models.Q(gathered_at__isnull=True, events_accepted__gt=0),
                name="batch_to_gather",
            ),
            models.Index(fields=["instance", "first_at", "last_at"], name="batch_by_days"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["instance", "sha256"], name="batch_same_bytes_once_per_instance"),
            models.CheckConstraint(condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="batch_sha256_is_hex"),
            models.CheckConstraint(
                condition=models.Q(form__in=["single", "batch", "lines"]), name="batch_form_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(events_accepted=0, first_at__isnull=True, last_at__isnull=True)
                | models.Q(events_accepted__gt=0, first_at__isnull=False, last_at__gte=models.F("first_at")),
                name="batch_with_events_has_a_span",
            ),
        ]

    def __str__(self) -> str:
        return f"events of {self.instance}"


class EventDay(models.Model):
    """One civil day of an instance as all batches received until then tell it, with the report it became.

    When more arrives for the day it is gathered anew: a later row with another report, which holds all of the day.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    report = models.OneToOneField("usage.UsageReport", on_delete=models.PROTECT, related_name="event_day")
    day = models.DateField()
    batches = models.PositiveIntegerField()
    gathered_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.day} of report {self.report_id}"
