"""The uses of EN 16931 that an invoice can be exported for, and what each demands beyond the standard."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.documents.printable import plain
from billing.documents.snapshot import Invoice
from billing.einvoice.parties import EMAIL, VAT, EInvoiceRefused, address_of, tax_number, tax_scheme

_CORE = "urn:cen.eu:en16931:2017#compliant#"
_BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_LEITWEG, _LEITWEG_FORM = "0204", re.compile(r"[0-9]{2,12}(-[A-Z0-9]{1,30})?-[0-9]{2}")
# The list EAS: the scheme under which a VAT number is an electronic address, by the first two letters of the number.
_VAT_SCHEMES = {
    "AT": "9914", "BE": "9925", "BG": "9926", "CH": "9927", "CY": "9928", "CZ": "9929", "DE": "9930", "EE": "9931",
    "EL": "9933", "ES": "9920", "FI": "0213", "FR": "9957", "GB": "9932", "HR": "9934", "HU": "9910", "IE": "9935",
    "IT": "0211", "LI": "9936", "LT": "9937", "LU": "9938", "LV": "9939", "MT": "9943", "NL": "9944", "PL": "9945",
    "PT": "9946", "RO": "9947", "SI": "9949", "SK": "9950", "SM": "9951",
}  # fmt: skip
_DIGITS_IN_A_PHONE = 3
_MAIL = re.compile(r"[^@\s.][^@\s]*[^@\s.]@[^@\s.][^@\s]*[^@\s.]")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One use of the standard: its names for programs, what it is called, and whether Germany's own rules hold."""

    key: str
    title: str
    customization: str
    process: str
    is_german: bool


XRECHNUNG = Profile(
    key="xrechnung",
    title="XRechnung",
    customization=f"{_CORE}urn:xeinkauf.de:kosit:xrechnung_3.0",
    process=_BILLING,
    is_german=True,
)
PEPPOL = Profile(
    key="peppol",
    title="Peppol BIS Billing 3.0",
    customization=f"{_CORE}urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    process=_BILLING,
    is_german=False,
)
PROFILES = {profile.key: profile for profile in (XRECHNUNG, PEPPOL)}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An electronic address: `scheme` of the list EAS."""

    scheme: str
    address: str


def check_profile(invoice: Invoice, profile: Profile) -> None:
    """Refuse what the profile would refuse, with the sentence that says where to write it. Raises EInvoiceRefused."""
    contract = invoice.raw["contract"]
    reference = plain(contract.get("buyer_reference") or "")
    if profile.is_german or _is_german_on_both_sides(invoice):
        _check_german(invoice, profile, reference)
    if not reference and not plain(contract["po_number"]):
        raise EInvoiceRefused(
            f"{profile.title} names the buyer's reference or order, and contract {plain(contract['number'])} has "
            "neither. Write one of them into the contract."
        )
    seller_endpoint(invoice, profile)
    buyer_endpoint(invoice, profile)


def seller_endpoint(invoice: Invoice, profile: Profile) -> Endpoint:
    """Return where the seller is reached. Raises EInvoiceRefused."""
    seller = invoice.raw["seller"]
    found = _stated(seller) or _by_vat_number(seller)
    if found is None and profile.is_german and plain(seller["email"]):
        found = Endpoint(scheme=EMAIL, address=plain(seller["email"]))
    if found is None:
        raise EInvoiceRefused(_without_address(seller["name"], profile, "the legal entity"))
    return found


def buyer_endpoint(invoice: Invoice, profile: Profile) -> Endpoint:
    """Return where the buyer is reached; a Leitweg-ID is an address too. Raises EInvoiceRefused."""
    buyer, reference = invoice.raw["buyer"], plain(invoice.raw["contract"].get("buyer_reference") or "")
    found = _stated(buyer)
    if found is None and _LEITWEG_FORM.fullmatch(reference):
        found = Endpoint(scheme=_LEITWEG, address=reference)
    found = found or _by_vat_number(buyer)
    if found is None:
        raise EInvoiceRefused(_without_address(buyer["name"], profile, "the customer"))
    return found


def is_leitweg_id(text: str) -> bool:
    """Tell whether a text is a Leitweg-ID whose two check digits are right (ISO 7064, mod 97-10)."""
    if not _LEITWEG_FORM.fullmatch(text):
        return False
    return int("".join(str(int(char, 36)) for char in text.replace("-", ""))) % 97 == 1


def _check_german(invoice: Invoice, profile: Profile, reference: str) -> None:
    """BR-DE-2 to BR-DE-9, BR-DE-15, BR-DE-27, BR-DE-28, and the check digits of a Leitweg-ID."""
    seller, buyer = invoice.raw["seller"], invoice.raw["buyer"]
    contact = seller.get("contact") or {}
    name, phone, email = plain(contact.get("name", "")), plain(contact.get("phone", "")), plain(seller["email"])
    if not name or sum(char.isdigit() for char in phone) < _DIGITS_IN_A_PHONE or not _MAIL.fullmatch(email):
        raise EInvoiceRefused(
            f"{profile.title} names a person at {plain(seller['name'])} with telephone and mail address. Write the "
            "contact for invoices, its telephone and the mail address into the legal entity."
        )
    for party in (seller, buyer):
        found = address_of(party)
        if not found.code or not found.city:
            raise EInvoiceRefused(
                f"{profile.title} wants postal code and city of {plain(party['name'])}, and the last line of its "
                "address is not read as both. Write it as the country writes it, in Germany 20457 Hamburg."
            )
    if not reference:
        raise EInvoiceRefused(
            f"{profile.title} names the buyer's reference, for an authority its Leitweg-ID, and contract "
            f"{plain(invoice.raw['contract']['number'])} has none. Ask the customer and write it into the contract."
        )
    if _LEITWEG_FORM.fullmatch(reference) and not is_leitweg_id(reference):
        raise EInvoiceRefused(
            f"The Leitweg-ID {reference} has wrong check digits. Ask the customer and correct it in the contract."
        )


def _is_german_on_both_sides(invoice: Invoice) -> bool:
    """Between two parties in Germany the rules of Germany hold in every profile."""
    return all(invoice.raw[party]["country"] == "DE" for party in ("seller", "buyer"))


def _stated(raw: Mapping[str, Any]) -> Endpoint | None:
    scheme, colon, address = plain(raw.get("electronic_address") or "").partition(":")
    return Endpoint(scheme=scheme, address=address) if colon and address else None


def _by_vat_number(raw: Mapping[str, Any]) -> Endpoint | None:
    number = tax_number(raw)
    scheme = _VAT_SCHEMES.get(number[:2]) if tax_scheme(raw) == VAT else None
    return Endpoint(scheme=scheme, address=number) if scheme else None


def _without_address(name: str, profile: Profile, place: str) -> str:
    return (
        f"{profile.title} names the electronic address of {plain(name)}, and neither it nor a VAT number that stands "
        f"for it is known. Write it into {place} as scheme:address, such as 0088:4012345000009."
    )
