"""What a signed report says of itself, as it was checked when it came; and the vendor's receipt of it."""

from datetime import date, datetime

from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet
from licenses.models import InstanceKey
from rollcall.period import Period
from usage.models.reports import UsageReport


class SignedReport(models.Model):
    """The checked statement of a report that an instance signed. Rows are only added.

    `findings` are [{"code", "words"}, ...]: what was wrong when the report came, beside those that were
    there. Two rows of one key with one number are a fork; both are kept.
    """

    report = models.OneToOneField(UsageReport, on_delete=models.PROTECT, related_name="signed")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="signed_reports")
    instance = models.ForeignKey("licenses.Instance", on_delete=models.PROTECT, related_name="signed_reports")
    key = models.ForeignKey(InstanceKey, on_delete=models.PROTECT, related_name="reports")
    sequence = models.PositiveBigIntegerField()
    # "sha256:..." of the signed payload.
    digest = models.CharField(max_length=80)
    statement = models.JSONField()
    findings = models.JSONField(default=list)
    checked_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["instance_id", "key_id", "sequence", "id"]
        constraints = [
            models.UniqueConstraint(fields=["key", "digest"], name="signed_report_statement_once_per_key"),
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="signed_report_sequence_from_one"),
            models.CheckConstraint(
                condition=models.Q(digest__regex="^sha256:[0-9a-f]{64}$"), name="signed_report_digest_is_one"
            ),
        ]
        indexes = [models.Index(fields=["key", "sequence"], name="signed_report_key_sequence")]

    def __str__(self) -> str:
        return f"report {self.sequence} of {self.instance}"

    @property
    def days(self) -> Period:
        """The civil days that the report covers."""
        return Period(date.fromisoformat(self.statement["from"]), date.fromisoformat(self.statement["to"]))

    @property
    def zone(self) -> str:
        """The zone of these days."""
        return str(self.statement["timezone"])

    @property
    def signed_at(self) -> datetime:
        """When it was signed, by the clock of the instance."""
        return datetime.fromisoformat(self.statement["clock"]["wall"])


class ReportReceipt(models.Model):
    """The vendor's signed receipt of a report that counts. Rows are only added."""

    report = models.OneToOneField(UsageReport, on_delete=models.PROTECT, related_name="receipt")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    # The armored text, as the instance takes it.
    document = models.TextField()
    digest = models.CharField(max_length=80)
    issued_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~models.Q(document=""), name="report_receipt_says_something")]

    def __str__(self) -> str:
        return f"receipt of report {self.report_id}"
