"""What a person said about the columns of a file, kept for the next file of that shape."""

from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet


class KeptMapping(models.Model):
    """One confirmed column mapping of an instance. Rows are only added; of several for one header the last is offered.

    ``header_digest`` is that of the set of column names, so neither the order of the columns nor the delimiter nor the
    encoding of the next file matters: those are found in the file itself.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    instance = models.ForeignKey("licenses.Instance", on_delete=models.PROTECT, related_name="kept_mappings")
    report = models.ForeignKey("usage.UsageReport", on_delete=models.PROTECT, related_name="kept_mappings")
    header_digest = models.CharField(max_length=71)
    # MAP.json of SHAPES.md.
    mapping = models.JSONField()
    source_timezone = models.CharField(max_length=64, blank=True)
    kept_by = models.CharField(max_length=200)
    kept_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["instance_id", "id"]
        indexes = [models.Index(fields=["instance", "header_digest", "-id"], name="kept_mapping_of_header")]

    def __str__(self) -> str:
        return f"mapping {self.pk} of instance {self.instance_id}, kept by {self.kept_by}"
