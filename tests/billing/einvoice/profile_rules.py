"""What XRechnung 3.0 and Peppol BIS Billing 3.0 demand beyond EN 16931, as far as an invoice of ours can break it.

Written down again from the published texts of the rules, because their own files are not to be had with the libraries;
each is named as there. It reads the finished document and shares no code with the product.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SPACES = {
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
}
SELLER, BUYER = "cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party"
LINES = ("cac:InvoiceLine", "cac:CreditNoteLine")
XRECHNUNG_NAME = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
PEPPOL_NAME = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
MAIL = r"[\w!#$%&\"*+/=?^`{|}~-]+(\.[\w!#$%&\"*+/=?^`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]+"
SCHEMES = [
    "0002",
    "0007",
    "0009",
    "0037",
    "0060",
    "0088",
    "0096",
    "0097",
    "0106",
    "0130",
    "0135",
    "0142",
    "0147",
    "0151",
    "0170",
    "0183",
    "0184",
    "0188",
    "0190",
    "0191",
    "0192",
    "0193",
    "0194",
    "0195",
    "0196",
    "0198",
    "0199",
    "0200",
    "0201",
    "0202",
    "0203",
    "0204",
    "0205",
    "0208",
    "0209",
    "0210",
    "0211",
    "0212",
    "0213",
    "0215",
    "0216",
    "0217",
    "0218",
    "0219",
    "0220",
    "0221",
    "0225",
    "0230",
    "9901",
    "9910",
    "9913",
    "9914",
    "9915",
    "9918",
    "9919",
    "9920",
    "9922",
    "9923",
    "9924",
    "9925",
    "9926",
    "9927",
    "9928",
    "9929",
    "9930",
    "9931",
    "9932",
    "9933",
    "9934",
    "9935",
    "9936",
    "9937",
    "9938",
    "9939",
    "9940",
    "9941",
    "9942",
    "9943",
    "9944",
    "9945",
    "9946",
    "9947",
    "9948",
    "9949",
    "9950",
    "9951",
    "9952",
    "9953",
    "9957",
    "9959",
    "AN",
    "AQ",
    "AS",
    "AU",
]


def text(root: Element, path: str) -> str:
    return (root.findtext(path, "", SPACES) or "").strip()


def there(*paths: str) -> Callable[[Element], bool]:
    return lambda root: all(text(root, path) for path in paths)


def lines(root: Element) -> list[Element]:
    return [line for name in LINES for line in root.findall(name, SPACES)]


def iban_is_right(root: Element) -> bool:
    if text(root, "cac:PaymentMeans/cbc:PaymentMeansCode") != "58":
        return True
    account = text(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID")
    return int("".join(str(int(char, 36)) for char in account[4:] + account[:4])) % 97 == 1


def account_with_transfer(root: Element) -> bool:
    code = text(root, "cac:PaymentMeans/cbc:PaymentMeansCode")
    return code not in ("30", "58") or bool(text(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"))


def periods_within(root: Element) -> bool:
    first, last = text(root, "cac:InvoicePeriod/cbc:StartDate"), text(root, "cac:InvoicePeriod/cbc:EndDate")
    spans = [
        (text(line, "cac:InvoicePeriod/cbc:StartDate"), text(line, "cac:InvoicePeriod/cbc:EndDate"))
        for line in lines(root)
    ]
    return all(not start or (first <= start and end <= last) for start, end in spans)


def lines_multiply_out(root: Element) -> bool:
    for line in lines(root):
        quantity = Decimal(text(line, "cbc:InvoicedQuantity") or text(line, "cbc:CreditedQuantity"))
        product = quantity * Decimal(text(line, "cac:Price/cbc:PriceAmount"))
        if abs(product - Decimal(text(line, "cbc:LineExtensionAmount"))) > Decimal("0.02"):
            return False
    return True


def one_currency(root: Element) -> bool:
    own = text(root, "cbc:TaxCurrencyCode")
    found = [amount.get("currencyID") for amount in root.iter() if "currencyID" in amount.attrib]
    return all(currency in (text(root, "cbc:DocumentCurrencyCode"), own) for currency in found)


def nothing_empty(root: Element) -> bool:
    return all(len(element) or (element.text or "").strip() for element in root.iter())


def known_schemes(root: Element) -> bool:
    found = [element.get("schemeID") for element in root.iter(f"{{{SPACES['cbc']}}}EndpointID")]
    return len(found) == 2 and all(scheme in [*SCHEMES, "EM"] for scheme in found)


def named(name: str) -> Callable[[Element], bool]:
    return lambda root: text(root, "cbc:CustomizationID") == name


def matches(path: str, pattern: str) -> Callable[[Element], bool]:
    return lambda root: re.fullmatch(pattern, text(root, path)) is not None


SHARED: dict[str, Callable[[Element], bool]] = {
    "PEPPOL-EN16931-R001": there("cbc:ProfileID"),
    "PEPPOL-EN16931-R002": lambda root: len(root.findall("cbc:Note", SPACES)) <= 1,
    "PEPPOL-EN16931-R003": lambda root: bool(
        text(root, "cbc:BuyerReference") or text(root, "cac:OrderReference/cbc:ID")
    ),
    "PEPPOL-EN16931-R005": lambda root: text(root, "cbc:TaxCurrencyCode") != text(root, "cbc:DocumentCurrencyCode"),
    "PEPPOL-EN16931-R007": matches("cbc:ProfileID", r"urn:fdc:peppol\.eu:2017:poacc:billing:[0-9]{2}:1\.0"),
    "PEPPOL-EN16931-R008": nothing_empty,
    "PEPPOL-EN16931-R010": there(f"{BUYER}/cbc:EndpointID"),
    "PEPPOL-EN16931-R020": there(f"{SELLER}/cbc:EndpointID"),
    "PEPPOL-EN16931-R051": one_currency,
    "PEPPOL-EN16931-R053": lambda root: len(root.findall("cac:TaxTotal[cac:TaxSubtotal]", SPACES)) == 1,
    "PEPPOL-EN16931-R054": lambda root: (
        len(root.findall("cac:TaxTotal", SPACES)) == (2 if text(root, "cbc:TaxCurrencyCode") else 1)
    ),
    "PEPPOL-EN16931-R110": periods_within,
    "PEPPOL-EN16931-R120": lines_multiply_out,
    "PEPPOL-EN16931-CL008": known_schemes,
}
GERMAN: dict[str, Callable[[Element], bool]] = {
    "BR-DE-1": there("cac:PaymentMeans/cbc:PaymentMeansCode"),
    "BR-DE-2": lambda root: root.find(f"{SELLER}/cac:Contact", SPACES) is not None,
    "BR-DE-3": there(f"{SELLER}/cac:PostalAddress/cbc:CityName"),
    "BR-DE-4": there(f"{SELLER}/cac:PostalAddress/cbc:PostalZone"),
    "BR-DE-5": there(f"{SELLER}/cac:Contact/cbc:Name"),
    "BR-DE-6": there(f"{SELLER}/cac:Contact/cbc:Telephone"),
    "BR-DE-7": there(f"{SELLER}/cac:Contact/cbc:ElectronicMail"),
    "BR-DE-8": there(f"{BUYER}/cac:PostalAddress/cbc:CityName"),
    "BR-DE-9": there(f"{BUYER}/cac:PostalAddress/cbc:PostalZone"),
    "BR-DE-15": there("cbc:BuyerReference"),
    "BR-DE-17": lambda root: text(root, "cbc:InvoiceTypeCode") + text(root, "cbc:CreditNoteTypeCode") in ("380", "381"),
    "BR-DE-18": lambda root: not text(root, "cac:PaymentTerms/cbc:Note").startswith("#"),
    "BR-DE-19": iban_is_right,
    "BR-DE-23-a": account_with_transfer,
    "BR-DE-27": matches(f"{SELLER}/cac:Contact/cbc:Telephone", r".*([0-9].*){3,}"),
    "BR-DE-28": matches(f"{SELLER}/cac:Contact/cbc:ElectronicMail", MAIL),
    "BR-DE-TMP-32": there("cac:InvoicePeriod/cbc:StartDate", "cac:InvoicePeriod/cbc:EndDate"),
}
RULES = {
    "xrechnung": SHARED | GERMAN | {"BR-DE-21": named(XRECHNUNG_NAME)},
    "peppol": SHARED | {"PEPPOL-EN16931-R004": named(PEPPOL_NAME)},
}


def broken(document: bytes, profile: str) -> list[str]:
    """Name the rules of a profile that a document breaks. Between two parties in Germany its rules hold in both."""
    root = ElementTree.fromstring(document)
    countries = {
        text(root, f"{party}/cac:PostalAddress/cac:Country/cbc:IdentificationCode") for party in (SELLER, BUYER)
    }
    rules = RULES[profile] | (GERMAN if countries == {"DE"} else {})
    return [name for name, holds in rules.items() if not holds(root)]
