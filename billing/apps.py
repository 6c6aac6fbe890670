"""The Django app of billing."""

from importlib import import_module

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What is owed, and to whom."""

    name = "billing"
    label = "billing"
    verbose_name = "Billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the app below what only this one knows; it needs the models, which are there now."""
        import_module("billing.telling_usage")
