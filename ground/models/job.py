"""A piece of background work. The row is the truth; a Celery message only wakes a worker up."""

from django.db import models
from django.db.models.functions import Now

from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet


class Job(models.Model):
    """One keyed effect: the same key is the same job, however often it is asked for or delivered."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        SUCCEEDED = "succeeded", "succeeded"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    key = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=100)
    # A plain number: ground knows no customers. Null for work that belongs to nobody, which the portal never sees.
    customer_id = models.BigIntegerField(null=True, blank=True)
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    # Runs that began. A run that dies counts; a run that is cancelled does too.
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=5)
    # While a run lives it renews the lease; whoever holds another token than this one may not write a result.
    lease_token = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    # The last time a wake-up was sent; the sweeper sends another when nothing came of it.
    sent_at = models.DateTimeField(null=True, blank=True)
    run_after = models.DateTimeField(null=True, blank=True)
    cancel_asked = models.BooleanField(default=False)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True, blank=True)
    progress_words = models.CharField(max_length=300, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running", "succeeded", "failed", "cancelled"]),
                name="job_state_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="running") | models.Q(leased_until__isnull=False),
                name="job_running_has_a_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "run_after"], name="job_due", condition=models.Q(state="queued")),
            models.Index(fields=["leased_until"], name="job_leases", condition=models.Q(state="running")),
            models.Index(fields=["customer_id", "-id"], name="job_of_customer"),
            models.Index(fields=["customer_id", "-started_at"], name="job_turns"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.SUCCEEDED, self.State.FAILED, self.State.CANCELLED}
