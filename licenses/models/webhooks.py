"""Where the vendor's events go: destinations with their secrets, what happened, and every attempt to say it.

All of it is the vendor's own: the portal's role writes down events of its customer and reads nothing of this.
"""

from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet
from licenses.models.parties import LegalEntity


class EventKind(models.TextChoices):
    """What may be announced, as receivers read it in "type"."""

    LICENSE_ISSUED = "license.issued", "a licence was issued"
    ENTITLEMENTS_CHANGED = "entitlements.changed", "what a contract grants changed: all features and quantities"
    REPORT_RECEIVED = "report.received", "a report came in and was looked at"
    REPORT_ACCEPTED = "report.accepted", "a report counts from now on"
    REPORT_REJECTED = "report.rejected", "a report was rejected"
    REPORT_DECISION_NEEDED = "report.decision_needed", "a report waits for the account manager"
    INVOICE_FINALIZED = "invoice.finalized", "an invoice was finalized"
    CREDIT_NOTE_FINALIZED = "credit_note.finalized", "a credit note was finalized"
    TRUE_UP_PROPOSED = "true_up.proposed", "a closed period should be settled anew"
    PERIOD_CLOSED = "period.closed", "a period was billed: what changes now is a true-up"
    TEST = "webhook.test", "a test, sent by a person"


class Purpose(models.TextChoices):
    """What a destination is for."""

    EVENTS = "events", "is told what happened"
    CHECKOUT = "checkout", "is asked before bought seats are reduced"


class WebhookDestination(models.Model):
    """One address that is told of events, or asked before seats are reduced. What it is for never changes.

    With a customer it hears of that customer only. A checkout hook is of one legal entity, and of one product where
    that is named. `quiet_until` is set while nobody answers there at all, so that one dead receiver costs little.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.EVENTS)
    url = models.CharField(max_length=500)
    note = models.CharField(max_length=200)
    event_types = ArrayField(models.CharField(max_length=40, choices=EventKind.choices), default=list, blank=True)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    product_name = models.CharField(max_length=200, blank=True, default="")
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    switched_off_by = models.CharField(max_length=200, blank=True, default="")
    switched_off_at = models.DateTimeField(null=True, blank=True)
    # How often in a row nobody answered there, and until when it is left alone.
    silences = models.PositiveIntegerField(default=0)
    quiet_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="webhook_destination_is_told_or_asked",
                condition=models.Q(
                    purpose=Purpose.EVENTS, legal_entity__isnull=True, product_name="", event_types__len__gte=1
                )
                | models.Q(
                    purpose=Purpose.CHECKOUT,
                    legal_entity__isnull=False,
                    customer__isnull=True,
                    event_types__len=0,
                ),
            ),
            # Two hooks of one product could say different things.
            models.UniqueConstraint(
                name="webhook_one_checkout_hook",
                fields=["legal_entity", "product_name"],
                condition=models.Q(purpose=Purpose.CHECKOUT, switched_off_at__isnull=True),
            ),
            models.CheckConstraint(
                name="webhook_switched_off_by_somebody",
                condition=models.Q(switched_off_at__isnull=True, switched_off_by="")
                | (models.Q(switched_off_at__isnull=False) & ~models.Q(switched_off_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.note} ({self.url})"

    @property
    def is_on(self) -> bool:
        return self.switched_off_at is None

    @property
    def host(self) -> str:
        """The machine that is called, with its port where it has another one."""
        return urlsplit(self.url).netloc

    @property
    def is_asked(self) -> bool:
        """Whether it is a checkout hook."""
        return self.purpose == Purpose.CHECKOUT


class WebhookSecret(models.Model):
    """A secret with which what goes to a destination is signed, sealed as the vendor's keys are. Two live at most."""

    destination = models.ForeignKey(WebhookDestination, on_delete=models.PROTECT, related_name="secrets")
    sealed = models.BinaryField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    retired_by = models.CharField(max_length=200, blank=True, default="")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["destination_id", "id"]

    def __str__(self) -> str:
        return f"secret {self.pk} of destination {self.destination_id}"


class WebhookEvent(models.Model):
    """One fact as it is told, written in the transaction of the fact; `public_id` is the webhook-id of all attempts."""

    public_id = models.CharField(max_length=40, unique=True, default=new_public_id, editable=False)
    # What happened, so that the same fact is told once.
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40, choices=EventKind.choices)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    happened_at = models.DateTimeField()
    # {"type", "timestamp", "data"} as it is sent, byte for byte.
    body = models.TextField()
    distributed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"], name="webhook_event_to_distribute", condition=models.Q(distributed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class WebhookDelivery(models.Model):
    """One event on its way to one destination. `tries` are those since it was sent, or sent again by a person."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DELIVERED = "delivered", "delivered"
        GIVEN_UP = "given_up", "given up"
        LEFT = "left", "left"

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    destination = models.ForeignKey(WebhookDestination, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(name="webhook_delivery_once", fields=["event", "destination"]),
            models.CheckConstraint(
                name="webhook_delivery_waits_for_an_instant",
                condition=models.Q(state="waiting", next_try_at__isnull=False, ended_at__isnull=True)
                | (~models.Q(state="waiting") & models.Q(next_try_at__isnull=True, ended_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["destination", "next_try_at"], name="webhook_delivery_due", condition=models.Q(state="waiting")
            )
        ]

    def __str__(self) -> str:
        return f"event {self.event_id} to destination {self.destination_id}"


class WebhookAttempt(models.Model):
    """One request of a delivery: what was answered, or why nothing was sent."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status_code = models.PositiveIntegerField(null=True, blank=True)
    # The first characters of the answer; of a failure before any answer, the words.
    answer = models.CharField(max_length=500, blank=True, default="")
    is_good = models.BooleanField()
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["delivery_id", "id"]

    def __str__(self) -> str:
        return f"attempt {self.pk} of delivery {self.delivery_id}"


class CheckoutQuestion(models.Model):
    """One question to a checkout hook, with its answer: may the bought seats of a contract be reduced? Only added."""

    destination = models.ForeignKey(WebhookDestination, on_delete=models.PROTECT, related_name="questions")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    body = models.TextField()
    status_code = models.PositiveIntegerField(null=True, blank=True)
    is_allowed = models.BooleanField()
    words = models.CharField(max_length=1000, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"question {self.pk} about contract {self.contract_id}"
