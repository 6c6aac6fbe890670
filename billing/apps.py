"""The Django app of billing."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What is owed, and to whom."""

    name = "billing"
    label = "billing"
    verbose_name = "Billing"
    default_auto_field = "django.db.models.BigAutoField"
