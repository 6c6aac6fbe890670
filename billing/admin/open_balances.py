"""What customers still owe from the system before this one: to look at, for nothing is collected from it here."""

from decimal import Decimal

from django.contrib import admin
from unfold.decorators import display

from billing.models import OpenBalance
from ground.desk import RecordAdmin
from ground.presentation import format as written
from rollcall.money import round_half_up


@admin.register(OpenBalance)
class OpenBalanceAdmin(RecordAdmin):
    """Open documents of the old system, by the day on which they are due."""

    list_display = ("number", "customer", "open_amount", "currency", "due_date", "recorded_by")
    list_select_related = ("customer",)
    search_fields = ("^number", "^customer__name")
    ordering = ("due_date", "pk")
    fields = (("number", "customer"), ("open_amount", "currency"), "due_date", ("recorded_by", "recorded_at"))
    readonly_fields = ("open_amount",)
    export_columns = (
        ("number", lambda row: row.number),
        ("customer", lambda row: row.customer.number),
        ("name", lambda row: row.customer.name),
        ("amount", lambda row: _rounded(row)),
        ("currency", lambda row: row.currency),
        ("due", lambda row: row.due_date),
    )

    @display(description="Open", ordering="amount")
    def open_amount(self, row: OpenBalance) -> str:
        return written.amount(_rounded(row), row.currency)


def _rounded(row: OpenBalance) -> Decimal:
    """The amount with the decimals of its currency; the column has four."""
    return round_half_up(row.amount, row.currency)
