"""What makes the file a PDF/A-3b by construction, part by part; no validator is claimed."""

import hashlib
import io
import re
from functools import cache
from xml.etree import ElementTree

import pypdf
import pytest

from billing.documents import render_pdf
from tests.documents.samples_on_disk import snapshot

NAMESPACES = {
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


@cache
def reader(name: str = "floor") -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(render_pdf(snapshot(name))))


def catalog() -> pypdf.generic.DictionaryObject:
    return reader().trailer["/Root"]


def xmp() -> ElementTree.Element:
    return ElementTree.fromstring(catalog()["/Metadata"].get_object().get_data())


def attribute(name: str) -> list[str]:
    prefix, local = name.split(":")
    key = f"{{{NAMESPACES[prefix]}}}{local}"
    return [element.attrib[key] for element in xmp().iter() if key in element.attrib]


def test_the_metadata_says_part_3_conformance_b():
    assert attribute("pdfaid:part") == ["3"]
    assert attribute("pdfaid:conformance") == ["B"]


def test_the_output_intent_carries_an_srgb_profile():
    (intent,) = catalog()["/OutputIntents"]
    intent = intent.get_object()
    assert intent["/S"] == "/GTS_PDFA1"
    profile = intent["/DestOutputProfile"].get_object()
    assert profile["/N"] == 3
    assert profile.get_data()[36:40] == b"acsp"  # the signature of an ICC profile


def test_every_font_is_bundled_embedded_and_has_unicode():
    fonts = {}
    for page in reader("long").pages:
        for font in page["/Resources"]["/Font"].values():
            font = font.get_object()
            fonts[font["/BaseFont"]] = font
    assert sorted(re.sub(r"^/\w+\+", "", name) for name in fonts) == ["Plex", "Plex-Semi-Bold", "PlexMono"]
    for font in fonts.values():
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert "/ToUnicode" in font


def test_language_title_and_tags_are_there():
    assert catalog()["/Lang"] == "en"
    assert catalog()["/MarkInfo"]["/Marked"]
    assert catalog()["/ViewerPreferences"]["/DisplayDocTitle"]
    kinds = set()

    def walk(element):
        element = element.get_object()
        if isinstance(element, pypdf.generic.ArrayObject):
            for kid in element:
                walk(kid)
        elif isinstance(element, pypdf.generic.DictionaryObject):
            kinds.add(element.get("/S"))
            if "/K" in element:
                walk(element["/K"])

    walk(catalog()["/StructTreeRoot"])
    assert {"/Document", "/H1", "/H2", "/H3", "/P", "/Table", "/TR", "/TH", "/TD", "/Link"} <= kinds


@pytest.mark.parametrize(("name", "language"), [("german", "de"), ("french", "fr"), ("yen", "en")])
def test_the_language_is_that_of_the_document(name, language):
    assert reader(name).trailer["/Root"]["/Lang"] == language


def test_every_date_comes_from_the_snapshot():
    assert reader().metadata["/CreationDate"] == reader().metadata["/ModDate"] == "D:20261001000000Z"
    dates = [element.text for element in xmp().iter() if element.tag.endswith(("CreateDate", "ModifyDate"))]
    assert dates == ["2026-10-01T00:00:00Z"] * 2


def test_the_identifier_is_the_number_and_the_title_names_the_invoice():
    first, _second = reader().trailer["/ID"]
    assert first.original_bytes == b"INV-2026-000184"
    assert reader().metadata.title == "Invoice INV-2026-000184"
    assert reader().metadata.author == "Veldrane Software GmbH"


def test_the_files_it_carries_are_associated_dated_and_are_what_the_digests_say():
    files = {spec.get_object()["/UF"]: spec.get_object() for spec in catalog()["/AF"]}
    assert sorted(files) == ["DEFINITION.json", "TERMS.json", "USAGE.json"]
    for spec in files.values():
        content = spec["/EF"]["/F"].get_object()
        assert spec["/AFRelationship"] == "/Data"
        assert content["/Subtype"] == "/application/json"
        assert content["/Params"]["/ModDate"] == "D:20261001000000Z"
    sample = snapshot("floor")
    printed = {"DEFINITION.json": sample["definition"]["digest"], "TERMS.json": sample["contract"]["terms_digest"]}
    for name, digest in printed.items():
        content = files[name]["/EF"]["/F"].get_object().get_data()
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == digest


FORBIDDEN = ["/Encrypt", "/JavaScript", "/JS", "/Launch", "/XFA", "/LZWDecode"]


@pytest.mark.parametrize("forbidden", FORBIDDEN)
def test_nothing_that_an_archive_forbids(forbidden):
    names = {str(key) for key in reader().trailer} | {str(key) for key in catalog()}
    for number in reader().xref[0] | reader().xref_objStm:
        found = reader().get_object(pypdf.generic.IndirectObject(number, 0, reader()))
        if isinstance(found, pypdf.generic.DictionaryObject):
            names |= {str(key) for key in found} | {str(value) for value in found.values()}
    assert forbidden not in names
