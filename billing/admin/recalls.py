"""Recalls of reporters: which versions count wrongly, what they concern, and what is next about it."""

from collections.abc import Iterator
from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.closing_jobs import ask_to_count_again
from billing.queries.recalls import Concerned, concerned_by
from ground import clock
from ground.desk import desk_page
from ground.desk_table import WRITTEN_AS, table_response
from ground.middleware import actor_of
from ground.presentation.table_file import Cell
from rollcall.signing.reporter_versions import VersionsRefused, versions_of
from usage.models import ReporterRecall
from usage.operations.decide_report import ReasonMissing
from usage.operations.lift_recall import LiftedAlready, lift_recall
from usage.operations.recall_reporter import RecalledAlready, recall_reporter

FIELDS = ("reporter", "versions", "since", "reason", "cure")
# More rows than this are read in a file.
SHOWN = 200
HEADER = (
    "what", "customer", "contract", "instance", "report", "days start", "days end", "charge", "state", "invoice",
    "next",
)  # fmt: skip


@require_http_methods(["GET", "POST"])
def recalls(request: HttpRequest) -> HttpResponseBase:
    """List the recalls; POST makes one."""
    said = {name: request.POST.get(name, "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    if request.method == "POST":
        made = _made(request, said, errors)
        if made is not None:
            messages.success(request, f"{made.what} is recalled. What it reported is listed here; nothing was changed.")
            return redirect("desk:recall", made.public_id)
    context = {"recalls": ReporterRecall.objects.all(), "said": said, "errors": errors}
    return desk_page(request, "desk/recalls.html", context, title="Recalled reporters")


@require_GET
def recall(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show what a recall concerns; with `as`, send the list as a file."""
    found = _found(public_id)
    concerned = concerned_by(found)
    if (written_as := request.GET.get("as", "")) in WRITTEN_AS:
        return table_response(name="recalled", header=HEADER, rows=_rows(concerned), written_as=written_as)
    context = {
        "recall": found,
        "concerned": concerned,
        "reports": concerned.reports[:SHOWN],
        "periods": concerned.periods[:SHOWN],
        "is_cut": max(len(concerned.reports), len(concerned.periods)) > SHOWN,
        "shown": SHOWN,
    }
    return desk_page(request, "desk/recall.html", context, title=f"{found.what}, recalled")


@require_POST
def count_again(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Have everything that a recall concerns counted again by the reports that count now."""
    found = _found(public_id)
    actor_of(request).require_vendor("account_manager", "finance", "admin")
    contracts = concerned_by(found).to_count_again
    with transaction.atomic(durable=True):
        for contract in contracts:
            ask_to_count_again(recall=found, contract=contract)
    if contracts:
        many = "1 contract is" if len(contracts) == 1 else f"{len(contracts)} contracts are"
        messages.success(request, f"{many} counted again in the background; what is billed gets a true-up to decide.")
    else:
        messages.info(request, "Nothing is left that could be counted again.")
    return redirect("desk:recall", public_id)


@require_POST
def lift(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Lift a recall, with a reason."""
    found = _found(public_id)
    try:
        lift_recall(
            actor=actor_of(request), recall=found, reason=request.POST.get("reason", "").strip(), now=clock.now()
        )
    except (ReasonMissing, LiftedAlready) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The recall of {found.what} is lifted: its new reports are taken like all others.")
    return redirect("desk:recall", public_id)


def _made(request: HttpRequest, said: dict[str, str], errors: dict[str, str]) -> ReporterRecall | None:
    try:
        since = date.fromisoformat(said["since"]) if said["since"] else None
    except ValueError:
        errors["since"] = "Give the day as a date, or leave it empty."
        return None
    try:
        return recall_reporter(
            actor=actor_of(request),
            reporter=said["reporter"],
            versions=versions_of(said["versions"]),
            since=since,
            reason=said["reason"],
            cure=said["cure"],
            now=clock.now(),
        )
    except (VersionsRefused, RecalledAlready) as refused:
        errors["versions"] = str(refused)
    except ReasonMissing as refused:
        errors["reporter" if not said["reporter"] else "reason" if not said["reason"] else "cure"] = str(refused)
    return None


def _rows(concerned: Concerned) -> Iterator[tuple[Cell, ...]]:
    for report in concerned.reports:
        signed = report.signed
        yield (
            "report", signed.customer.name, signed.contract.number, signed.instance.name, signed.sequence,
            signed.days.start, signed.days.last_day, "", report.state_words, "", "",
        )  # fmt: skip
    for period in concerned.periods:
        row = period.row
        yield (
            "period", row.contract.customer.name, row.contract.number, "",
            ", ".join(str(one.sequence) for one in period.reports), row.span.start, row.span.last_day, row.charge_key,
            row.get_state_display(), row.invoice.number if row.invoice is not None else "", period.next_words,
        )  # fmt: skip


def _found(public_id: str) -> ReporterRecall:
    found = ReporterRecall.objects.filter(public_id=public_id).first()
    if found is None:
        raise Http404("There is no such recall.")
    return found
