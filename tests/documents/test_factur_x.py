"""The PDF carries the e-invoice as Factur-X asks for it: the file, its relationship, its metadata, each looked at alone."""

import io
from functools import cache
from typing import Any
from xml.etree import ElementTree

import facturx
import pypdf
import pytest
from lxml import etree

from billing.documents import Enclosed, render_pdf
from billing.documents.factur_x import MetadataUnknown, with_factur_x
from billing.einvoice import cii_xml
from tests.billing.einvoice.documents import credit_note
from tests.documents.samples_on_disk import snapshot

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"
KINDS = {"invoice": lambda: snapshot("floor"), "german": lambda: snapshot("german"), "credit note": credit_note}


@cache
def made(kind: str) -> tuple[bytes, bytes]:
    """The document of a kind, and the e-invoice that it should carry."""
    said = KINDS[kind]()
    xml = cii_xml(said)
    return render_pdf(said, enclosed=Enclosed(e_invoice=xml)), xml


def catalog(kind: str) -> Any:
    return pypdf.PdfReader(io.BytesIO(made(kind)[0])).trailer["/Root"]


def metadata(kind: str) -> ElementTree.Element:
    return ElementTree.fromstring(catalog(kind)["/Metadata"].get_object().get_data())


@pytest.mark.parametrize("kind", KINDS)
def test_the_attached_xml_is_the_e_invoice_byte_for_byte(kind):
    pdf, xml = made(kind)
    assert pypdf.PdfReader(io.BytesIO(pdf)).attachments["factur-x.xml"] == [xml]


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_of_factur_x_finds_it_and_its_schema_is_kept(kind):
    pdf, xml = made(kind)
    name, found = facturx.get_xml_from_pdf(pdf, check_xsd=True, check_schematron=False)
    assert (name, found) == ("factur-x.xml", xml)
    assert facturx.get_level(etree.fromstring(found)) == "en16931"


def test_the_file_is_named_typed_dated_and_related_to_the_document():
    files = {spec.get_object()["/UF"]: spec.get_object() for spec in catalog("invoice")["/AF"]}
    spec = files["factur-x.xml"]
    content = spec["/EF"]["/F"].get_object()
    assert (spec["/Type"], spec["/F"], spec["/AFRelationship"]) == ("/Filespec", "factur-x.xml", "/Alternative")
    assert content["/Subtype"] == "/text/xml"
    assert content["/Params"]["/ModDate"] == "D:20261001000000Z"
    assert content["/Params"]["/Size"] == len(made("invoice")[1])


def test_every_file_is_associated_once_and_stands_in_the_names_in_order():
    root = catalog("invoice")
    associated = [reference.get_object()["/UF"] for reference in root["/AF"]]
    names = root["/Names"]["/EmbeddedFiles"]["/Names"][0::2]
    assert associated == names == ["DEFINITION.json", "TERMS.json", "USAGE.json", "factur-x.xml"]


def test_the_metadata_names_the_file_its_kind_version_and_profile():
    (said,) = [
        part for part in metadata("invoice").iter(f"{RDF}Description") if part.find(f"{FX}DocumentType") is not None
    ]
    assert {part.tag.removeprefix(FX): part.text for part in said} == {
        "DocumentType": "INVOICE",
        "DocumentFileName": "factur-x.xml",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }


def test_the_metadata_describes_the_properties_that_an_archive_does_not_know():
    (schema,) = metadata("invoice").findall(f".//{EXTENSION}schemas/{RDF}Bag/{RDF}li")
    assert schema.findtext(f"{SCHEMA}namespaceURI") == FX[1:-1]
    assert schema.findtext(f"{SCHEMA}prefix") == "fx"
    described = schema.findall(f"{SCHEMA}property/{RDF}Seq/{RDF}li")
    assert [one.findtext(f"{PROPERTY}name") for one in described] == [
        "DocumentType",
        "DocumentFileName",
        "Version",
        "ConformanceLevel",
    ]
    for one in described:
        assert one.get(f"{RDF}parseType") == "Resource"
        assert one.findtext(f"{PROPERTY}valueType") == "Text"
        assert one.findtext(f"{PROPERTY}category") == "external"
        assert one.findtext(f"{PROPERTY}description")


def test_there_is_one_rdf_and_it_says_part_3_conformance_b():
    (rdf,) = metadata("invoice").iter(f"{RDF}RDF")
    archive = "{http://www.aiim.org/pdfa/ns/id/}"
    said = {key: value for part in rdf for key, value in part.attrib.items() if key.startswith(archive)}
    assert said == {f"{archive}part": "3", f"{archive}conformance": "B"}


def test_without_an_e_invoice_nothing_says_factur_x():
    pdf = pypdf.PdfReader(io.BytesIO(render_pdf(snapshot("floor"))))
    assert "factur-x.xml" not in pdf.attachments
    assert b"factur-x" not in pdf.trailer["/Root"]["/Metadata"].get_object().get_data()


def test_metadata_of_another_shape_is_refused():
    with pytest.raises(MetadataUnknown):
        with_factur_x(b"<rdf:RDF/>")


def test_the_same_snapshot_and_e_invoice_give_the_same_bytes():
    pdf, xml = made("german")
    assert render_pdf(KINDS["german"](), enclosed=Enclosed(e_invoice=xml)) == pdf
