"""Series: with which number the documents of each kind go on."""

from collections.abc import Mapping
from typing import Any

from billing.models import InvoiceSeries
from billing.operations.open_series import SeriesOpenAlready, SeriesRefused, open_series
from licenses.imports.cells import Choice, Text, Whole
from licenses.imports.table import Image, RowWrong, Table, cell, column
from licenses.models import LegalEntity

YEARLESS = 0


class Year(Whole):
    """A year; empty where numbers never start anew."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(value) if value else ""


class Series(Table):
    """One row per company of yours and kind of document."""

    kind = "series"
    title = "Last numbers"
    words = (
        "The last number that the old system gave to each kind of document; the next document takes the one after it. "
        "Where numbers start anew every year, give the year, and a prefix with {year} in it."
    )
    key = ("document", "year")
    needed = ("document", "prefix", "last_number")
    sample = (
        ("Atlas Software GmbH", "invoice", "R-", "1841", ""),
        ("Atlas Software GmbH", "credit_note", "C-", "37", ""),
    )

    legal_entity = column("legal_entity", Text(longest=200))
    document = column("document", Choice(InvoiceSeries.Kind.values))
    prefix = column("prefix", Text(longest=20, needed=True))
    last_number = column("last_number", Whole())
    year = column("year", Year(empty=YEARLESS))

    def standing(self, row: Mapping[str, Any]) -> Image | None:
        """Return the series that numbers documents of this kind."""
        entity = _entity(cell(row, "legal_entity"))
        year = cell(row, "year")
        known = InvoiceSeries.objects.filter(
            legal_entity=entity,
            kind=cell(row, "document").lower(),
            year=int(year) if year.isdecimal() and len(year) == 4 else None,
        ).first()
        if known is None or entity is None:
            return None
        return Image(
            legal_entity=entity.name,
            document=known.kind,
            prefix=known.pattern or known.prefix,
            last_number=known.first_number - 1,
            year=known.year or YEARLESS,
        )

    def complete(self, image: Image) -> None:
        """The only legal entity there is need not be named."""
        entity = _entity(image.legal_entity or "")
        if entity is None:
            there = ", ".join(LegalEntity.objects.values_list("name", flat=True)) or "none yet"
            raise RowWrong("legal_entity", f"Name your company whose numbers these are; there is: {there}.")
        image.legal_entity, image.entity = entity.name, entity

    def write(self, image: Image, is_new: bool) -> None:
        """Open the series; one that is open already never changes."""
        try:
            open_series(
                actor=self.actor,
                legal_entity=image.entity,
                prefix=image.prefix,
                first_number=image.last_number + 1,
                kind=InvoiceSeries.Kind(image.document),
                year=image.year or None,
            )
        except (SeriesOpenAlready, SeriesRefused) as refused:
            raise RowWrong("last_number", str(refused)) from refused


def _entity(name: str) -> LegalEntity | None:
    """Return the company of this name; the only one there is, where none is named."""
    if name:
        return LegalEntity.objects.filter(name=name).first()
    there = list(LegalEntity.objects.all()[:2])
    return there[0] if len(there) == 1 else None
