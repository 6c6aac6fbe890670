"""Which numbers a bulk finalization would draw, as its dry run says: nothing is drawn before it is confirmed."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from billing.models import Invoice, InvoiceSeries
from billing.queries.run_plan import RunPlan
from licenses.models import Customer


def likely_numbers(*, plan: RunPlan, today: date) -> list[str]:
    """One span per legal entity, such as "R-0915 to R-0922", if nobody else finalizes meanwhile.

    An entity whose series is opened with its first document has none yet and is left out.
    """
    customers = {part.customer_id for part in plan.parts}
    entity_of = dict(Customer.objects.filter(pk__in=customers).values_list("pk", "legal_entity_id"))
    drawn = Counter(entity_of[part.customer_id] for part in plan.parts)
    newest = _newest_series(drawn, InvoiceSeries.Kind.INVOICE, today)
    return [_span(newest[entity], number) for entity, number in sorted(drawn.items()) if entity in newest]


def likely_number(*, invoice: Invoice, today: date) -> str:
    """Return the number that finalizing this draft alone would draw; empty where its series is not opened yet."""
    entity = invoice.customer.legal_entity_id
    newest = _newest_series([entity], InvoiceSeries.Kind(invoice.kind), today)
    return newest[entity].number_text(newest[entity].next_number) if entity in newest else ""


def _newest_series(entities: Iterable[int], kind: InvoiceSeries.Kind, today: date) -> dict[int, InvoiceSeries]:
    """Return the series of each legal entity from which a document of today takes its number."""
    # Numbers that start anew every year follow those that never do.
    series = InvoiceSeries.objects.filter(Q(year=today.year) | Q(year=None), legal_entity__in=list(entities), kind=kind)
    newest = {one.legal_entity_id: one for one in series.order_by("year") if one.year is None}
    return newest | {one.legal_entity_id: one for one in series if one.year is not None}


def _span(series: InvoiceSeries, number: int) -> str:
    first, last = series.number_text(series.next_number), series.number_text(series.next_number + number - 1)
    return first if number == 1 else f"{first} to {last}"
