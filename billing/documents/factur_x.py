"""The marks of a Factur-X / ZUGFeRD document: the name of the XML it carries, and what its metadata says of it.

The properties are not among those that PDF/A knows, so the metadata describes them too (ISO 19005-3, 6.6.2.3.3).
"""

FILE_NAME = "factur-x.xml"
# The XML says the same as the pages, in another form; German law knows no other relationship for this profile.
RELATIONSHIP = "Alternative"
PROFILE = "EN 16931"
_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_SAID = {
    "DocumentType": ("INVOICE", "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER"),
    "DocumentFileName": (FILE_NAME, "The name of the embedded XML document"),
    "Version": ("1.0", "The actual version of the standard applying to the embedded XML document"),
    "ConformanceLevel": (PROFILE, "The conformance level of the embedded XML document"),
}
_END = b"</rdf:RDF>"


class MetadataUnknown(RuntimeError):
    """The layout engine writes its metadata in another way than the one that is extended here."""


def with_factur_x(metadata: bytes) -> bytes:
    """Return the RDF of a document with what Factur-X says in it: one RDF, which is all that readers look at."""
    head, end, tail = metadata.rpartition(_END)
    if not end or tail.strip():
        raise MetadataUnknown("The metadata of the document does not end with its RDF.")
    return head + _described().encode("ascii") + end


def _described() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        f"<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{words}</pdfaProperty:description></rdf:li>"
        for name, (_, words) in _SAID.items()
    )
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _) in _SAID.items())
    return (
        '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
        ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>'
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
        "</rdf:Bag></pdfaExtension:schemas></rdf:Description>"
        f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">{values}</rdf:Description>'
    )
