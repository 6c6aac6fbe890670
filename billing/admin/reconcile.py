"""Reconcile: which numbers are not explained? The queue, and one difference as a case."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from billing.models import Difference
from billing.queries.case_numbers import case_numbers
from billing.queries.differences import (
    SORTS,
    DifferenceDetail,
    DifferenceFilter,
    days_open,
    difference_detail,
    differences_for,
    money_at_stake,
    open_differences,
)
from billing.question_text import question_about
from billing.repairs import repair_of
from ground import clock
from ground.desk import desk_page
from ground.desk_table import WRITTEN_AS, table_response
from ground.middleware import actor_of
from ground.presentation.table_file import Cell
from licenses.models import Instance
from licenses.queries import NothingAgreed, terms_at
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from usage.portal.calendar import Calendar, month_calendar
from usage.queries import DayCoverage
from usage.queries.names import names_of_some

ON_A_PAGE = 50
IN_THE_QUEUE = 30
MOST_MONTHS = 3
SORT_WORDS = {
    "age": "the oldest first",
    "money": "most money first",
    "users": "most users first",
    "customer": "by customer",
    "period": "the newest period first",
}
HEADER = (
    "customer", "contract", "period start", "period end", "kind", "what", "users", "amount", "currency", "state",
    "owner", "note", "found", "days open", "closed", "closed by", "reason",
)  # fmt: skip


def difference_or_404(request: HttpRequest, public_id: str) -> DifferenceDetail:
    """Return the case of one difference."""
    try:
        return difference_detail(actor=actor_of(request), public_id=public_id)
    except Difference.DoesNotExist as missing:
        raise Http404("There is no such difference.") from missing


def badge(request: HttpRequest) -> str:
    """The number beside the entry of the side bar; none where nothing waits."""
    return str(open_differences() or "")


@require_GET
def reconcile(request: HttpRequest) -> HttpResponseBase:
    """List the differences, filtered and sorted as the query says; with `as`, send the list as a file."""
    wanted = DifferenceFilter.of(request.GET.dict())
    found = differences_for(actor=actor_of(request), wanted=wanted)
    if (written_as := request.GET.get("as", "")) in WRITTEN_AS:
        return table_response(name="differences", header=HEADER, rows=_rows(found), written_as=written_as)
    listed = Paginator(found, ON_A_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    context = {
        "wanted": wanted,
        "codes": Difference.Code.choices,
        "states": [*Difference.State.choices, ("all", "all")],
        "sorts": [(sort, SORT_WORDS[sort]) for sort in SORTS],
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
        "at_stake": money_at_stake(list(found)) if wanted.state == Difference.State.OPEN else {},
        "is_filtered": wanted != DifferenceFilter(),
        "queue": shown.object_list,
    }
    return desk_page(request, "desk/reconcile.html", context, title="Reconcile")


def _rows(found: Iterable[Difference]) -> Iterator[tuple[Cell, ...]]:
    now = clock.now()
    for row in found:
        yield (
            row.contract.customer.name,
            row.contract.number,
            row.span.start,
            row.span.last_day,
            row.get_code_display(),
            row.words,
            row.users,
            row.amount,
            row.currency,
            row.get_state_display(),
            row.owner.get_full_name() if row.owner is not None else "",
            row.note,
            row.found_at.date(),
            days_open(row, now),
            row.closed_at.date() if row.closed_at is not None else None,
            row.closed_by,
            row.reason,
        )


@require_GET
def case(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show one difference: the numbers, the way from reported to billable, where it is, and what may be decided."""
    detail = difference_or_404(request, public_id)
    row = detail.difference
    wanted = DifferenceFilter.of(request.GET.dict())
    context = {
        "detail": detail,
        "difference": row,
        "numbers": case_numbers(difference=row, period=detail.period, count=detail.count),
        "queue": list(differences_for(actor=actor_of(request), wanted=wanted)[:IN_THE_QUEUE]),
        "open_ones": open_differences(),
        "calendars": list(_calendars(row)),
        "question": question_about(row),
        "people": _named(detail),
        "repair": repair_of(detail.period),
        "replay": _replay_as_agreed(row),
        "is_mine": row.owner_id is not None and row.owner_id == actor_of(request).user_id,
    }
    title = f"{row.contract.customer.name}, {row.span.words()}"
    return desk_page(request, "desk/reconcile_case.html", context, title=title)


def _named(detail: DifferenceDetail) -> dict[str, str]:
    """The people whom the facts name by reference, as the reports wrote them while names exist."""
    ref = detail.difference.facts.get("user_ref", "")
    if not ref or detail.count is None:
        return {}
    return {ref: names_of_some(detail.count, [ref]).get(ref, ref)}


def _replay_as_agreed(row: Difference) -> dict[str, Any] | None:
    """What the replay form holds before anybody changes it: the terms of the period; None where nothing is agreed."""
    try:
        terms = terms_at(contract=row.contract, day=row.span.start)
    except NothingAgreed:
        return None
    definition = definition_of(terms)
    return {
        "zone": terms.timezone,
        "min_days": definition.get("min_days", 1),
        "min_events": definition.get("min_events", 1),
        "actions": ", ".join(definition.get("actions", ())),
        "cycle": terms.cycle.unit,
    }


def definition_of(terms: ContractTerms) -> dict[str, Any]:
    """The definition of the main charge's metric as terms write it; empty where no activity is counted."""
    document: dict[str, Any] = terms.to_json()
    metric = document["metrics"].get(terms.charges[terms.main_charge].metric or "", {})
    return dict(metric.get("definition", {}))


def _calendars(row: Difference) -> Iterator[Calendar]:
    """The days received of the period, month by month."""
    today, first = clock.today(row.zone), row.span.start
    for _ in range(MOST_MONTHS):
        found = month_calendar(contract=row.contract, day=first, today=today, addresses=_at_the_desk)
        if found is None:
            return
        yield found
        first = _next_month(found.period)
        if first >= row.span.end:
            return


def _next_month(shown: Period) -> date:
    return (shown.start.replace(day=1) + timedelta(days=32)).replace(day=1)


def _at_the_desk(instance: Instance, day: DayCoverage) -> str:
    return reverse("admin:usage_usagereport_change", args=[day.reports[-1].pk]) if day.reports else ""
