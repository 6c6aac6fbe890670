"""Customers: the companies that sign."""

from collections.abc import Mapping
from typing import Any

from babel import Locale

from licenses.imports.cells import Choice, Lines, Text
from licenses.imports.table import Image, RowWrong, Table, cell, column
from licenses.models import Customer, LegalEntity
from licenses.operations.change_customer import change_customer
from licenses.operations.create_customer import create_customer
from licenses.vat_ids import check_vat_id

LANGUAGES = ("en", "de", "fr")
# ISO 3166-1 alpha-2, as the invoices print their names.
NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
COUNTRIES = frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2) - NO_COUNTRIES


class Customers(Table):
    """One row per customer, named by its number."""

    kind = "customers"
    title = "Customers"
    words = "Who signs: name, address, country and VAT number as invoices print them."
    key = ("number",)
    needed = ("number", "name", "address", "country")
    sample = (
        (
            "C-2001", "Nordlicht Werke GmbH", "Werftstraße 12 | 24143 Kiel", "DE", "DE811569869", "de",
            "Atlas Software GmbH",
        ),
        ("C-2002", "Brise Atlantique SAS", "4 quai de la Fosse | 44000 Nantes", "FR", "", "fr", "Atlas Software GmbH"),
    )  # fmt: skip

    number = column("number", Text(longest=40, needed=True))
    name = column("name", Text(longest=200, needed=True))
    address = column("address", Lines(longest=1000, needed=True), attribute="address_lines")
    country = column("country", Text(longest=60, needed=True))
    vat_id = column("vat_id", Text(longest=20))
    language = column("language", Choice(LANGUAGES, may_be_empty=True))
    legal_entity = column("legal_entity", Text(longest=200))

    def standing(self, row: Mapping[str, Any]) -> Image | None:
        """Return the customer of this number."""
        known = Customer.objects.filter(number=cell(row, "number")).select_related("legal_entity").first()
        if known is None:
            return None
        return Image(
            number=known.number,
            name=known.name,
            address_lines=known.address_lines,
            country=known.country,
            vat_id=known.vat_id,
            language=known.language,
            legal_entity=known.legal_entity.name,
        )

    def complete(self, image: Image) -> None:
        """The only legal entity there is need not be named; country and VAT number are those that exist."""
        if image.country.upper() not in COUNTRIES:
            raise RowWrong("country", f"Write the country as two letters, such as DE, not as “{image.country}”.")
        image.country = image.country.upper()
        checked = check_vat_id(vat_id=image.vat_id or "", country=image.country)
        if checked.fault:
            raise RowWrong("vat_id", checked.fault)
        if not image.legal_entity:
            names = list(LegalEntity.objects.values_list("name", flat=True)[:2])
            image.legal_entity = names[0] if len(names) == 1 else ""

    def write(self, image: Image, is_new: bool) -> None:
        """Create the customer, or change what is printed of it."""
        said = {
            "name": image.name,
            "address_lines": image.address_lines or [],
            "country": image.country,
            "vat_id": image.vat_id or "",
            "language": image.language or LANGUAGES[0],
        }
        entity = LegalEntity.objects.filter(name=image.legal_entity).first()
        if entity is None:
            there = ", ".join(LegalEntity.objects.values_list("name", flat=True)) or "none yet"
            raise RowWrong("legal_entity", f"Name the company of yours that bills this customer; there is: {there}.")
        if is_new:
            create_customer(actor=self.actor, number=image.number, legal_entity=entity, **said)
            return
        known = Customer.objects.get(number=image.number)
        if known.legal_entity_id != entity.pk:
            raise RowWrong("legal_entity", f"{known.legal_entity.name} bills {image.number}; that never changes.")
        change_customer(actor=self.actor, customer=known, reason="first run", **said)
