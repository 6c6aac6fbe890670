"""Elements of a UBL 2.1 document: `cbc:` holds a text, `cac:` holds others."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
INVOICE, CREDIT_NOTE = "Invoice", "CreditNote"
SPACES = {
    "cbc": f"{_UBL}:CommonBasicComponents-2",
    "cac": f"{_UBL}:CommonAggregateComponents-2",
    "inv": f"{_UBL}:Invoice-2",
    "cn": f"{_UBL}:CreditNote-2",
}
_ROOTS = {INVOICE: "inv", CREDIT_NOTE: "cn"}

for _prefix, _space in SPACES.items():
    ElementTree.register_namespace(_prefix, _space)


def ubl_root(name: str) -> Element:
    """Begin a document: an Invoice or a CreditNote."""
    return Element(f"{{{SPACES[_ROOTS[name]]}}}{name}")


def group(parent: Element, name: str) -> Element:
    """Append an element that holds others, and return it."""
    return SubElement(parent, f"{{{SPACES['cac']}}}{name}")


def say(parent: Element, name: str, text: str, **attributes: str) -> None:
    """Append an element that holds a text, where there is something to say; no element stays empty."""
    if text:
        SubElement(parent, f"{{{SPACES['cbc']}}}{name}", attributes).text = text
