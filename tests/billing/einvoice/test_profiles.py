"""XRechnung and Peppol: schema, official rules of EN 16931 in UBL, the profiles' own rules, and the amounts."""

from typing import Any
from xml.etree import ElementTree

import pytest
from lxml import etree

from billing.einvoice import PROFILES, EInvoiceRefused, ubl_xml
from billing.einvoice.profiles import is_leitweg_id
from tests.billing.einvoice.documents import credit_note, every_kind
from tests.billing.einvoice.profile_rules import SPACES, broken, text
from tests.billing.einvoice.rules import UBL_RULES, UBL_SCHEMAS, broken_rules
from tests.billing.einvoice.ubl_recompute import mistakes, said_amounts
from tests.documents.samples_on_disk import snapshot

LEITWEG = "04011000-1234512345-06"
CONTACT = {"name": "Accounts receivable", "phone": "+49 40 5550 184"}
IBAN = "DE89370400440532013000"
BUYER_ADDRESS = "9930:DE000000981"
PLACES = {"AT": "1010 Wien", "FR": "75001 Paris", "US": "Somewhere"}


def complete(found: dict[str, Any]) -> dict[str, Any]:
    """Give a sample what the profiles demand: a person to ask, a reference, addresses of paper and of networks."""
    for party in ("seller", "buyer"):
        found[party]["address_lines"] = [*found[party]["address_lines"][:2], "20457 Hamburg"]
        found[party]["country"] = found[party].get("country") or "DE"
        if place := PLACES.get(found[party]["country"]):
            found[party] |= {"address_lines": ["Main Street 1", place], "electronic_address": BUYER_ADDRESS}
    if found["seller"]["country"] == "JP":
        found["seller"]["electronic_address"] = "0188:1234567890123"
    found["seller"] |= {"contact": CONTACT, "email": found["seller"]["email"] or "billing@veldrane.example"}
    if found["seller"]["iban"].startswith("DE"):
        found["seller"]["iban"] = IBAN
    found["contract"].setdefault("buyer_reference", "")
    found["contract"]["buyer_reference"] = LEITWEG
    found["buyer"].setdefault("electronic_address", BUYER_ADDRESS)
    return found


def kinds() -> dict[str, dict[str, Any]]:
    """Every kind whose parties lie where code and city of an address can be told apart."""
    found = {name: complete(one) for name, one in every_kind().items()}
    for name in ("export", "yen", "bare", "inside the union", "reverse charge", "reverse charge without a VAT number"):
        found[name]["buyer"]["address_lines"] = ["Main Street 1", "Vienna"]
    return found


KINDS = kinds()
PLACELESS = {
    "tiers",
    "export",
    "yen",
    "bare",
    "inside the union",
    "reverse charge",
    "reverse charge without a VAT number",
}
CASES = [(name, key) for name in KINDS for key in PROFILES if not (key == "xrechnung" and name in PLACELESS)]


def made(name: str, profile: str) -> bytes:
    return ubl_xml(KINDS[name], PROFILES[profile])


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str]]]:
    documents = {f"{name} {profile}": made(name, profile) for name, profile in CASES}
    good = documents["floor peppol"].decode()
    documents["broken"] = good.replace(">13804.00</cbc:PayableAmount>", ">13803.00</cbc:PayableAmount>").encode()
    return broken_rules(documents, tmp_path_factory.mktemp("ubl"), rules=UBL_RULES)


@pytest.mark.parametrize(("name", "profile"), CASES)
def test_no_official_rule_of_the_standard_is_broken(
    name: str, profile: str, official: dict[str, list[tuple[str, str]]]
) -> None:
    assert official[f"{name} {profile}"] == []


def test_the_official_rules_find_what_is_broken(official: dict[str, list[tuple[str, str]]]) -> None:
    assert [rule for rule, _ in official["broken"]] == ["BR-CO-16"]


@pytest.mark.parametrize(("name", "profile"), CASES)
def test_the_schema_of_ubl_is_kept(name: str, profile: str) -> None:
    root = etree.fromstring(made(name, profile))
    etree.XMLSchema(etree.parse(UBL_SCHEMAS[etree.QName(root).localname])).assertValid(root)


@pytest.mark.parametrize(("name", "profile"), CASES)
def test_no_rule_of_the_profile_is_broken(name: str, profile: str) -> None:
    assert broken(made(name, profile), profile) == []


@pytest.mark.parametrize(("name", "profile"), CASES)
def test_every_sum_adds_up_and_is_that_of_the_snapshot(name: str, profile: str) -> None:
    document, totals = made(name, profile), KINDS[name]["totals"]
    assert mistakes(document) == []
    assert said_amounts(document) == {
        "LineExtensionAmount": totals["net"],
        "TaxExclusiveAmount": totals["net"],
        "TaxInclusiveAmount": totals["gross"],
        "PayableAmount": totals.get("payable", totals["gross"]),
        "lines": [line["amount"] for line in KINDS[name]["lines"]],
    }


def test_the_leitweg_id_is_reference_and_address() -> None:
    found = complete(snapshot("floor"))
    found["buyer"]["electronic_address"] = ""
    root = ElementTree.fromstring(ubl_xml(found, PROFILES["xrechnung"]))
    endpoint = root.find("cac:AccountingCustomerParty/cac:Party/cbc:EndpointID", SPACES)
    assert endpoint is not None
    assert (text(root, "cbc:BuyerReference"), endpoint.get("schemeID"), endpoint.text) == (LEITWEG, "0204", LEITWEG)


