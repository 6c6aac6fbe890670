"""The vendor's word that a version of the reporter counts wrongly."""

from django.db import models
from django.db.models.functions import Now

from ground.ids import new_public_id
from rollcall.signing.reporter_versions import Versions


class ReporterRecall(models.Model):
    """Versions of a reporter that count wrongly: since which day, why, and what the customer does about it.

    `reporter` is the name in what reports state: that of the program, or one of the product's own. A recall may be
    lifted, once and with a reason; nothing else in the row ever changes, and none is removed. The vendor's alone.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    reporter = models.CharField(max_length=100)
    # Both ends included; one version has itself at both.
    first_version = models.CharField(max_length=100)
    last_version = models.CharField(max_length=100)
    # Reports with a day from here on are concerned; empty for all of them.
    since = models.DateField(null=True, blank=True)
    reason = models.TextField()
    cure = models.TextField()
    recalled_by = models.CharField(max_length=200)
    recalled_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=200, blank=True, default="")
    lifted_reason = models.TextField(blank=True, default="")
    lifted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="reporter_recall_says_what_and_why",
                condition=~models.Q(reporter="")
                & ~models.Q(first_version="")
                & ~models.Q(last_version="")
                & ~models.Q(reason="")
                & ~models.Q(cure=""),
            ),
            models.CheckConstraint(
                name="reporter_recall_lifted_with_reason",
                condition=models.Q(lifted_at__isnull=True, lifted_by="", lifted_reason="")
                | (models.Q(lifted_at__isnull=False) & ~models.Q(lifted_by="") & ~models.Q(lifted_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def versions(self) -> Versions:
        """The versions that it names."""
        return Versions(first=self.first_version, last=self.last_version)

    @property
    def what(self) -> str:
        """The reporter and its versions, in words."""
        return f"{self.reporter} {self.versions.words}"

    @property
    def is_lifted(self) -> bool:
        """Whether its reports are taken again like all others."""
        return self.lifted_at is not None
