"""Installations, and how many accounts are said to exist."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from ground.desk import RecordAdmin, RecordWithPage
from licenses.models import Instance, LicenseFile, ProvisionedCount


@admin.register(Instance)
class InstanceAdmin(RecordAdmin):
    """Where the product runs; each owes a report for every day from its first."""

    list_display = ("name", "customer", "contract", "reports_from", "reports_until")
    list_select_related = ("customer", "contract")
    search_fields = ("^name", "=contract__number", "^customer__name")
    fieldsets = (
        (None, {"fields": ("name", ("customer", "contract"), ("reports_from", "reports_until"), "license_and_keys")}),
    )
    readonly_fields = ("license_and_keys",)

    @display(description="Licence and keys")
    def license_and_keys(self, instance: Instance) -> str:
        address = reverse("desk_licenses:license", args=[instance.contract.public_id])
        live = instance.keys.filter(replaced_at__isnull=True, revoked_at__isnull=True).first()
        words = f"activated with {live.fingerprint}" if live else "not activated"
        return format_html('<a href="{}">{}</a>', address, words)


@admin.register(LicenseFile)
class LicenseFileAdmin(RecordWithPage):
    """What may run where, and until when; each leads to the licences of its contract."""

    list_display = ("contract", "customer", "serial", "not_before", "expires", "because", "issued_by")
    list_select_related = ("customer", "contract")
    list_filter = ("because",)
    search_fields = ("=contract__number", "^customer__name")
    ordering = ("expires", "id")

    def page_of(self, row: LicenseFile) -> str:
        return reverse("desk_licenses:license", args=[row.contract.public_id])


@admin.register(ProvisionedCount)
class ProvisionedCountAdmin(RecordAdmin):
    """Accounts that exist on a day, with the source of the number. They are free."""

    list_display = ("contract", "customer", "users", "date", "source", "recorded_by")
    list_select_related = ("customer", "contract")
    search_fields = ("=contract__number", "^customer__name")
    ordering = ("-date", "-id")
    fields = (("contract", "customer"), ("users", "date"), "source", ("recorded_by", "recorded_at"))
