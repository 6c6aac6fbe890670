"""The contract: what did we agree, in sentences."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from ground.desk import RecordAdmin, RecordInline
from ground.presentation import format as written
from licenses.models import Contract, ContractVersion, Instance
from licenses.queries import NothingAgreed, latest_version, terms_of
from rollcall.terms.metrics import said_digest


class VersionsOfContract(RecordInline):
    """One version per amendment."""

    model = ContractVersion
    fields = ("number", "in_force", "agreed_at", "terms_digest")
    readonly_fields = fields
    verbose_name_plural = "Versions"

    @display(description="In force")
    def in_force(self, version: ContractVersion) -> str:
        return written.days(version.active.lower, version.active.upper)


class InstancesOfContract(RecordInline):
    """Where the product runs under this contract."""

    model = Instance
    fields = ("name", "reports_from", "reports_until")
    readonly_fields = fields
    verbose_name_plural = "Instances"


@admin.register(Contract)
class ContractAdmin(RecordAdmin):
    """Contracts; the terms are read as sentences and changed by an amendment only."""

    list_display = ("number", "customer", "product_name", "in_short", "account_manager")
    list_select_related = ("customer", "account_manager")
    search_fields = ("^number", "^customer__name")
    readonly_fields = ("sentences", "definition")
    inlines = (VersionsOfContract, InstancesOfContract)
    fieldsets = (
        (None, {"fields": (("number", "customer"), ("product_name", "account_manager"), "sentences", "definition")}),
        ("Billing", {"fields": (("po_number", "buyer_reference", "payment_days"), "raw_kept_days")}),
    )

    @display(description="What was agreed")
    def sentences(self, contract: Contract) -> str:
        try:
            terms = terms_of(latest_version(contract=contract))
        except NothingAgreed as nothing:
            return str(nothing)
        return format_html(
            "<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((sentence,) for sentence in terms.sentences()))
        )

    @display(description="Whom a charge counts")
    def definition(self, contract: Contract) -> str:
        try:
            terms = terms_of(latest_version(contract=contract))
        except NothingAgreed as nothing:
            return str(nothing)
        rows = ((name, metric.words(), said_digest(metric)) for name, metric in terms.metrics.items())
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}<br><code>{}</code></li>", rows))

    @display(description="In short")
    def in_short(self, contract: Contract) -> str:
        try:
            terms = terms_of(latest_version(contract=contract))
        except NothingAgreed:
            return "no version yet"
        models = ", ".join(
            charge.price.words(terms.currency, terms.metric_of(key).noun) for key, charge in terms.charges.items()
        )
        return f"{models} ({terms.currency}, {terms.timezone})"
