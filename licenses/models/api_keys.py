"""Keys with which programs call: what everybody may see of them, never the secret."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet


class Scope(models.TextChoices):
    """What a key may do, by the app whose facts it touches."""

    LICENSES_READ = "licenses:read", "read customers, contracts, instances and plans"
    LICENSES_WRITE = "licenses:write", "change customers, contracts and instances (the vendor's keys only)"
    USAGE_READ = "usage:read", "read reports, counts and jobs"
    USAGE_WRITE = "usage:write", "send usage"
    BILLING_READ = "billing:read", "read invoices, credit notes and true-ups"


class ApiKey(models.Model):
    """One key: looked up by its prefix, known by the SHA-256 of a secret of 256 bits that was shown once.

    Without a customer it is the vendor's; with an instance it may report for that instance and do nothing else. What a
    key may do never changes: another key is made. Two keys of one name may live, so that a program changes over.
    """

    customer = models.ForeignKey(
        "licenses.Customer", on_delete=models.PROTECT, related_name="api_keys", null=True, blank=True
    )
    instance = models.ForeignKey(
        "licenses.Instance", on_delete=models.PROTECT, related_name="api_keys", null=True, blank=True
    )
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope.choices))
    expires_at = models.DateTimeField(null=True, blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    # Written at most once a minute.
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(condition=models.Q(prefix__regex=r"^[0-9a-f]{12}$"), name="api_key_prefix_is_hex"),
            models.CheckConstraint(
                condition=models.Q(secret_sha256__regex=r"^[0-9a-f]{64}$"), name="api_key_secret_is_a_digest"
            ),
            models.CheckConstraint(condition=models.Q(scopes__len__gte=1), name="api_key_may_do_something"),
            models.CheckConstraint(
                condition=models.Q(instance__isnull=True)
                | models.Q(customer__isnull=False, scopes=[Scope.USAGE_WRITE.value]),
                name="api_key_of_an_instance_only_reports",
            ),
            models.CheckConstraint(
                condition=models.Q(customer__isnull=True) | ~models.Q(scopes__contains=[Scope.LICENSES_WRITE.value]),
                name="api_key_of_a_customer_changes_no_contract",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True, revoked_by="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoked_by="")),
                name="api_key_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None
