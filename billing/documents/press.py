"""Lay out HTML and write PDF/A-3b. Only the child process imports this: it loads the layout engine."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from billing.documents.factur_x import FILE_NAME, RELATIONSHIP, with_factur_x
from billing.documents.snapshot import DEFAULT_ACCENT

ASSETS = Path(__file__).resolve().parent / "assets"
LOGO, CODE = "asset:logo", "asset:code"  # the images of one document
PNG, SVG = "image/png", "image/svg+xml"
SERVED = {"woff2": "font/woff2"}  # suffix -> content type; nothing else in the folder is served
ENGINE_LOG = logging.getLogger("weasyprint")
OPTIONS = {"pdf_variant": "pdf/a-3b", "pdf_tags": True}


NO_IMAGES: Mapping[str, tuple[bytes, str]] = {}


class AssetRefused(FatalURLFetchingError):  # type: ignore[misc]  # the layout engine has no types
    """A document asked for something that is not one of its bundled files."""


class BundledFiles(URLFetcher):  # type: ignore[misc]
    """Serve the bundled fonts by name (`asset:NAME`) and the images of the document, and refuse every other address.

    There is no protocol handler behind it: no http, no file, no data, no redirect. A refusal stops the document.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.files = {f"asset:{path.name}": path for path in ASSETS.iterdir() if path.suffix[1:] in SERVED}
        self.images: Mapping[str, tuple[bytes, str]] = {}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url in self.images:
            content, kind = self.images[url]
            return URLFetcherResponse(url, content, {"Content-Type": kind})
        path = self.files.get(url)
        if path is None:
            raise AssetRefused("A document may use its bundled files only.")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": SERVED[path.suffix[1:]]})


class LayoutWarned(RuntimeError):
    """The layout engine reported a problem; a document is whole or it is not made."""


class Complaints(logging.Handler):
    """Collect what the layout engine would only have logged."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())


@contextmanager
def refusing_complaints() -> Iterator[None]:
    """Turn what the engine logs within the block into LayoutWarned, whoever configured logging meanwhile."""
    heard = Complaints()
    before = (ENGINE_LOG.handlers, ENGINE_LOG.level, ENGINE_LOG.propagate, ENGINE_LOG.disabled)
    ENGINE_LOG.handlers, ENGINE_LOG.propagate, ENGINE_LOG.disabled = [heard], False, False
    ENGINE_LOG.setLevel(logging.WARNING)
    try:
        yield
    finally:
        ENGINE_LOG.handlers, level, ENGINE_LOG.propagate, ENGINE_LOG.disabled = before
        ENGINE_LOG.setLevel(level)
    if heard.words:
        raise LayoutWarned("; ".join(heard.words[:5]))


class Press:
    """Hold what is made once per process: fetcher, fonts and parsed sheets (one per accent color)."""

    def __init__(self) -> None:
        self.fetcher = BundledFiles()
        self.fonts = FontConfiguration()
        self.faces = self.parse((ASSETS / "fonts.css").read_text("utf-8"))
        self.source = (ASSETS / "invoice.css").read_text("utf-8")
        self.sheet = lru_cache(maxsize=16)(self.parse_accent)

    def parse(self, text: str) -> CSS:
        with refusing_complaints():
            return CSS(string=text, url_fetcher=self.fetcher, font_config=self.fonts)

    def parse_accent(self, accent: str) -> CSS:
        if not re.fullmatch(r"#[0-9a-f]{6}", accent):
            raise ValueError("The accent is a color written as # and six hexadecimal digits.")
        return self.parse(self.source.replace(DEFAULT_ACCENT, accent))

    def lay_out(self, html: str, *, accent: str, images: Mapping[str, tuple[bytes, str]] = NO_IMAGES) -> Document:
        """Lay out the pages. `images` are those of this document: address -> bytes and content type."""
        self.fetcher.images = images
        sheets = [self.faces, self.sheet(accent)]
        with refusing_complaints():
            page = HTML(string=html, url_fetcher=self.fetcher)
            return page.render(stylesheets=sheets, font_config=self.fonts, **OPTIONS)

    def write(self, document: Document, *, identifier: str, files: Mapping[str, bytes], at: datetime) -> bytes:
        """Write the PDF with the files it carries. All are dated `at`, so that the same input gives the same bytes.

        A file of the name `factur-x.xml` is the e-invoice: another form of the document, which the metadata names.
        """
        carried = [
            Attachment(string=content, name=name, relationship=relationship_of(name), created=at, modified=at)
            for name, content in sorted(files.items())
        ]
        if FILE_NAME in files:
            say_factur_x(document)
        name = identifier.encode("utf-8")
        with refusing_complaints():
            pdf: bytes = document.write_pdf(
                pdf_identifier=name, attachments=carried, finisher=associate_once, **OPTIONS
            )
        return pdf


def relationship_of(name: str) -> str:
    return RELATIONSHIP if name == FILE_NAME else "Data"


def say_factur_x(document: Document) -> None:
    """Let the metadata that the engine writes say what the document carries."""
    written: Callable[..., bytes] = document.metadata.generate_rdf_metadata
    document.metadata.generate_rdf_metadata = lambda *given: with_factur_x(written(*given))


def associate_once(_document: Document, pdf: Any) -> None:
    """Name every associated file once: the engine finds each under its name and again among its objects."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])
