"""Open the series from which a legal entity's invoices, or its credit notes, take their numbers."""

from datetime import date

from billing.models import Invoice, InvoiceSeries
from billing.models.series import YEAR
from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import LegalEntity

Kind = InvoiceSeries.Kind
Reset = InvoiceSeries.Reset
DEFAULT_PREFIX = "R-"
PREFIXES = {Kind.INVOICE: DEFAULT_PREFIX, Kind.CREDIT_NOTE: "C-"}


class SeriesOpenAlready(Exception):
    """The legal entity numbers its documents in another way already; a series never changes."""


class SeriesRefused(ValueError):
    """Numbers that start anew every year would be the same again, or would follow documents of that year."""


def open_series(
    *,
    actor: Actor,
    legal_entity: LegalEntity,
    prefix: str | None = None,
    first_number: int = 1,
    kind: Kind = Kind.INVOICE,
    year: int | None = None,
) -> InvoiceSeries:
    """Store the series, once; `first_number` continues the numbers of the system before this one.

    Without a prefix, invoices are numbered as "R-0001" and credit notes as "C-0001". With a `year`, numbers start at 1
    again every year from that one on: the prefix then has {year} where the year is printed, "R-{year}-" where none is
    named, and the series of a later year opens by itself with its first document. Such a series may follow one that
    never starts anew, as long as no document is dated in the year yet.
    Asked again with the same prefix and first number, the series is returned unchanged.
    Raises NotAllowed, SeriesOpenAlready, SeriesRefused.
    """
    actor.require_vendor("finance", "admin")
    if prefix is None:
        prefix = PREFIXES[kind] if year is None else f"{PREFIXES[kind]}{YEAR}-"
    fresh = InvoiceSeries(
        legal_entity=legal_entity, kind=kind, prefix=prefix, first_number=first_number, next_number=first_number
    )
    if year is not None:
        fresh.reset, fresh.year, fresh.pattern, fresh.prefix = Reset.YEARLY, year, prefix, _of_year(prefix, year)
    with own_transaction(), acting(actor=actor, verb="open_series"):
        if year is not None:
            _refuse_dated(legal_entity, kind, year)
        elif InvoiceSeries.objects.filter(legal_entity=legal_entity, kind=kind, reset=Reset.YEARLY).exists():
            raise SeriesOpenAlready(f"{legal_entity.name} numbers its documents anew every year already.")
        InvoiceSeries.objects.bulk_create([fresh], ignore_conflicts=True)
        series = InvoiceSeries.objects.filter(legal_entity=legal_entity, kind=kind, year=year).first()
    if series is None:
        raise SeriesOpenAlready(f"{legal_entity.name} has a series with the prefix {fresh.prefix} already.")
    if (series.prefix, series.first_number) != (fresh.prefix, first_number):
        raise SeriesOpenAlready(
            f"{legal_entity.name} numbers its documents as {series.number_text(series.first_number)} and on already."
        )
    return series


def series_for(*, actor: Actor, legal_entity: LegalEntity, kind: Kind, day: date) -> InvoiceSeries:
    """Return the series that numbers a document dated on this day; it is opened where there is none yet.

    Raises NotAllowed, SeriesOpenAlready, SeriesRefused where it has to be opened and cannot be.
    """
    known = list(InvoiceSeries.objects.filter(legal_entity=legal_entity, kind=kind).order_by("year"))
    yearly = [series for series in known if series.year is not None and series.year <= day.year]
    if yearly:
        newest = yearly[-1]
        if newest.year == day.year:
            return newest
        return open_series(actor=actor, legal_entity=legal_entity, prefix=newest.pattern, kind=kind, year=day.year)
    endless = next((series for series in known if series.year is None), None)
    return endless if endless is not None else open_series(actor=actor, legal_entity=legal_entity, kind=kind)


def _of_year(pattern: str, year: int) -> str:
    if YEAR not in pattern:
        raise SeriesRefused(f"Numbers that start anew every year have the year in them: R-{YEAR}-, not {pattern}.")
    return pattern.replace(YEAR, str(year))


def _refuse_dated(legal_entity: LegalEntity, kind: Kind, year: int) -> None:
    """Refuse a year in which the series before has numbered documents already."""
    dated = Invoice.objects.filter(
        series__legal_entity=legal_entity, series__kind=kind, series__year=None, issue_date__year__gte=year
    )
    number = dated.order_by("sequence").values_list("number", flat=True).first()
    if number is not None:
        raise SeriesRefused(f"{number} is dated in {year} already. Start anew with the next year, {year + 1}.")
