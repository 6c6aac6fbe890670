"""Counts: the number, what it was made from, and the digests with which anybody makes it again."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from ground.desk import RecordAdmin
from ground.presentation import format as written
from usage.models import ActiveUserCount


def _written(users: int | None) -> str:
    return "not known" if users is None else written.number(users)


@admin.register(ActiveUserCount)
class ActiveUserCountAdmin(RecordAdmin):
    """Active users per contract and period, one row per set of evidence."""

    list_display = ("contract", "days", "active_users", "reported_users", "provisioned_users", "files", "counted_at")
    list_select_related = ("contract",)
    search_fields = ("=contract__number", "^contract__customer__name")
    ordering = ("-id",)
    readonly_fields = ("days", "made_from", "active", "reported", "provisioned")
    fieldsets = (
        (None, {"fields": (("contract", "metric_name"), "days", ("active", "reported"))}),
        ("Provisioned users", {"fields": (("provisioned", "provisioned_date", "provisioned_source"),)}),
        ("Made from", {"fields": ("made_from",)}),
        ("Digests", {"fields": ("digest", "metric_digest", "evidence_set_digest", "verdicts_digest")}),
        ("Engine", {"fields": (("engine_version", "tzdata_version", "counted_at"),)}),
    )

    @display(description="Period", ordering="period")
    def days(self, count: ActiveUserCount) -> str:
        return written.period(count.period, count.zone)

    @display(description="Active users")
    def active(self, count: ActiveUserCount) -> str:
        return _written(count.active_users)

    @display(description="Reported users")
    def reported(self, count: ActiveUserCount) -> str:
        return _written(count.reported_users)

    @display(description="Provisioned users")
    def provisioned(self, count: ActiveUserCount) -> str:
        return _written(count.provisioned_users)

    @display(description="Files")
    def files(self, count: ActiveUserCount) -> str:
        return written.count_of(len(count.evidence), "file")

    @display(description="Evidence")
    def made_from(self, count: ActiveUserCount) -> str:
        names = dict(count.contract.instances.values_list("public_id", "name"))
        rows = (
            (entry["file_name"], names.get(entry["instance"], entry["instance"]), entry["grade"], entry["digest"])
            for entry in count.evidence
        )
        listed = format_html_join("", "<li>{} \u00b7 {} \u00b7 {}<br><code>{}</code></li>", rows)
        if not count.evidence:
            return "no report: nothing was counted"
        address = f"{reverse('desk_usage:lines')}?count={count.pk}"
        return format_html('<ul>{}</ul><a href="{}">From a person back to the lines</a>', listed, address)