def test_a_credit_note_is_one_and_names_the_invoice_it_corrects() -> None:
    root = ElementTree.fromstring(ubl_xml(complete(credit_note()), PROFILES["peppol"]))
    assert root.tag.endswith("}CreditNote")
    corrected = "cac:BillingReference/cac:InvoiceDocumentReference"
    assert (text(root, "cbc:CreditNoteTypeCode"), text(root, f"{corrected}/cbc:ID")) == ("381", "INV-2026-000180")
    assert text(root, f"{corrected}/cbc:IssueDate") == "2026-09-01"


def test_a_line_of_an_earlier_period_says_so_in_words() -> None:
    root = ElementTree.fromstring(made("true-up", "peppol"))
    said = {text(line, "cbc:ID"): text(line, "cbc:Note") for line in root.findall("cac:InvoiceLine", SPACES)}
    assert said == {"1": "", "2": "2026-09-01 – 2026-09-30"}


def test_the_tax_total_in_the_sellers_currency_stands_beside_the_other() -> None:
    found = complete(snapshot("floor"))
    found["tax_currency"] = {"currency": "SEK", "tax": "24354.40"}
    root = ElementTree.fromstring(ubl_xml(found, PROFILES["peppol"]))
    amounts = [(one.get("currencyID"), one.text) for one in root.findall("cac:TaxTotal/cbc:TaxAmount", SPACES)]
    assert (text(root, "cbc:TaxCurrencyCode"), amounts) == ("SEK", [("EUR", "2204.00"), ("SEK", "24354.40")])
    assert broken(ubl_xml(found, PROFILES["peppol"]), "peppol") == []


LACKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "person": ("seller", {"contact": {}}, "names a person"),
    "phone": ("seller", {"contact": {"name": "A", "phone": "12"}}, "telephone"),
    "mail": ("seller", {"email": "nobody"}, "mail address"),
    "code": ("buyer", {"address_lines": ["Hamburg"]}, "postal code and city"),
    "reference": ("contract", {"buyer_reference": ""}, "Leitweg-ID"),
    "check digits": ("contract", {"buyer_reference": "04011000-1234512345-07"}, "wrong check digits"),
}


@pytest.mark.parametrize("lack", LACKS)
def test_what_xrechnung_demands_and_nobody_said_is_refused_with_the_place_to_write_it(lack: str) -> None:
    part, changes, words = LACKS[lack]
    found = complete(snapshot("floor"))
    found[part] |= changes
    with pytest.raises(EInvoiceRefused, match=words):
        ubl_xml(found, PROFILES["xrechnung"])


def test_peppol_refuses_a_buyer_who_cannot_be_reached() -> None:
    found = complete(snapshot("floor"))
    found["buyer"] |= {"electronic_address": "", "vat_id": "", "country": "US"}
    found["contract"]["buyer_reference"] = "PO 7"
    with pytest.raises(EInvoiceRefused, match="electronic address of"):
        ubl_xml(found, PROFILES["peppol"])


def test_peppol_refuses_an_invoice_without_any_reference() -> None:
    found = complete(snapshot("floor"))
    found["buyer"]["country"] = "AT"
    found["contract"] |= {"buyer_reference": "", "po_number": ""}
    with pytest.raises(EInvoiceRefused, match="has neither"):
        ubl_xml(found, PROFILES["peppol"])


@pytest.mark.parametrize(
    ("said", "right"),
    [(LEITWEG, True), ("04011000-12345-03", True), ("04011000-12345-04", False), ("PO 7", False), ("", False)],
)
def test_the_check_digits_of_a_leitweg_id(said: str, right: bool) -> None:
    assert is_leitweg_id(said) is right


def test_every_rule_of_the_profiles_notices_a_document_that_breaks_it() -> None:
    good = made("floor", "xrechnung").decode()
    for rule, old, new in (
        ("BR-DE-15", "<cbc:BuyerReference>04011000-1234512345-06</cbc:BuyerReference>", ""),
        ("BR-DE-6", f"<cbc:Telephone>{CONTACT['phone']}</cbc:Telephone>", ""),
        ("BR-DE-19", IBAN, "DE88370400440532013000"),
        ("PEPPOL-EN16931-R002", "<cbc:DocumentCurrencyCode>", "<cbc:Note>x</cbc:Note><cbc:DocumentCurrencyCode>"),
        ("PEPPOL-EN16931-R008", "<cbc:DocumentCurrencyCode>", "<cbc:AccountingCost/><cbc:DocumentCurrencyCode>"),
        ("PEPPOL-EN16931-R051", '<cbc:PayableAmount currencyID="EUR">', '<cbc:PayableAmount currencyID="USD">'),
        ("PEPPOL-EN16931-R120", '">9280.00</cbc:LineExtensionAmount>', '">9281.00</cbc:LineExtensionAmount>'),
        ("PEPPOL-EN16931-CL008", 'schemeID="9930"', 'schemeID="0000"'),
    ):
        assert old in good, rule
        assert rule in broken(good.replace(old, new, 1).encode(), "xrechnung"), rule
