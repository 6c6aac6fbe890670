"""Where the product runs, and how many accounts are said to exist there."""

from django.db import models
from django.db.models.functions import Now

from ground.audit import tracked
from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet
from rollcall.terms.calculations import day_in_words


@tracked
class Instance(models.Model):
    """One installation at a customer, which owes a report for every day from ``reports_from`` on."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="instances")
    name = models.CharField(max_length=100)
    # Who bears the cost at the customer, in its own words; lists of users can be split by it.
    cost_center = models.CharField(max_length=100, blank=True, db_default="")
    reports_from = models.DateField()
    # The first day that is no longer owed; empty while the installation runs.
    reports_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["contract_id", "name"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "name"], name="instance_name_once_per_contract"),
            models.UniqueConstraint(fields=["id", "contract", "customer"], name="instance_contract_and_customer"),
            models.UniqueConstraint(fields=["id", "customer"], name="instance_and_customer"),
            models.CheckConstraint(
                condition=models.Q(reports_until__isnull=True) | models.Q(reports_until__gt=models.F("reports_from")),
                name="instance_reports_at_least_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.contract.number})"


class ProvisionedCount(models.Model):
    """Accounts that exist, free of charge: a dated number with its source, never derived from events.

    Rows are only added. A number that the vendor records stands for the whole contract, and of several for one day the
    last one added is valid. A number from a user list stands for the list's instance; of several lists for one day the
    one of the better grade is valid, then the one made later, then the greater SHA-256: never the later arrival.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="provisioned_counts")
    users = models.PositiveIntegerField()
    date = models.DateField()
    source = models.CharField(max_length=100)
    instance = models.ForeignKey("licenses.Instance", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    # The report that holds the list, and the facts of it that decide between lists; empty for the vendor's own numbers.
    report_public_id = models.CharField(max_length=32, blank=True)
    grade = models.PositiveSmallIntegerField(null=True, blank=True)
    generated_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    # The report was withdrawn after its earlier rows were added, and none of them is valid any more.
    is_withdrawn = models.BooleanField(default=False)
    recorded_by = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["contract_id", "date", "id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(source=""), name="provisioned_count_has_a_source"),
            models.CheckConstraint(
                condition=models.Q(report_public_id="", instance__isnull=True, is_withdrawn=False)
                | ~models.Q(report_public_id="") & models.Q(instance__isnull=False, grade__isnull=False),
                name="provisioned_count_of_a_list_has_its_instance",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.users:,} provisioned users on {day_in_words(self.date)} ({self.source})"
