"""Lists of invoices, periods and true-ups; each row opens its page on the desk."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from billing.models import BillingPeriod, Delivery, Invoice, TrueUp
from billing.queries.deliveries import to_send
from ground import clock
from ground.desk import RecordWithPage
from ground.long_tables import FewValues
from ground.presentation import format as written
from licenses.ranges import period_of
from rollcall.money import round_half_up


@admin.register(Invoice)
class InvoiceAdmin(RecordWithPage):
    """Where does every document stand?"""

    list_display = ("shown", "customer", "days", "state_shown", "sent_shown", "issue_date", "due_date", "net", "gross")
    list_select_related = ("customer", "contract")
    list_filter = ("state", ("currency", FewValues))
    search_fields = ("=number", "^customer__name", "=contract__number")
    ordering = ("-pk",)
    saved_views: ClassVar = {
        "draft": "Drafts",
        "to_send": "To send",
        "not_delivered": "Not delivered",
        "overdue": "Overdue",
        "credit_notes": "Credit notes",
    }
    export_without = ("snapshot",)
    export_columns = (
        ("number", lambda row: row.number or ""),
        ("kind", lambda row: row.get_kind_display()),
        ("state", lambda row: row.get_state_display()),
        ("customer", lambda row: row.customer.name),
        ("contract", lambda row: row.contract.number),
        ("period start", lambda row: period_of(row.period).start),
        ("period end", lambda row: period_of(row.period).last_day),
        ("time zone", lambda row: row.zone),
        ("issued", lambda row: row.issue_date),
        ("due", lambda row: row.due_date),
        ("before tax", lambda row: round_half_up(row.net_amount, row.currency)),
        ("tax", lambda row: round_half_up(row.tax_amount, row.currency)),
        ("with tax", lambda row: round_half_up(row.gross_amount, row.currency)),
        ("currency", lambda row: row.currency),
        ("sent", lambda row: row.last_delivery or ""),
        ("finalized by", lambda row: row.finalized_by),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        last = Delivery.objects.filter(invoice=OuterRef("pk")).order_by("-number").values("state")[:1]
        rows: QuerySet[Invoice] = super().get_queryset(request)
        return rows.annotate(last_delivery=Subquery(last))

    def in_view(self, rows: QuerySet[Any], view: str) -> QuerySet[Any]:
        """Drafts; finalized and on no way to the customer; sent in vain; past their day; credit notes.

        What is paid is not known here: overdue is what is past its day and not a credit note.
        """
        if view == "draft":
            return rows.filter(state=Invoice.State.DRAFT)
        if view == "credit_notes":
            return rows.filter(kind=Invoice.Kind.CREDIT_NOTE)
        final = rows.filter(state=Invoice.State.FINALIZED)
        if view == "overdue":
            return final.filter(kind=Invoice.Kind.INVOICE, due_date__lt=clock.today("UTC"))
        if view == "not_delivered":
            # Few are sent in vain: their last delivery is looked up, not that of every invoice.
            vain = Delivery.objects.filter(state=Delivery.State.FAILED).values("invoice")
            return final.filter(pk__in=vain, last_delivery=Delivery.State.FAILED)
        return to_send(rows)

    def page_of(self, row: Invoice) -> str:
        return reverse("desk:invoice", args=[row.public_id])

    @display(description="Invoice", ordering="number")
    def shown(self, invoice: Invoice) -> str:
        return invoice.number or "draft"

    @display(description="Period", ordering="period")
    def days(self, invoice: Invoice) -> str:
        return written.period(invoice.period, invoice.zone)

    @display(description="State", label={Invoice.State.FINALIZED: "success", Invoice.State.DRAFT: "warning"})
    def state_shown(self, invoice: Invoice) -> tuple[str, str]:
        return invoice.state, invoice.get_state_display()

    @display(description="Sent", label={"sent": "success", "failed": "danger", "queued": "info"})
    def sent_shown(self, invoice: Any) -> tuple[str, str] | str:
        words = {"sent": "sent", "failed": "not delivered", "queued": "on its way"}
        return (invoice.last_delivery, words[invoice.last_delivery]) if invoice.last_delivery else "\u2013"

    @display(description="Before tax", ordering="net_amount")
    def net(self, invoice: Invoice) -> str:
        return f"{written.amount(invoice.net_amount, invoice.currency)} {invoice.currency}"

    @display(description="With tax", ordering="gross_amount")
    def gross(self, invoice: Invoice) -> str:
        return f"{written.amount(invoice.gross_amount, invoice.currency)} {invoice.currency}"


@admin.register(BillingPeriod)
class BillingPeriodAdmin(RecordWithPage):
    """Every span that is billed once, with its state."""

    list_display = ("shown", "customer_name", "charge_key", "state_shown", "active_users", "held_words")
    list_select_related = ("contract__customer", "count")
    list_filter = ("state", "kind", "held_code")
    search_fields = ("=contract__number", "^contract__customer__name")
    ordering = ("-ends_at", "-contract_id")

    def page_of(self, row: BillingPeriod) -> str:
        return reverse("desk:period", args=[row.pk])

    @display(description="Period", ordering="period")
    def shown(self, row: BillingPeriod) -> str:
        return written.period(row.period, row.zone)

    @display(description="Customer", ordering="contract__customer__name")
    def customer_name(self, row: BillingPeriod) -> str:
        return f"{row.contract.customer.name} ({row.contract.number})"

    @display(
        description="State",
        ordering="state",
        label={
            BillingPeriod.State.INVOICED: "success",
            BillingPeriod.State.HELD: "danger",
            BillingPeriod.State.DRAFTED: "info",
        },
    )
    def state_shown(self, row: BillingPeriod) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="Active users")
    def active_users(self, row: BillingPeriod) -> str:
        if row.count is None:
            return "not counted"
        users = written.number(row.count.users)
        if row.count.is_reported:
            users = f"{users} reported"
        return f"{users} (estimate)" if row.state in ("open", "held") else users


@admin.register(TrueUp)
class TrueUpAdmin(RecordWithPage):
    """What changed after we billed."""

    list_display = ("shown", "customer", "days", "state_shown", "difference", "new_users", "gone_users", "proposed_at")
    list_select_related = ("customer", "contract", "billing_period")
    list_filter = ("state",)
    search_fields = ("=contract__number", "^customer__name")
    ordering = ("-pk",)

    def page_of(self, row: TrueUp) -> str:
        return reverse("desk:true_up", args=[row.public_id])

    @display(description="True-up")
    def shown(self, row: TrueUp) -> str:
        return f"{row.contract.number}, {written.period_name(row.billing_period.period)}"

    @display(description="Period")
    def days(self, row: TrueUp) -> str:
        return written.period(row.billing_period.period, row.billing_period.zone)

    @display(
        description="State",
        ordering="state",
        label={
            TrueUp.State.PROPOSED: "warning",
            TrueUp.State.ACCEPTED: "success",
        },
    )
    def state_shown(self, row: TrueUp) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="Difference before tax", ordering="difference_amount")
    def difference(self, row: TrueUp) -> str:
        return f"{written.amount(row.difference_amount, row.currency, signed=True)} {row.currency}"
