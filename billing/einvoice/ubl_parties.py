"""Seller and buyer in UBL: where they are reached, names, numbers, addresses, and whom to ask."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from billing.documents.printable import plain
from billing.documents.snapshot import Invoice
from billing.einvoice.parties import VAT, address_of, names_numbers, tax_number, tax_scheme
from billing.einvoice.profiles import Endpoint, Profile, buyer_endpoint, seller_endpoint
from billing.einvoice.ubl_nodes import group, say


def add_seller(party: Element, invoice: Invoice, profile: Profile) -> None:
    """Fill in the seller. One of VAT number, registration and a number of its own identifies it (BR-CO-26)."""
    raw = invoice.raw["seller"]
    registration, is_named = plain(raw["registration"]), names_numbers(invoice)
    is_known_by_number = is_named and tax_scheme(raw) == VAT
    _add_endpoint(party, seller_endpoint(invoice, profile))
    if not is_known_by_number and not registration:
        say(group(party, "PartyIdentification"), "ID", tax_number(raw))
    add_address(party, "PostalAddress", raw)
    if is_named and tax_number(raw):
        _add_tax_number(party, raw)
    legal = group(party, "PartyLegalEntity")
    say(legal, "RegistrationName", plain(raw["name"]))
    if not is_known_by_number:
        say(legal, "CompanyID", registration)
    say(legal, "CompanyLegalForm", registration)
    _add_contact(party, raw)


def add_buyer(party: Element, invoice: Invoice, profile: Profile) -> None:
    """Fill in the buyer under the number that the seller knows it by."""
    raw = invoice.raw["buyer"]
    _add_endpoint(party, buyer_endpoint(invoice, profile))
    if number := plain(raw["number"]):
        say(group(party, "PartyIdentification"), "ID", number)
    add_address(party, "PostalAddress", raw)
    is_vat = bool(tax_number(raw)) and tax_scheme(raw) == VAT
    if is_vat and names_numbers(invoice):
        _add_tax_number(party, raw)
    legal = group(party, "PartyLegalEntity")
    say(legal, "RegistrationName", plain(raw["name"]))
    if not is_vat:
        say(legal, "CompanyID", tax_number(raw))


def add_address(parent: Element, name: str, raw: Mapping[str, Any]) -> None:
    """Append an address: its lines, code and city where they are known, and its country."""
    found = address_of(raw)
    address = group(parent, name)
    first, second, third = (*found.lines, "", "", "")[:3]
    say(address, "StreetName", first)
    say(address, "AdditionalStreetName", second)
    say(address, "CityName", found.city)
    say(address, "PostalZone", found.code)
    if third:
        say(group(address, "AddressLine"), "Line", third)
    say(group(address, "Country"), "IdentificationCode", found.country)


def _add_endpoint(party: Element, endpoint: Endpoint) -> None:
    say(party, "EndpointID", endpoint.address, schemeID=endpoint.scheme)


def _add_tax_number(party: Element, raw: Mapping[str, Any]) -> None:
    """Append a VAT number, or any other tax number under a scheme that is not VAT's."""
    registered = group(party, "PartyTaxScheme")
    say(registered, "CompanyID", tax_number(raw))
    scheme = tax_scheme(raw)
    say(group(registered, "TaxScheme"), "ID", "VAT" if scheme == VAT else scheme)


def _add_contact(party: Element, raw: Mapping[str, Any]) -> None:
    """Append whom to ask, with what is known of the person; an empty contact is left out."""
    contact = raw.get("contact") or {}
    said = {
        "Name": plain(contact.get("name", "")),
        "Telephone": plain(contact.get("phone", "")),
        "ElectronicMail": plain(raw["email"]),
    }
    if any(said.values()):
        element = group(party, "Contact")
        for name, text in said.items():
            say(element, name, text)
