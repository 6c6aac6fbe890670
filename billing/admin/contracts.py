"""The contract: what did we agree, in sentences."""

from django.contrib import admin
from django.urls import reverse
from unfold.decorators import display

from ground.desk import RecordWithPage
from licenses.models import Contract
from licenses.queries import NothingAgreed, latest_version, terms_of


@admin.register(Contract)
class ContractAdmin(RecordWithPage):
    """Contracts; the terms are read as sentences and changed by an amendment only."""

    list_display = ("number", "customer", "product_name", "in_short", "account_manager")
    list_select_related = ("customer", "account_manager")
    list_before_template = "desk/contract/list_before.html"
    search_fields = ("^number", "^customer__name")
    export_columns = (
        ("contract", lambda row: row.number),
        ("customer", lambda row: row.customer.name),
        ("customer number", lambda row: row.customer.number),
        ("product", lambda row: row.product_name),
        ("purchase order", lambda row: row.po_number),
        ("buyer reference", lambda row: row.buyer_reference),
        ("payment days", lambda row: row.payment_days),
        ("account manager", lambda row: row.account_manager.full_name if row.account_manager is not None else ""),
        ("live from", lambda row: row.live_from),
    )

    def page_of(self, row: Contract) -> str:
        return reverse("desk:contract", args=[row.public_id])

    @display(description="In short")
    def in_short(self, contract: Contract) -> str:
        try:
            terms = terms_of(latest_version(contract=contract))
        except NothingAgreed:
            return "no version yet"
        models = ", ".join(
            charge.price.words(terms.currency, terms.noun_of(key)) for key, charge in terms.charges.items()
        )
        return f"{models} ({terms.currency}, {terms.timezone})"
