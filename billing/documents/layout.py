"""From a snapshot to a document: words, template, pages. Runs in the child process only."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from billing.documents.enclosed import NOTHING, Enclosed
from billing.documents.factur_x import FILE_NAME
from billing.documents.first_page import first_page
from billing.documents.labels import labels
from billing.documents.press import Press
from billing.documents.snapshot import DEFAULT_ACCENT, attached, read_snapshot
from billing.documents.wording import wording_of
from billing.documents.working import working

TEMPLATES = Path(__file__).resolve().parent / "templates"
MOST_LINES_ON_FIRST_PAGE = 12  # more never fit, so the first try is left out
LAST_OF_FIRST_PAGE = "paid"  # the id of the last element that belongs on page 1


MISSING = "⟪%s⟫"  # no font has these brackets, so no snapshot can bring them


class TemplateGap(RuntimeError):
    """The template names a value that the page does not have."""


class Layout:
    """Hold what is made once per process: the template and the press with its fonts and sheets."""

    def __init__(self) -> None:
        self.press = Press()
        engine = Engine(dirs=[str(TEMPLATES)], autoescape=True, string_if_invalid=MISSING)
        self.template = engine.get_template("invoice.html")

    def html(self, snapshot: Mapping[str, Any], *, long: bool = False) -> str:
        """Fill the template. `long` moves the lines behind page 1, which keeps the totals and how to pay."""
        w = wording_of(read_snapshot(snapshot))
        page = {**first_page(w), "working": working(w), "L": labels(w.style.language, w.invoice.kind), "long": long}
        text: str = self.template.render(Context(page, use_l10n=False, use_tz=False))
        if gaps := re.findall(MISSING % "(.*?)", text):
            raise TemplateGap(f"The page has no value for {', '.join(gaps)}.")
        return text.strip()

    def pdf(self, snapshot: Mapping[str, Any], enclosed: Enclosed = NOTHING) -> bytes:
        """Lay out one document. Lines that would push the payment off page 1 begin on page 2."""
        accent = (snapshot["seller"].get("accent") or DEFAULT_ACCENT).lower()
        invoice = read_snapshot(snapshot)
        long = len(invoice.lines) > MOST_LINES_ON_FIRST_PAGE
        document = self.press.lay_out(self.html(snapshot, long=long), accent=accent)
        if not long and LAST_OF_FIRST_PAGE not in document.pages[0].anchors:
            document = self.press.lay_out(self.html(snapshot, long=True), accent=accent)
        issued_at = datetime.combine(invoice.issue_date, time(), tzinfo=UTC)
        files = attached(snapshot) | ({FILE_NAME: enclosed.e_invoice} if enclosed.e_invoice else {})
        return self.press.write(document, identifier=invoice.number, files=files, at=issued_at)
