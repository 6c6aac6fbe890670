"""The accounts of each legal entity: how its documents are numbered, up to which day they are closed, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing.models import AccountingClose, Invoice, InvoiceSeries
from ground.actor import Actor
from licenses.models import LegalEntity


@dataclass(frozen=True, kw_only=True)
class SeriesOnPage:
    """One series with the number that comes next and the date of its last document, None before the first."""

    series: InvoiceSeries
    last_date: date | None

    @property
    def next_text(self) -> str:
        return self.series.number_text(self.series.next_number)

    @property
    def documents(self) -> int:
        return self.series.next_number - self.series.first_number


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """One legal entity; `drafts` wait to be finalized, and are dated on the day on which that happens."""

    entity: LegalEntity
    series: Sequence[SeriesOnPage]
    closes: Sequence[AccountingClose]
    drafts: int

    @property
    def closed_through(self) -> date | None:
        """The last day on which no document is dated any more."""
        return self.closes[0].closed_to - timedelta(days=1) if self.closes else None


def accounts(*, actor: Actor) -> list[Accounts]:
    """Return the accounts of all legal entities by name. Raises NotAllowed."""
    actor.require_vendor()
    found = []
    for entity in LegalEntity.objects.order_by("name"):
        closes = list(AccountingClose.objects.filter(legal_entity=entity).order_by("-closed_to"))
        waiting = Invoice.objects.filter(customer__legal_entity=entity, state=Invoice.State.DRAFT)
        found.append(Accounts(entity=entity, series=_series(entity), closes=closes, drafts=waiting.count()))
    return found


def _series(entity: LegalEntity) -> list[SeriesOnPage]:
    rows = InvoiceSeries.objects.filter(legal_entity=entity).order_by("kind", "-year", "pk")
    return [SeriesOnPage(series=row, last_date=_last_date(row)) for row in rows]


def _last_date(series: InvoiceSeries) -> date | None:
    last = Invoice.objects.filter(series=series, sequence=series.next_number - 1)
    return last.values_list("issue_date", flat=True).first()
