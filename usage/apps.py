"""The Django app of reports, evidence and counts."""

from importlib import import_module

from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "usage"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Usage"

    def ready(self) -> None:
        """Tell the app below what only this one knows; it needs the models, which are there now."""
        import_module("usage.licensing")
