"""One received file or message, unchanged, and what is wrong with it."""

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models.functions import Now

from ground.audit import tracked
from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet


class Grade(models.TextChoices):
    """How far a report can be trusted; a lower grade never displaces a higher one."""

    UPLOAD = "upload", "uploaded by a person"
    INSTANCE_API = "instance_api", "sent by the instance"
    SIGNED = "signed", "signed by the instance"


class ReportState(models.TextChoices):
    """Where a report stands; the allowed moves are in ``operations/move_report.py``."""

    RECEIVED = "received", "received, being looked at"
    NEEDS_CONFIRMATION = "needs_confirmation", "waits for the uploader to confirm"
    NEEDS_DECISION = "needs_decision", "waits for the account manager"
    READING = "reading", "being read"
    ACCEPTED = "accepted", "accepted"
    QUARANTINED = "quarantined", "accepted, some rows quarantined"
    REJECTED = "rejected", "rejected"
    WITHDRAWN = "withdrawn", "withdrawn"


@tracked
class UsageReport(models.Model):
    """One received file of one instance.

    What was received (bytes, digest, name, who, when) never changes. ``covers`` is the half-open span of instants
    that the report states to describe completely; which part of it the report owns is never stored here but
    computed from all reports of the instance (``rollcall.ownership``), so the order of arrival has no effect.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="usage_reports")
    instance = models.ForeignKey("licenses.Instance", on_delete=models.PROTECT, related_name="usage_reports")
    # For people only: the name is never used as a path.
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField("size in bytes")
    storage_key = models.CharField(max_length=200, unique=True)
    grade = models.CharField(max_length=20, choices=Grade.choices)
    received_by = models.CharField(max_length=200)
    received_at = models.DateTimeField()

    state = models.CharField(max_length=30, choices=ReportState.choices, default=ReportState.RECEIVED)
    # Rises with every confirmation: a job of an earlier one finds another number and does nothing.
    confirmation = models.PositiveIntegerField(default=0)
    sniffed = models.JSONField(null=True, blank=True)
    questions = models.JSONField(default=list, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    mapping = models.JSONField(null=True, blank=True)
    source_timezone = models.CharField(max_length=64, blank=True)
    covers = DateTimeRangeField(null=True, blank=True)
    generated_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.CharField(max_length=200, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    # What reading found, each null until the report was read; read = accepted + quarantined + duplicate + not_owned.
    rows_read = models.PositiveBigIntegerField(null=True, blank=True)
    rows_accepted = models.PositiveBigIntegerField(null=True, blank=True)
    rows_quarantined = models.PositiveBigIntegerField(null=True, blank=True)
    rows_duplicate = models.PositiveBigIntegerField(null=True, blank=True)
    # Good rows whose instants belong to another report now; they change sides when that report comes or goes.
    rows_not_owned = models.PositiveBigIntegerField(null=True, blank=True)
    users = models.PositiveBigIntegerField(null=True, blank=True)
    # What the report changed when it was read: [{"metric", "start", "end", "before", "after"}, ...], one per billed
    # period; "before" is null where nothing was known. For people; no bill reads it.
    effects = models.JSONField(default=list, blank=True)
    # What is worth a look and keeps no row from counting: [{"code", "message"}, ...].
    remarks = models.JSONField(default=list, blank=True)
    finding_counts = models.JSONField(default=dict, blank=True)
    findings_key = models.CharField(max_length=200, blank=True)
    findings_sha256 = models.CharField(max_length=64, blank=True)
    refusal_code = models.CharField(max_length=60, blank=True)
    refusal_message = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)
    withdrawn_reason = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["contract", "state"], name="report_contract_state"),
            models.Index(fields=["customer", "-received_at"], name="report_customer_received"),
            models.Index(fields=["-received_at", "-id"], name="report_received"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["instance", "sha256"], name="report_same_bytes_once_per_instance"),
            models.UniqueConstraint(fields=["id", "contract", "customer"], name="report_contract_and_customer"),
            models.UniqueConstraint(fields=["id", "customer"], name="report_and_customer"),
            models.CheckConstraint(condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="report_sha256_is_hex"),
            models.CheckConstraint(condition=models.Q(grade__in=Grade.values), name="report_grade_is_known"),
            models.CheckConstraint(condition=models.Q(state__in=ReportState.values), name="report_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(covers__isnull=True)
                | models.Q(covers__isempty=False, covers__lower_inf=False, covers__upper_inf=False),
                name="report_covers_a_finite_span",
            ),
            models.CheckConstraint(
                condition=models.Q(rows_read__isnull=True)
                | models.Q(
                    rows_read=models.F("rows_accepted")
                    + models.F("rows_quarantined")
                    + models.F("rows_duplicate")
                    + models.F("rows_not_owned")
                ),
                name="report_rows_add_up",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["accepted", "quarantined"])
                | models.Q(rows_read__isnull=False, finished_at__isnull=False),
                name="report_accepted_was_read",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="rejected") | ~models.Q(refusal_message=""), name="report_rejected_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_counted(self) -> bool:
        """Whether its rows take part in counts."""
        return self.state in (ReportState.ACCEPTED, ReportState.QUARANTINED)

    @property
    def waits_for_a_person(self) -> bool:
        return self.state in (ReportState.NEEDS_CONFIRMATION, ReportState.NEEDS_DECISION)


class Finding(models.Model):
    """One thing wrong with a report, at a physical line; the first 1,000 of a report, the rest is in its file."""

    report = models.ForeignKey(UsageReport, on_delete=models.PROTECT, related_name="findings")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    file = models.CharField(max_length=255, blank=True)
    line = models.PositiveBigIntegerField(null=True, blank=True)
    column = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=60)
    value = models.TextField(blank=True)
    message = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["report_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["report", "position"], name="finding_position_once"),
            models.CheckConstraint(
                condition=models.Q(position__gte=1, position__lte=1000), name="finding_at_most_1000"
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.report_id}, line {self.line}: {self.code}"
