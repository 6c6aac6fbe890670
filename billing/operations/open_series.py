"""Open the series from which a legal entity's invoices, or its credit notes, take their numbers."""

from billing.models import InvoiceSeries
from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import LegalEntity

Kind = InvoiceSeries.Kind
DEFAULT_PREFIX = "R-"
PREFIXES = {Kind.INVOICE: DEFAULT_PREFIX, Kind.CREDIT_NOTE: "C-"}


class SeriesOpenAlready(Exception):
    """The legal entity numbers its documents in another way already; a series never changes."""


def open_series(
    *,
    actor: Actor,
    legal_entity: LegalEntity,
    prefix: str | None = None,
    first_number: int = 1,
    kind: Kind = Kind.INVOICE,
) -> InvoiceSeries:
    """Store the series, once; `first_number` continues the numbers of the system before this one.

    Without a prefix, invoices are numbered as "R-0001" and credit notes as "C-0001". Asked again with the same prefix
    and first number, the series is returned unchanged.
    Raises NotAllowed, SeriesOpenAlready.
    """
    actor.require_vendor("finance", "admin")
    prefix = PREFIXES[kind] if prefix is None else prefix
    fresh = InvoiceSeries(
        legal_entity=legal_entity, kind=kind, prefix=prefix, first_number=first_number, next_number=first_number
    )
    with own_transaction(), acting(actor=actor, verb="open_series"):
        InvoiceSeries.objects.bulk_create([fresh], ignore_conflicts=True)
        series = InvoiceSeries.objects.get(legal_entity=legal_entity, kind=kind)
    if (series.prefix, series.first_number) != (prefix, first_number):
        raise SeriesOpenAlready(
            f"{legal_entity.name} numbers its documents as {series.number_text(series.first_number)} and on already."
        )
    return series
