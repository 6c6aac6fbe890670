"""The Django app of reports, evidence and counts."""

from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "usage"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Usage"
