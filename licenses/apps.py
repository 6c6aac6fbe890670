"""The Django app of customers, people and contracts."""

from django.apps import AppConfig


class LicensesConfig(AppConfig):
    name = "licenses"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Customers and contracts"
