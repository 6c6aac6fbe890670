"""From a snapshot to a document: words, template, pages. Runs in the child process only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from billing.documents.first_page import first_page
from billing.documents.labels import labels
from billing.documents.press import Press
from billing.documents.snapshot import DEFAULT_ACCENT, read_snapshot
from billing.documents.wording import wording_of
from billing.documents.working import working

TEMPLATES = Path(__file__).resolve().parent / "templates"
LAST_OF_FIRST_PAGE = "paid"  # the id of the last element that belongs on page 1


class Layout:
    """Hold what is made once per process: the template and the press with its fonts and sheets."""

    def __init__(self) -> None:
        self.press = Press()
        self.template = Engine(dirs=[str(TEMPLATES)], autoescape=True).get_template("invoice.html")

    def html(self, snapshot: Mapping[str, Any], *, long: bool = False) -> str:
        """Fill the template. `long` moves the lines behind page 1, which keeps the totals and how to pay."""
        w = wording_of(read_snapshot(snapshot))
        page = {**first_page(w), "working": working(w), "L": labels(w.style.language), "long": long}
        text: str = self.template.render(Context(page, use_l10n=False, use_tz=False))
        return text.strip()

    def pdf(self, snapshot: Mapping[str, Any]) -> bytes:
        """Lay out one document. Lines that would push the payment off page 1 begin on page 2."""
        accent = (snapshot["seller"].get("accent") or DEFAULT_ACCENT).lower()
        document = self.press.lay_out(self.html(snapshot), accent=accent)
        if LAST_OF_FIRST_PAGE not in document.pages[0].anchors:
            document = self.press.lay_out(self.html(snapshot, long=True), accent=accent)
        return self.press.write(document, identifier=snapshot["number"])
