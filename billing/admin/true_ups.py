"""True-ups: what changed after we billed? The list, with what waits for a decision or an approval first."""

from collections.abc import Iterable, Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from billing.models import TrueUp
from billing.queries.true_ups import EVERY, SORTS, WAITING, TrueUpFilter, true_ups_for
from ground.desk import desk_page
from ground.desk_table import WRITTEN_AS, table_response
from ground.middleware import actor_of
from ground.presentation.table_file import Cell
from rollcall.money import round_half_up

ON_A_PAGE = 50
SORT_WORDS = {
    "age": "the oldest first",
    "money": "most money first",
    "customer": "by customer",
    "period": "the newest period first",
}
HEADER = (
    "customer", "contract", "period start", "period end", "charge", "invoice", "what brought it", "state",
    "difference before tax", "settled before tax", "currency", "settled by", "document", "new users", "gone users",
    "proposed", "decided by", "decided", "approved by", "reason", "why not all of it",
)  # fmt: skip


def badge(request: HttpRequest) -> str:
    """The number beside the entry of the side bar: what waits for somebody; none where nothing does."""
    waiting = TrueUp.objects.filter(state__in=(TrueUp.State.PROPOSED, TrueUp.State.NEEDS_APPROVAL))
    return str(waiting.count() or "")


@require_GET
def true_ups(request: HttpRequest) -> HttpResponseBase:
    """List the true-ups, filtered and sorted as the query says; with `as`, send the list as a file."""
    wanted = TrueUpFilter.of(request.GET.dict())
    found = true_ups_for(actor=actor_of(request), wanted=wanted)
    if (written_as := request.GET.get("as", "")) in WRITTEN_AS:
        return table_response(name="true-ups", header=HEADER, rows=_rows(found), written_as=written_as)
    listed = Paginator(found, ON_A_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    context = {
        "wanted": wanted,
        "states": [(WAITING, "waiting for somebody"), *TrueUp.State.choices, (EVERY, "in every state")],
        "kinds": TrueUp.Kind.choices,
        "settles": TrueUp.Settle.choices,
        "sorts": [(sort, SORT_WORDS[sort]) for sort in SORTS],
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
        "is_filtered": wanted != TrueUpFilter(),
    }
    return desk_page(request, "desk/true_ups.html", context, title="True-ups")


def _rows(found: Iterable[TrueUp]) -> Iterator[tuple[Cell, ...]]:
    for row in found:
        period = row.billing_period
        yield (
            row.contract.customer.name,
            row.contract.number,
            period.span.start,
            period.span.last_day,
            row.charge_key,
            period.invoice.number if period.invoice is not None else "",
            row.get_kind_display(),
            row.get_state_display(),
            round_half_up(row.difference_amount, row.currency),
            None if row.settled_amount is None else round_half_up(row.settled_amount, row.currency),
            row.currency,
            row.get_settle_display(),
            row.invoice.number if row.invoice is not None else "",
            row.new_users,
            row.gone_users,
            row.proposed_at.date(),
            row.decided_by,
            row.decided_at.date() if row.decided_at is not None else None,
            row.approved_by,
            row.reason,
            row.adjustment_reason,
        )
