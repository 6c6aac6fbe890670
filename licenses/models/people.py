"""People who log in: the vendor's staff and the customers' members."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac

from ground.audit import tracked
from ground.scoping import ScopedQuerySet


class UserManager(BaseUserManager["User"]):
    """Create users by e-mail address; there is no user name."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store one person; without a password the person cannot log in until one is set."""
        if not email:
            raise ValueError("A person needs an e-mail address to log in.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store one vendor administrator who may do everything in the admin site."""
        fields.setdefault("vendor_role", User.VendorRole.ADMIN)
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """One person who logs in with an e-mail address.

    A vendor role makes a person staff; a customer's person has none and belongs to customers by membership.
    """

    class VendorRole(models.TextChoices):
        NONE = "", "not the vendor's staff"
        FINANCE = "finance", "finance"
        ACCOUNT_MANAGER = "account_manager", "account manager"
        ADMIN = "admin", "administrator"

    # Always lower case (a constraint holds it), so that one person is one row however the address is typed.
    email = models.EmailField("e-mail address", unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    vendor_role = models.CharField(max_length=20, choices=VendorRole.choices, blank=True, default=VendorRole.NONE)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)
    # Part of what a session is checked against: one more ends all sessions of the person.
    session_round = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(vendor_role__in=["", "finance", "account_manager", "admin"]),
                name="user_vendor_role_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        """Whether the person may open the vendor's desk."""
        return bool(self.vendor_role)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session keeps of the person: it ends with another password, and with another round of sessions."""
        salt = "licenses.models.people.User.session"
        return salted_hmac(salt, f"{self.session_round}:{self.password}", secret=secret, algorithm="sha256").hexdigest()

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        """The name to show; the address when no name is known."""
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name()


@tracked
class Membership(models.Model):
    """A person's place at one customer."""

    class Role(models.TextChoices):
        ADMIN = "admin", "administrator"
        BILLING = "billing", "billing"
        VIEWER = "viewer", "viewer"

    user = models.ForeignKey("licenses.User", on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["customer_id", "user_id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "customer"], name="membership_once_per_customer"),
            models.CheckConstraint(
                condition=models.Q(role__in=["admin", "billing", "viewer"]), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.get_full_name()}, {self.get_role_display()}"


class FactorRemoval(models.Model):
    """Somebody's second factor was taken away by another person, who said why. Rows are only added."""

    person = models.ForeignKey("licenses.User", on_delete=models.PROTECT, related_name="factor_removals")
    removed_by = models.CharField(max_length=200)
    reason = models.TextField()
    removed_at = models.DateTimeField()

    class Meta:
        ordering = ["-removed_at"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="factor_removal_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"factor of user {self.person_id} removed by {self.removed_by}"
