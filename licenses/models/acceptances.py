"""What a customer has accepted: the definition of an active user, with the cases at its boundary."""

from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet


class DefinitionAcceptance(models.Model):
    """One definition that somebody of the customer accepted: who, when, and the digest of what they saw.

    ``cases`` are the boundary cases as they were shown, each with whether it counts; ``cases_digest`` is over their
    canonical JSON. Rows are only added.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="acceptances")
    version = models.ForeignKey("licenses.ContractVersion", on_delete=models.PROTECT, related_name="acceptances")
    metric_name = models.CharField(max_length=100)
    definition_digest = models.CharField(max_length=71)
    cases = models.JSONField()
    cases_digest = models.CharField(max_length=71)
    accepted_by = models.CharField(max_length=200)
    accepted_email = models.EmailField()
    accepted_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["contract_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "metric_name", "definition_digest", "cases_digest"], name="definition_accepted_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(accepted_by="") & ~models.Q(accepted_email=""), name="acceptance_has_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric_name} of contract {self.contract.number}, accepted by {self.accepted_by}"
