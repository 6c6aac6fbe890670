"""Billing contacts: who receives the documents of a contract."""

from collections.abc import Mapping
from typing import Any

from licenses.imports.cells import Text
from licenses.imports.contracts_named import contract_named
from licenses.imports.table import Image, Table, cell, column
from licenses.models import BillingContact
from licenses.operations.add_billing_contact import add_billing_contact
from licenses.operations.remove_billing_contact import remove_billing_contact
from licenses.queries import billing_contacts_of


class BillingContacts(Table):
    """One row per contract and address."""

    kind = "billing_contacts"
    title = "Billing contacts"
    words = "Where invoices and credit notes of a contract are sent, and nowhere else."
    key = ("contract", "email")
    needed = ("contract", "email")
    sample = (("K-2001", "rechnung@nordlicht.example", "Frauke Petersen"), ("K-2002", "compta@brise.example", ""))

    contract = column("contract", Text(longest=40, needed=True))
    email = column("email", Text(longest=254, needed=True))
    name = column("name", Text(longest=200))

    def standing(self, row: Mapping[str, Any]) -> Image | None:
        """Return the contact of this address."""
        email = cell(row, "email").lower()
        known = BillingContact.objects.filter(
            contract__number=cell(row, "contract"), email=email, removed_at__isnull=True
        ).first()
        return Image(contract=cell(row, "contract"), email=known.email, name=known.name) if known else None

    def complete(self, image: Image) -> None:
        """One address is one contact however it is typed."""
        image.email = image.email.lower()

    def write(self, image: Image, is_new: bool) -> None:
        """Add the contact; one that gets another name is removed and added, so that the record keeps both."""
        contract = contract_named(image.contract)
        if not is_new:
            known = billing_contacts_of(contract=contract).get(email=image.email)
            remove_billing_contact(actor=self.actor, contact=known, now=self.now)
        add_billing_contact(actor=self.actor, contract=contract, email=image.email, name=image.name or "", now=self.now)
