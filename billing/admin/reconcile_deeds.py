"""What is done at the reconciliation desk: take, note, decide, ask, record a claim, try other terms, look again."""

from copy import deepcopy
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from billing.admin.reconcile import difference_or_404
from billing.admin.refusals import said_to
from billing.looking_jobs import ask_to_look
from billing.operations.ask_customer import ask_customer
from billing.operations.explain_difference import explain_difference
from billing.operations.note_difference import note_difference
from billing.operations.release_period import release_period
from billing.operations.take_difference import take_difference
from billing.queries.differences import DifferenceDetail
from ground import clock
from ground.ids import new_public_id
from ground.middleware import actor_of
from ground.operations.enqueue_job import enqueue_job
from licenses.models import Contract
from licenses.queries import terms_at
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from usage.operations.record_reported_count import record_reported_count

REPLAY = "billing.replay"
# Another cycle is looked at over the periods that it may put together.
PERIODS_OF_A_CYCLE = 3
CHOICES = ("explain", "bill", "release", "keep")


@require_POST
def take(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Take the difference, give it to a colleague, or give it back."""
    detail, actor = difference_or_404(request, public_id), actor_of(request)
    chosen = request.POST.get("owner", "")
    owner = next((one for one in detail.colleagues if str(one.pk) == chosen), None)
    if chosen == "me":
        owner = next((one for one in detail.colleagues if one.pk == actor.user_id), None)
    with said_to(request):
        row = take_difference(actor=actor, difference=detail.difference, owner=owner, now=clock.now())
        name = row.owner.get_full_name() if row.owner is not None else "nobody"
        messages.success(request, f"{name[:1].upper()}{name[1:]} answers for this difference now.")
    return redirect("desk:difference", public_id)


@require_POST
def note(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Write what was found out so far."""
    detail = difference_or_404(request, public_id)
    with said_to(request):
        note_difference(
            actor=actor_of(request), difference=detail.difference, note=request.POST.get("note", ""), now=clock.now()
        )
        messages.success(request, "Noted.")
    return redirect("desk:difference", public_id)


@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Explain it, bill with it and say so, release the held period, or keep it with a note."""
    detail = difference_or_404(request, public_id)
    choice, reason = request.POST.get("choice", ""), request.POST.get("reason", "")
    if choice not in CHOICES:
        messages.error(request, "Choose what explains the difference, or that it stays on the list.")
        return redirect("desk:difference", public_id)
    with said_to(request):
        messages.success(request, _decided(request, detail, choice, reason))
    return redirect("desk:difference", public_id)


def _decided(request: HttpRequest, detail: DifferenceDetail, choice: str, reason: str) -> str:
    """Do what was chosen and return what to say about it."""
    actor, row, now = actor_of(request), detail.difference, clock.now()
    if choice == "keep":
        note_difference(actor=actor, difference=row, note=reason, now=now)
        return "It stays on the list, with your note. A held period stays held."
    said = ""
    if choice in ("release", "bill") and detail.may_release:
        closing = release_period(
            actor=actor, contract=row.contract, period=row.span, reason=reason, now=now, today=clock.today(row.zone)
        )
        said = f" Still held: {closing.held_words}" if closing.invoice is None else " The period is drafted."
    explain_difference(actor=actor, difference=row, reason=reason, now=now, say_on_invoice=choice == "bill")
    ask_to_look(contract=row.contract)
    return f"Explained, with your reason.{said}"


@require_POST
def ask(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Send the question to the customer's administrators."""
    detail = difference_or_404(request, public_id)
    with said_to(request):
        event = ask_customer(
            actor=actor_of(request),
            difference=detail.difference,
            subject=request.POST.get("subject", ""),
            body=request.POST.get("body", ""),
            now=clock.now(),
        )
        messages.success(request, f"The question goes to {', '.join(event.data['to'])}. The difference stays open.")
    return redirect("desk:difference", public_id)


@require_POST
def claim(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Record the number of users that an instance, or the customer for the whole contract, says it had."""
    detail = difference_or_404(request, public_id)
    row, users, source = detail.difference, request.POST.get("users", ""), request.POST.get("source", "").strip()
    instance = next((one for one in detail.instances if one.public_id == request.POST.get("instance", "")), None)
    if not (users.isascii() and users.isdigit() and len(users) < 12) or not source:
        messages.error(request, "Write the number that was reported, and who said it where.")
        return redirect("desk:difference", public_id)
    record_reported_count(
        actor=actor_of(request),
        contract=row.contract,
        period=row.span,
        users=int(users),
        source=source[:100],
        now=clock.now(),
        instance=instance,
    )
    ask_to_look(contract=row.contract)
    messages.success(request, "Recorded. It is compared with what is counted in a moment.")
    return redirect("desk:difference", public_id)


@require_POST
def look_again(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Have the contract's periods compared again."""
    ask_to_look(contract=difference_or_404(request, public_id).difference.contract)
    messages.success(request, "Looked at again in the background; what is found stands here when you reload.")
    return redirect("desk:difference", public_id)


@require_POST
def try_terms(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Run the period under another definition, zone or cycle, and show who would be gained and lost."""
    row = difference_or_404(request, public_id).difference
    asked = {
        name: request.POST.get(name, "").strip() for name in ("zone", "min_days", "min_events", "actions", "cycle")
    }
    try:
        terms, periods = tried_terms(contract=row.contract, period=row.span, asked=asked)
    except TermsRefused as refused:
        messages.error(request, f"These terms cannot be tried: {refused}")
        return redirect("desk:difference", public_id)
    job = enqueue_job(
        key=f"{REPLAY}:{new_public_id()}",
        kind=REPLAY,
        args={
            "contract_id": row.contract_id,
            "terms": terms.to_json(),
            "periods": periods,
            "until": row.span.end.isoformat(),
            "asked_by": actor_of(request).name,
        },
    )
    return redirect("desk:replayed", row.contract.public_id, job.public_id)


def tried_terms(*, contract: Contract, period: Period, asked: dict[str, str]) -> tuple[ContractTerms, int]:
    """Return the terms of a period with what a person wants to try, and over how many periods; empty words keep.

    Raises TermsRefused for what cannot be agreed on, licenses.queries.NothingAgreed.
    """
    agreed = terms_at(contract=contract, day=period.start)
    document: dict[str, Any] = deepcopy(agreed.to_json())
    name = agreed.charges[agreed.main_charge].metric or ""
    definition = document["metrics"].get(name, {}).get("definition")
    if asked["zone"]:
        document["timezone"] = asked["zone"]
    if definition is not None:
        definition |= {key: _number(asked[key], key) for key in ("min_days", "min_events") if asked[key]}
        if asked["zone"]:
            definition["timezone"] = asked["zone"]
        if asked["actions"]:
            definition["actions"] = [action.strip() for action in asked["actions"].split(",") if action.strip()]
    is_another_cycle = bool(asked["cycle"]) and asked["cycle"] != agreed.cycle.unit
    if is_another_cycle:
        document["cycle"] = {"unit": asked["cycle"], "anchor": agreed.term.start.isoformat()}
    return ContractTerms.from_json(document), PERIODS_OF_A_CYCLE if is_another_cycle else 1


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise TermsRefused(name, "is a whole number.")
    return int(text)
