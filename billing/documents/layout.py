"""From a snapshot to a document: words, template, pages. Runs in the child process only."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from billing.documents.annex import annex
from billing.documents.enclosed import NOTHING, Enclosed
from billing.documents.epc import drawn, payment_code
from billing.documents.factur_x import FILE_NAME
from billing.documents.first_page import first_page
from billing.documents.labels import labels
from billing.documents.press import CODE, LOGO, PNG, SVG, Press
from billing.documents.snapshot import DEFAULT_ACCENT, Invoice, attached, read_snapshot
from billing.documents.wording import wording_of
from billing.documents.working import working

TEMPLATES = Path(__file__).resolve().parent / "templates"
USERS_FILE = "USERS.csv"
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

    def html(self, snapshot: Mapping[str, Any], enclosed: Enclosed = NOTHING, *, long: bool = False) -> str:
        """Fill the template. `long` moves the lines behind page 1, which keeps the totals and how to pay."""
        w = wording_of(read_snapshot(snapshot))
        page = {**first_page(w), "working": working(w), "L": labels(w.style.language, w.invoice.kind), "long": long}
        page |= {"logo": LOGO if enclosed.logo else "", "code": CODE if payment_code(w.invoice) else ""}
        page |= {"annex": annex(w, enclosed.annex)}
        text: str = self.template.render(Context(page, use_l10n=False, use_tz=False))
        if gaps := re.findall(MISSING % "(.*?)", text):
            raise TemplateGap(f"The page has no value for {', '.join(gaps)}.")
        return text.strip()

    def pdf(self, snapshot: Mapping[str, Any], enclosed: Enclosed = NOTHING) -> bytes:
        """Lay out one document. Lines that would push the payment off page 1 begin on page 2."""
        accent = (snapshot["seller"].get("accent") or DEFAULT_ACCENT).lower()
        invoice = read_snapshot(snapshot)
        long = len(invoice.lines) > MOST_LINES_ON_FIRST_PAGE
        images = images_of(invoice, enclosed)
        document = self.press.lay_out(self.html(snapshot, enclosed, long=long), accent=accent, images=images)
        if not long and LAST_OF_FIRST_PAGE not in document.pages[0].anchors:
            document = self.press.lay_out(self.html(snapshot, enclosed, long=True), accent=accent, images=images)
        issued_at = datetime.combine(invoice.issue_date, time(), tzinfo=UTC)
        carried = {FILE_NAME: enclosed.e_invoice, USERS_FILE: enclosed.users_csv}
        files = attached(snapshot) | {name: content for name, content in carried.items() if content}
        return self.press.write(document, identifier=invoice.number, files=files, at=issued_at)


def images_of(invoice: Invoice, enclosed: Enclosed) -> dict[str, tuple[bytes, str]]:
    """Give the images of one document: the vendor's logo, and the payment code where it can be paid with one."""
    lines = payment_code(invoice)
    images = {LOGO: (enclosed.logo, PNG)} if enclosed.logo else {}
    return images | ({CODE: (drawn(lines), SVG)} if lines else {})
