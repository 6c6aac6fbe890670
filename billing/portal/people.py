"""Who was counted: the list behind a number, of a period or of an invoice."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from billing.evidence_list import counts_of, evidence_csv_with_names
from billing.models import BillingPeriod
from billing.portal.invoices import file_name, found_invoice
from billing.portal.reported import metric_words, reported_context, reported_csv
from billing.queries.home import READABLE
from ground.actor import Actor
from ground.presentation import format
from licenses.models import Contract
from licenses.portal.page import Crumb, PortalRequest, chosen_contract, page
from usage.models import ActiveUserCount
from usage.queries import VerdictRow, verdict_rows, verdicts_csv
from usage.queries.verdicts import WHY_WORDS

ON_A_PAGE = 25
ORDERS: Mapping[str, Callable[[VerdictRow], Any]] = {
    "user": lambda row: (row.name or row.user_ref).casefold(),
    "first": lambda row: row.first_at,
    "last": lambda row: row.last_at,
    "days": lambda row: row.active_days,
    "events": lambda row: row.events,
}
COLUMNS = (
    ("user", "User", False),
    ("first", "First action that counts", False),
    ("last", "Last", False),
    ("days", "Active days", True),
    ("events", "Actions", True),
)
CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class PeopleList:
    """The people of one count: all numbers by reason, and the rows that the query asks for."""

    rows: list[VerdictRow]
    reasons: list[tuple[str, str, int]]
    total: int
    counted: int
    has_names: bool
    has_instances: bool


@require_safe
def counted(request: PortalRequest) -> HttpResponse:
    """Show who was counted in a period: the one that the query names by its first day, else the latest."""
    contract, contracts = chosen_contract(request)
    periods = counted_periods(request.actor, contract) if contract else []
    row = _chosen_period(periods, request.GET.get("period"))
    context: dict[str, Any] = {"contracts": contracts, "periods": periods, "row": row}
    if row is not None and row.count is not None:
        context |= people_context(request, row.count)
        context["csv"] = f"{reverse('billing:counted_csv')}?contract={row.contract.public_id}&period={row.span.start}"
        context["title"] = f"Who was counted in {format.period_name(row.period)}"
    return page(request, "portal/counted/counted.html", section="counted", contract=contract, context=context)


@require_safe
def counted_csv(request: PortalRequest) -> HttpResponse:
    """Send the list of a period as a table whose cells no spreadsheet computes."""
    contract, _ = chosen_contract(request)
    row = _chosen_period(counted_periods(request.actor, contract) if contract else [], request.GET.get("period"))
    if row is None or row.count is None:
        raise Http404("Nothing was counted for this period.")
    content = reported_csv(row.count) if row.count.is_reported else verdicts_csv(count=row.count)
    return download(content, f"{file_name(row.contract.number)} {row.span.start} people.csv")


@require_safe
def invoice_people(request: PortalRequest, invoice: str) -> HttpResponse:
    """Show who was counted for an invoice, as it was counted then."""
    found = found_invoice(request, invoice)
    counts = counts_of(found)
    if not counts:
        raise Http404("This invoice bills no count.")
    wanted = request.GET.get("metric", "")
    shown = next((count for count in counts if count.metric_name == wanted), counts[0])
    crumbs = [
        Crumb(words="Invoices", address=reverse("billing:invoices")),
        Crumb(words=found.number or "", address=reverse("billing:invoice", args=[found.public_id])),
        Crumb(words="Who was counted"),
    ]
    context = {
        **people_context(request, shown),
        "invoice": found,
        "says": found.snapshot,
        "counts": counts,
        "crumbs": crumbs,
        "csv": reverse("billing:invoice_csv", args=[found.public_id]),
        "title": f"Who was counted for {found.number}",
    }
    return page(request, "portal/counted/counted.html", section="counted", contract=found.contract, context=context)


@require_safe
def invoice_csv(request: PortalRequest, invoice: str) -> HttpResponse:
    """Send the list behind an invoice with the names that still exist."""
    found = found_invoice(request, invoice)
    return download(evidence_csv_with_names(found), f"{file_name(found.number)} people.csv")


invoice_xlsx = invoice_csv


def counted_periods(actor: Actor, contract: Contract) -> list[BillingPeriod]:
    """Return the periods of a contract that were counted, the newest first, each with its count and contract."""
    related = [f"count__{field.name}" for field in ActiveUserCount._meta.concrete_fields]
    return list(
        BillingPeriod.objects.for_actor(actor)
        .filter(contract=contract, kind=BillingPeriod.Kind.REGULAR, count__isnull=False)
        .select_related("count", "contract")
        .only(*READABLE, *related, "contract__id", "contract__public_id", "contract__number")
        .order_by("-period", "-is_main", "charge_key")
    )


def people_context(request: PortalRequest, count: ActiveUserCount) -> dict[str, Any]:
    """Return what the page of a count shows of its people."""
    if count.is_reported:
        return reported_context(count)
    people = _people(verdict_rows(count=count), request.GET)
    listed = Paginator(people.rows, ON_A_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    order = request.GET.get("order", "")
    return {
        "count": count,
        "metric_words": metric_words(count),
        "people": people,
        "people_columns": COLUMNS,
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
        "order": order if order.removeprefix("-") in ORDERS else "user",
        "filters": {key: request.GET.get(key, "") for key in ("find", "why")},
    }


def _people(rows: Iterable[VerdictRow], query: Mapping[str, str]) -> PeopleList:
    """Go through the list once: numbers by reason of all, rows of those that the query asks for."""
    wanted, why = query.get("find", "").strip().casefold()[:200], query.get("why", "")
    numbers: dict[str, int] = {}
    found: list[VerdictRow] = []
    has_names = has_instances = False
    for row in rows:
        numbers[row.why] = numbers.get(row.why, 0) + 1
        has_names, has_instances = has_names or row.name is not None, has_instances or bool(row.instance)
        named = wanted in (row.name or "").casefold() or row.user_ref.startswith(wanted)
        if named and why in ("", row.why):
            found.append(row)
    order = query.get("order", "")
    if key := ORDERS.get(order.removeprefix("-")):
        found.sort(key=key, reverse=order.startswith("-"))
    return PeopleList(
        rows=found,
        reasons=[(code, words, numbers[code]) for code, words in WHY_WORDS.items() if code in numbers],
        total=sum(numbers.values()),
        counted=numbers.get("counted", 0),
        has_names=has_names,
        has_instances=has_instances,
    )


def _chosen_period(periods: list[BillingPeriod], text: str | None) -> BillingPeriod | None:
    """Return the period that begins on the day named, else the latest. Raises Http404 for a day that begins none."""
    if not text:
        return periods[0] if periods else None
    try:
        start = date.fromisoformat(text)
    except ValueError as error:
        raise Http404("This is not a day.") from error
    for row in periods:
        if row.span.start == start:
            return row
    raise Http404("Nothing was counted for a period that begins on this day.")


def download(content: bytes, name: str) -> HttpResponse:
    """Return a table as an attachment."""
    response = HttpResponse(content, content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
