"""Elements of a CII document: a name with its prefix, a text, and nothing that is pasted together."""

from datetime import date
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

_UNECE = "urn:un:unece:uncefact:data:standard"
SPACES = {
    "rsm": f"{_UNECE}:CrossIndustryInvoice:100",
    "ram": f"{_UNECE}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_UNECE}:UnqualifiedDataType:100",
    "qdt": f"{_UNECE}:QualifiedDataType:100",
}
# A day as YYYYMMDD, code list UNTDID 2379.
_DAY = "102"

for _prefix, _space in SPACES.items():
    ElementTree.register_namespace(_prefix, _space)


def root(name: str) -> Element:
    """Begin a document."""
    return Element(_qualified(name))


def add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    """Append an element, `ram:` where the name has no prefix, and return it."""
    element = SubElement(parent, _qualified(name), attributes)
    element.text = text
    return element


def add_given(parent: Element, name: str, text: str, **attributes: str) -> None:
    """Append an element where there is something to say; no element stays empty."""
    if text:
        add(parent, name, text, **attributes)


def add_day(parent: Element, name: str, day: date, *, space: str = "udt") -> None:
    """Append a day: `<name><udt:DateTimeString format="102">20260930</...></name>`."""
    add(add(parent, name), f"{space}:DateTimeString", day.strftime("%Y%m%d"), format=_DAY)


def as_bytes(document: Element) -> bytes:
    """Write the document as UTF-8 with its declaration, one element a line."""
    ElementTree.indent(document)
    written: bytes = ElementTree.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _qualified(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{{{SPACES[prefix if colon else 'ram']}}}{local}"
