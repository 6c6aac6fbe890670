"""The agreement: a contract, its versions, and the secret that hides its users' names."""

from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import OpClass
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Now, Upper

from ground.audit import tracked
from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet


class UsersAnnex(models.TextChoices):
    """How the list of who was counted goes with an invoice."""

    NONE = "none", "not with the invoice"
    PDF = "pdf", "pages of the PDF"
    CSV = "csv", "a file in the PDF"


class AnnexSplit(models.TextChoices):
    """What the list of users is split by; empty: one list."""

    INSTANCE = "instance", "instance"
    COST_CENTER = "cost_center", "cost center of the instance"


@tracked
class Contract(models.Model):
    """One agreement with one customer; what was agreed stands in its versions."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=40, unique=True)
    product_name = models.CharField(max_length=200)
    buyer_reference = models.CharField(max_length=100, blank=True)
    po_number = models.CharField("purchase order", max_length=100, blank=True)
    # Whether the list of who was counted goes with each invoice, and by what it is split.
    users_annex = models.CharField(
        "list of users", max_length=4, choices=UsersAnnex.choices, default=UsersAnnex.NONE, db_default="none"
    )
    annex_split = models.CharField(
        "list of users split by", max_length=12, choices=AnnexSplit.choices, blank=True, default="", db_default=""
    )
    payment_days = models.PositiveIntegerField(default=30, validators=[MaxValueValidator(365)])
    account_manager = models.ForeignKey(
        "licenses.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # How long a raw file is kept after it was received; the evidence made from it stays.
    raw_kept_days = models.PositiveIntegerField(default=730)
    # The first day whose use is billed. Before it the contract is rated and drafted for comparison alone: a shadow
    # beside what the customer pays under the old agreement. None: it is live from its first day.
    live_from = models.DateField(null=True, blank=True)
    # The old agreement: what one seat costs per period, and how many are paid; None: those that are provisioned.
    old_seat_price = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    old_seats = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            # As a search compares: any case, by the beginning.
            models.Index(OpClass(Upper("number"), name="text_pattern_ops"), name="contract_search_number"),
        ]
        constraints = [
            # The target of every composite foreign key that keeps customer_id honest in the tables below.
            models.UniqueConstraint(fields=["id", "customer"], name="contract_and_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.product_name}"


class ContractSecret(models.Model):
    """The salt that turns a user's name into a ``user_ref``; the vendor's processes alone may read it.

    Made once with the first version and never changed: another salt would make every person a new one.
    """

    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="secret", primary_key=True)
    salt = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.expressions.RawSQL("octet_length(salt) = 32", (), models.BooleanField()),
                name="contract_secret_is_256_bits",
            )
        ]

    def __str__(self) -> str:
        return f"secret of contract {self.contract.number}"


@tracked
class ContractVersion(models.Model):
    """What was agreed, from one day to another: the terms never change, an amendment is a new version.

    ``active`` is half-open civil days of the contract's zone. Its end may move closer when the next version
    begins; nothing else in the row can be changed by anybody.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="versions")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    terms_digest = models.CharField(max_length=71)
    active = DateRangeField()
    agreed_at = models.DateTimeField()
    # The published price list that these terms started from; they may differ from it.
    plan_version = models.ForeignKey(
        "licenses.PlanVersion", on_delete=models.PROTECT, related_name="contract_versions", null=True, blank=True
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["contract_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="contract_version_number"),
            # The target of the composite foreign key of what was accepted of a version.
            models.UniqueConstraint(
                fields=["id", "contract", "customer"], name="contract_version_contract_and_customer"
            ),
            models.CheckConstraint(condition=models.Q(active__isempty=False), name="contract_version_has_days"),
            models.CheckConstraint(condition=models.Q(active__lower_inf=False), name="contract_version_has_a_start"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="contract_version_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of contract {self.contract.number}"
