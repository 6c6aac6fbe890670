"""What the vendor issues to instances, the keys with which instances answer, and which keys are refused."""

from django.db import models
from django.db.models.functions import Now

from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet
from licenses.models.keys import VendorKey
from licenses.models.parties import LegalEntity

IS_A_KEY = models.expressions.RawSQL("octet_length(public_key) = 32", (), models.BooleanField())


class IssuedBecause(models.TextChoices):
    """Why a licence file was made."""

    ASKED = "asked", "asked for"
    AMENDED = "amended", "the contract has a new version"
    INSTANCES = "instances", "an instance or its key is new"
    RENEWED = "renewed", "the one before ends soon"
    CHANGED = "changed", "what is granted changed on this day"
    REVOKED = "revoked", "a key was revoked or replaced"


class LicenseFile(models.Model):
    """One licence as it was issued: the signed envelope, and the facts of it that lists need. Rows are only added.

    Of two licences of a contract the one with the higher serial is valid, from its first instant on.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="license_files")
    version = models.ForeignKey("licenses.ContractVersion", on_delete=models.PROTECT, related_name="license_files")
    serial = models.PositiveIntegerField()
    # The DSSE envelope as it was signed; its armor is made of it without loss.
    envelope = models.BinaryField()
    # "sha256:..." of the envelope.
    digest = models.CharField(max_length=71)
    # The refused keys that the licence names, as a signed file of its own; empty where it names none.
    revocations = models.TextField(blank=True, default="")
    vendor_key = models.ForeignKey(VendorKey, on_delete=models.PROTECT, related_name="license_files")
    challenge = models.CharField(max_length=32)
    not_before = models.DateTimeField()
    expires = models.DateTimeField()
    grace_days = models.PositiveIntegerField()
    because = models.CharField(max_length=10, choices=IssuedBecause.choices)
    issued_by = models.CharField(max_length=200)
    issued_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["contract_id", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "serial"], name="license_serial_once_per_contract"),
            models.CheckConstraint(condition=models.Q(serial__gte=1), name="license_serial_from_1"),
            models.CheckConstraint(
                condition=models.Q(expires__gt=models.F("not_before")), name="license_is_valid_for_a_while"
            ),
        ]

    def __str__(self) -> str:
        return f"licence {self.serial} of contract {self.contract.number}"

    @property
    def file_name(self) -> str:
        """The name under which people keep it."""
        return f"{self.contract.number}-{self.serial}.license"


class InstanceKey(models.Model):
    """The public key of one installation, which proved that it holds the private half; the vendor never sees that.

    An instance has one live key. One that was replaced or revoked stays: what it signed before is checked with it for
    ever. Nothing but its end is written into the row, and that once.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    instance = models.ForeignKey("licenses.Instance", on_delete=models.PROTECT, related_name="keys")
    public_key = models.BinaryField(max_length=32)
    fingerprint = models.CharField(max_length=100, unique=True)
    activated_at = models.DateTimeField()
    activated_by = models.CharField(max_length=200)
    # The serial of the licence whose challenge was signed.
    license_serial = models.PositiveIntegerField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # The first report that is refused; empty: none of those that come from then on is taken.
    revoked_from_seq = models.PositiveBigIntegerField(null=True, blank=True)
    revoked_reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["instance_id", "id"]
        constraints = [
            models.UniqueConstraint(
                name="instance_key_one_live",
                fields=["instance"],
                condition=models.Q(replaced_at__isnull=True, revoked_at__isnull=True),
            ),
            models.CheckConstraint(name="instance_key_is_256_bits", condition=IS_A_KEY),
            models.CheckConstraint(
                name="instance_key_revoked_with_reason",
                condition=models.Q(revoked_at__isnull=True, revoked_from_seq__isnull=True, revoked_reason="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoked_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint} of {self.instance}"

    @property
    def is_live(self) -> bool:
        """Whether new reports are signed with it."""
        return self.replaced_at is None and self.revoked_at is None


class KeyRevocation(models.Model):
    """One entry of the vendor's list of refused keys: of a vendor key or of an instance's. Rows are only added.

    `at` is the cut-off: for a vendor key the instant from which its documents are refused, for an instance's key the
    one from which its reports are, where no number of a report says it closer.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="revocations")
    number = models.PositiveIntegerField()
    vendor_key = models.OneToOneField(
        VendorKey, on_delete=models.PROTECT, related_name="revocation", null=True, blank=True
    )
    instance_key = models.OneToOneField(
        InstanceKey, on_delete=models.PROTECT, related_name="revocation", null=True, blank=True
    )
    from_seq = models.PositiveBigIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    reason = models.TextField()
    revoked_by = models.CharField(max_length=200)
    revoked_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["legal_entity_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "number"], name="key_revocation_number"),
            models.CheckConstraint(
                name="key_revocation_is_of_one_key",
                condition=models.Q(vendor_key__isnull=False, instance_key__isnull=True, from_seq__isnull=True)
                | models.Q(vendor_key__isnull=True, instance_key__isnull=False),
            ),
            models.CheckConstraint(name="key_revocation_has_a_reason", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"revocation {self.number} of legal entity {self.legal_entity_id}"
