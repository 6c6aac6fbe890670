"""Seller and buyer: names, numbers and addresses, and what the standard demands of them for each tax category."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from billing.documents.printable import plain
from billing.documents.snapshot import Invoice
from billing.einvoice.nodes import add, add_given

NOT_TAXED = "O"
_BUYER_NUMBERED = ("AE", "K")
VAT, _FISCAL, EMAIL = "VA", "FC", "EM"
# How a VAT number begins (BR-CO-09): the two letters of the country of the party, and where they are others.
_VAT_PREFIXES = "AT BE BG CH CY CZ DE DK EE EL ES FI FR GB HR HU IE IT LI LT LU LV MT NL NO PL PT RO SE SI SK XI"
# Where the last line of an address begins with a postal code of so many digits.
_POSTAL_DIGITS = {
    **dict.fromkeys(("DE", "ES", "FI", "FR", "IT", "MC", "SM"), 5),
    **dict.fromkeys(("AT", "BE", "CH", "DK", "LI", "LU", "NO", "SI"), 4),
}
# BR-DEC: no amount of an e-invoice may have more.
MOST_DECIMALS = 2
_LINES = ("LineOne", "LineTwo", "LineThree")


class EInvoiceRefused(ValueError):
    """A party lacks what EN 16931 demands of every invoice, so there is no e-invoice; the sentence says what."""


def check_parties(invoice: Invoice) -> None:
    """Refuse what the standard would refuse of currency, parties and categories. Raises EInvoiceRefused."""
    if invoice.places > MOST_DECIMALS:
        raise EInvoiceRefused(
            f"EN 16931 counts {MOST_DECIMALS} decimals, amounts in {invoice.currency} have {invoice.places}: a rounded "
            "e-invoice would be another invoice, so there is none."
        )
    seller, buyer = invoice.raw["seller"], invoice.raw["buyer"]
    categories = sorted({tax.category for tax in invoice.taxes})
    for party in (seller, buyer):
        if not party.get("country"):
            raise EInvoiceRefused(f"{party['name']} has no country; an e-invoice names it by its two letters.")
    if any(category != NOT_TAXED for category in categories) and not tax_number(seller):
        raise EInvoiceRefused(
            f"{seller['name']} has no VAT number; an invoice with tax of category {', '.join(categories)} names it. "
            "Write it into the legal entity."
        )
    if not tax_number(seller) and not plain(seller["registration"]):
        raise EInvoiceRefused(
            f"{seller['name']} has neither a VAT number nor a registration; an e-invoice names the seller by one of "
            "them. Write it into the legal entity."
        )
    if NOT_TAXED in categories and len(categories) > 1:
        raise EInvoiceRefused("What is not subject to tax (category O) stands on an invoice of its own.")
    for category in _BUYER_NUMBERED:
        if category in categories and not tax_number(buyer):
            raise EInvoiceRefused(
                f"{buyer['name']} has no VAT number; an invoice with tax of category {category} names it. "
                "Write it into the customer."
            )


def add_seller(agreement: Element, invoice: Invoice) -> None:
    """Append the seller. One of VAT number, registration and a number of its own identifies it (BR-CO-26)."""
    raw = invoice.raw["seller"]
    seller = add(agreement, "SellerTradeParty")
    registration, number = plain(raw["registration"]), tax_number(raw)
    is_named = names_numbers(invoice)
    is_known_by_number = is_named and tax_scheme(raw) == VAT
    if not is_known_by_number and not registration:
        add(seller, "ID", number)
    add(seller, "Name", plain(raw["name"]))
    add_given(seller, "Description", registration)
    if not is_known_by_number and registration:
        add(add(seller, "SpecifiedLegalOrganization"), "ID", registration)
    add_address(seller, raw)
    if email := plain(raw["email"]):
        add(add(seller, "URIUniversalCommunication"), "URIID", email, schemeID=EMAIL)
    if is_named:
        add(add(seller, "SpecifiedTaxRegistration"), "ID", number, schemeID=tax_scheme(raw))


def add_buyer(agreement: Element, invoice: Invoice) -> None:
    """Append the buyer under the number that the seller knows it by."""
    raw = invoice.raw["buyer"]
    buyer = add(agreement, "BuyerTradeParty")
    add_given(buyer, "ID", plain(raw["number"]))
    add(buyer, "Name", plain(raw["name"]))
    number = tax_number(raw)
    if number and tax_scheme(raw) != VAT:
        add(add(buyer, "SpecifiedLegalOrganization"), "ID", number)
    add_address(buyer, raw)
    if number and tax_scheme(raw) == VAT and names_numbers(invoice):
        add(add(buyer, "SpecifiedTaxRegistration"), "ID", number, schemeID=VAT)


def add_address(party: Element, raw: Mapping[str, Any]) -> None:
    """Append an address: code and city where its last line surely has them, the rest in at most three lines."""
    found = address_of(raw)
    address = add(party, "PostalTradeAddress")
    add_given(address, "PostcodeCode", found.code)
    for name, line in zip(_LINES, found.lines, strict=False):
        add(address, name, line)
    add_given(address, "CityName", found.city)
    add(address, "CountryID", found.country)


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address as the standard has it: at most three lines beside code and city, which may be unknown."""

    lines: tuple[str, ...]
    code: str
    city: str
    country: str


def address_of(raw: Mapping[str, Any]) -> Address:
    """Take the address of a party apart."""
    lines = [line for line in map(plain, raw["address_lines"]) if line]
    code, city = _city(lines[-1] if lines else "", raw["country"])
    if city:
        lines = lines[:-1]
    # The standard has three lines; what an address has beyond them stays on the third.
    shown = lines[:2] + ([", ".join(lines[2:])] if lines[2:] else [])
    return Address(lines=tuple(shown), code=code, city=city, country=raw["country"])


def _city(line: str, country: str) -> tuple[str, str]:
    """Take "20457 Hamburg" apart; ("", "") where the country writes its codes in another way."""
    found = re.fullmatch(rf"([0-9]{{{_POSTAL_DIGITS.get(country, 99)}}}) (\D.*)", line)
    return (found[1], found[2]) if found else ("", "")


def names_numbers(invoice: Invoice) -> bool:
    """Whether the tax numbers stand on the invoice: on one that is not subject to tax they must not (BR-O-02)."""
    return all(tax.category != NOT_TAXED for tax in invoice.taxes)


def tax_number(raw: Mapping[str, Any]) -> str:
    """Give the tax number of a party without blanks; empty where it has none."""
    return "".join(plain(raw["vat_id"]).split())


def tax_scheme(raw: Mapping[str, Any]) -> str:
    """A VAT number begins with its country; any other tax number is a fiscal one."""
    head = tax_number(raw)[:2]
    return VAT if head in _VAT_PREFIXES.split() or head == raw["country"] else _FISCAL
