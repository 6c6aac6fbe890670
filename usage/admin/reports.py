"""Reports: what came in, what was read of it, what was wrong with it and what it changed."""

from datetime import date, timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from ground.desk import RecordAdmin, RecordInline
from ground.desk_list import as_cell
from ground.presentation import format as written
from licenses.queries import zone_at
from rollcall.period import Period, civil_day
from usage.mapping_words import mapping_in_words
from usage.models import Finding, ReportState, UsageReport
from usage.portal.words import reason_words


class FindingsOfReport(RecordInline):
    """The first thousand things wrong, by line."""

    model = Finding
    fields = ("line", "column", "value", "message")
    readonly_fields = fields
    verbose_name_plural = "Findings"
    per_page = 50


@admin.register(UsageReport)
class UsageReportAdmin(RecordAdmin):
    """Received files, newest first."""

    list_display = (
        "file_name",
        "customer_name",
        "instance_name",
        "state_shown",
        "covered",
        "rows",
        "grade",
        "received_at",
    )
    list_select_related = ("customer", "instance", "contract")
    list_filter = ("state", "grade")
    search_fields = ("=public_id", "=sha256", "^file_name", "^customer__name", "=contract__number")
    export_columns = (
        ("file", lambda row: row.file_name),
        ("customer", lambda row: row.customer.name),
        ("contract", lambda row: row.contract.number),
        ("instance", lambda row: row.instance.name),
        ("state", lambda row: row.get_state_display()),
        ("covers from", lambda row: as_cell(row.covers.lower) if row.covers is not None else ""),
        ("covers until", lambda row: as_cell(row.covers.upper) if row.covers is not None else ""),
        ("rows read", lambda row: row.rows_read),
        ("rows accepted", lambda row: row.rows_accepted),
        ("grade", lambda row: row.get_grade_display()),
        ("received", lambda row: as_cell(row.received_at)),
        ("SHA-256", lambda row: row.sha256),
    )
    readonly_fields = ("covered", "rows", "reasons", "active_before_and_after", "users_named", "bytes", "read_as")
    inlines = (FindingsOfReport,)
    fieldsets = (
        (None, {"fields": (("file_name", "state"), ("customer", "contract", "instance"), "covered")}),
        ("What was read", {"fields": ("rows", "reasons", ("users_named", "kind"), "active_before_and_after")}),
        ("Refused", {"fields": ("refusal_code", "refusal_message")}),
        ("Withdrawn", {"fields": (("withdrawn_by", "withdrawn_at"), "withdrawn_reason")}),
        ("Received", {"fields": (("received_by", "received_at"), ("confirmed_by", "confirmed_at"), "generated_at")}),
        ("The file", {"fields": ("sha256", ("bytes", "grade"), "source_timezone", "read_as", "public_id")}),
    )

    @display(
        description="State",
        ordering="state",
        label={
            ReportState.ACCEPTED: "success",
            ReportState.QUARANTINED: "warning",
            ReportState.REJECTED: "danger",
            ReportState.NEEDS_CONFIRMATION: "warning",
            ReportState.NEEDS_DECISION: "warning",
            ReportState.READING: "info",
        },
    )
    def state_shown(self, report: UsageReport) -> tuple[str, str]:
        return report.state, report.get_state_display()

    @display(description="Covers")
    def covered(self, report: UsageReport) -> str:
        if report.covers is None:
            return "not stated yet"
        zone = zone_at(contract=report.contract, day=report.covers.lower.date())
        first, last = report.covers.lower, report.covers.upper - timedelta(seconds=1)
        span = Period(civil_day(first, zone), civil_day(last, zone) + timedelta(days=1))
        if span.instants(zone)[1] == report.covers.upper:
            return written.days(span.start, span.end)
        return f"{written.days(span.start, span.end)}, until {written.instant(report.covers.upper, zone)}"

    @display(description="Instance", ordering="instance__name")
    def instance_name(self, report: UsageReport) -> str:
        return report.instance.name

    @display(description="Customer", ordering="customer__name")
    def customer_name(self, report: UsageReport) -> str:
        return report.customer.name

    @display(description="Rows")
    def rows(self, report: UsageReport) -> str:
        if report.rows_read is None:
            return "not read yet"
        parts = [f"{written.number(report.rows_read)} read", f"{written.number(report.rows_accepted or 0)} accepted"]
        if report.rows_quarantined:
            parts.append(f"{written.number(report.rows_quarantined)} quarantined")
        if report.rows_duplicate:
            parts.append(f"{written.number(report.rows_duplicate)} duplicate")
        return ", ".join(parts)

    @display(description="What is wrong with rows")
    def reasons(self, report: UsageReport) -> str:
        if not report.finding_counts:
            return "nothing is wrong with it"
        rows = sorted((reason_words(code), written.number(found)) for code, found in report.finding_counts.items())
        listed = format_html_join("", "<li>{}: {}</li>", rows)
        address = reverse("desk_usage:quarantine", args=[report.public_id])
        return format_html('<ul>{}</ul><a href="{}">Cures, tables and waiver</a>', listed, address)

    @display(description="Users")
    def users_named(self, report: UsageReport) -> str:
        return written.number(report.users) if report.users is not None else "not read yet"

    @display(description="Size")
    def bytes(self, report: UsageReport) -> str:
        return written.size(report.size)

    @display(description="Read as")
    def read_as(self, report: UsageReport) -> str:
        said = mapping_in_words(report.mapping)
        if not said:
            return "as its format says"
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((line,) for line in said)))

    @display(description="Active users before and after")
    def active_before_and_after(self, report: UsageReport) -> str:
        if not report.effects:
            return "nothing"
        rows = (
            (
                written.days(date.fromisoformat(effect["start"]), date.fromisoformat(effect["end"])),
                "unknown" if effect["before"] is None else written.number(effect["before"]),
                "unknown" if effect["after"] is None else written.number(effect["after"]),
            )
            for effect in report.effects
        )
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {} \u2192 {}</li>", rows))
