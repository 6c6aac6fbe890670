"""Customers, and the vendor's companies that bill them."""

from django.contrib import admin
from unfold.decorators import display

from ground.desk import RecordAdmin, RecordInline
from ground.long_tables import FewValues
from licenses.models import Contract, Customer, LegalEntity, Membership
from licenses.vat_ids import check_vat_id, vat_check_in_words


class ContractsOfCustomer(RecordInline):
    """What the customer agreed to."""

    model = Contract
    fields = ("number", "product_name", "po_number", "payment_days", "account_manager")
    readonly_fields = fields
    verbose_name_plural = "Contracts"
    show_change_link = True


class PeopleOfCustomer(RecordInline):
    """Who may sign in for the customer."""

    model = Membership
    fields = ("user", "role", "created_at")
    readonly_fields = fields
    verbose_name_plural = "People"


def lines(parts: list[str]) -> str:
    """Write the lines of an address as one."""
    return ", ".join(parts)


@admin.register(Customer)
class CustomerAdmin(RecordAdmin):
    """The companies that sign."""

    list_display = ("name", "number", "country", "language", "contract_numbers")
    search_fields = ("^number", "^name")
    list_filter = (("country", FewValues),)
    ordering = ("name",)
    export_columns = (
        ("customer", lambda row: row.name),
        ("number", lambda row: row.number),
        ("address", lambda row: lines(row.address_lines)),
        ("country", lambda row: row.country),
        ("VAT id", lambda row: row.vat_id),
        ("language", lambda row: row.language),
        ("billed by", lambda row: row.legal_entity.name),
        ("contracts", lambda row: ", ".join(contract.number for contract in row.contracts.all())),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "number"),
                    "address",
                    ("country", "vat_id"),
                    "vat_check",
                    ("language", "legal_entity"),
                )
            },
        ),
    )
    readonly_fields = ("address", "vat_check")
    inlines = (ContractsOfCustomer, PeopleOfCustomer)
    change_form_before_template = "desk/license/customer_before.html"

    def get_queryset(self, request):  # type: ignore[no-untyped-def]
        return super().get_queryset(request).prefetch_related("contracts").select_related("legal_entity")

    @display(description="Contracts")
    def contract_numbers(self, customer: Customer) -> str:
        return ", ".join(contract.number for contract in customer.contracts.all()) or "none yet"

    @display(description="Address")
    def address(self, customer: Customer) -> str:
        return lines(customer.address_lines)

    @display(description="Check of the VAT number")
    def vat_check(self, customer: Customer) -> str:
        return vat_check_in_words(check_vat_id(vat_id=customer.vat_id, country=customer.country))


@admin.register(LegalEntity)
class LegalEntityAdmin(RecordAdmin):
    """Who issues the invoices."""

    list_display = ("name", "country", "vat_id", "email")
    fieldsets = (
        (None, {"fields": ("name", "address", ("country", "vat_id"), "registration")}),
        ("Payment and contact", {"fields": (("iban", "bic"), ("email", "portal_url"))}),
    )
    readonly_fields = ("address",)

    @display(description="Address")
    def address(self, entity: LegalEntity) -> str:
        return lines(entity.address_lines)
