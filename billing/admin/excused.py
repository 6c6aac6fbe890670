"""Days left out of a contract's bill: which, why, by whose word, and the word that lets them count again."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from billing.admin.contract import contract_or_404
from billing.closing_jobs import ask_to_review_days
from ground import clock
from ground.actor import NotAllowed
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.presentation import format as written
from licenses.models import Contract
from licenses.queries import NothingAgreed, terms_of
from usage.models import ExcusedDay
from usage.operations.decide_report import ReasonMissing
from usage.operations.excuse_days import NoDaysToExcuse, excuse_days
from usage.queries import days_left_out, is_made_of_days

MOST_DAYS = 31
FIELDS = ("first", "last", "metric", "reason")
REFUSALS = (NoDaysToExcuse, NothingAgreed, NotAllowed, ReasonMissing)


@dataclass(kw_only=True)
class Asked:
    """Which days to leave out of what, and why, as the person wrote it; with what is wrong with it."""

    first: str = ""
    last: str = ""
    metric: str = ""
    reason: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    def days(self) -> list[date]:
        """Return the days; none, with the sentence at its field, where they cannot be read."""
        first, last = self._day("first"), self._day("last") if self.last else self._day("first")
        if first is None or last is None:
            return []
        if last < first:
            self.errors["last"] = "The last day lies before the first."
            return []
        if (last - first).days >= MOST_DAYS:
            self.errors["last"] = f"At most {MOST_DAYS} days at once; a longer time is an amendment of the contract."
            return []
        return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]

    def _day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(getattr(self, name))
        except ValueError:
            self.errors[name] = "Give the day as a date."
            return None


@require_http_methods(["GET", "POST"])
def excused_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show which days are left out; leave out more of them."""
    contract = contract_or_404(request, public_id)
    asked = Asked(first=request.GET.get("day", ""))
    is_asked = request.POST.get("do") == "leave_out"
    if request.method == "POST":
        first, last, metric, reason = (request.POST.get(key, "").strip() for key in FIELDS)
        asked = Asked(first=first, last=last, metric=metric, reason=reason)
        days = asked.days()
        if days and is_asked and _say(request, contract, days, asked, is_excused=True):
            return redirect("desk:excused", public_id)
    metrics = _metrics(contract)
    context: dict[str, Any] = {
        "contract": contract,
        "asked": asked,
        "metrics": metrics,
        "left_out": days_left_out(contract=contract, metrics=metrics),
        "words": ExcusedDay.objects.filter(contract=contract).order_by("-pk")[:100],
    }
    status = 422 if is_asked else 200
    return desk_page(request, "desk/excused.html", context, title=f"Days left out, {contract.number}", status=status)


@require_POST
def count_again(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let a day count again, of the metrics that its word left it out of."""
    contract = contract_or_404(request, public_id)
    word = ExcusedDay.objects.filter(contract=contract, pk=_number(request.POST.get("word", ""))).first()
    if word is None:
        messages.error(request, "There is no such word about a day of this contract.")
        return redirect("desk:excused", public_id)
    asked = Asked(metric=word.metric_name, reason=request.POST.get("reason", "").strip())
    if not _say(request, contract, [word.day], asked, is_excused=False):
        for sentence in asked.errors.values():
            messages.error(request, sentence)
    return redirect("desk:excused", public_id)


def _say(request: HttpRequest, contract: Contract, days: list[date], asked: Asked, *, is_excused: bool) -> bool:
    """Record the word, and have the periods of these days rated again; False where it is refused."""
    try:
        words = excuse_days(
            actor=actor_of(request),
            contract=contract,
            days=days,
            reason=asked.reason,
            now=clock.now(),
            metric_name=asked.metric,
            is_excused=is_excused,
        )
    except REFUSALS as refused:
        asked.errors["reason" if isinstance(refused, ReasonMissing) else "first"] = str(refused)
        return False
    ask_to_review_days(words)
    named = written.day(days[0]) if len(days) == 1 else f"{written.day(days[0])} to {written.day(days[-1])}"
    does = "is left out" if is_excused else "counts again"
    if len(days) > 1:
        does = does.replace("is ", "are ").replace("counts", "count")
    messages.success(
        request,
        f"{named} {does}. Drafts of these days are made again in the background; for what is billed already a true-up "
        "is proposed.",
    )
    return True


def _metrics(contract: Contract) -> list[str]:
    """The metrics of any version of the contract whose quantities are made of days."""
    terms = [terms_of(version) for version in contract.versions.order_by("number")]
    return sorted({name for one in terms for name, metric in one.metrics.items() if is_made_of_days(metric)})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
