"""Replay: a contract's past months under another definition, zone, cycle, price or clause, both sides side by side."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from billing.admin.contract import accounts_of, contract_or_404
from billing.admin.newest import newest_or_say
from billing.admin.terms_editor import Editor, sent_editor
from billing.operations.replay_contract import MOST_PERIODS
from billing.queries.replay import read_replay
from ground.desk import desk_page
from ground.ids import new_public_id
from ground.middleware import actor_of
from ground.models import Job
from ground.operations.enqueue_job import enqueue_job
from licenses.models import Contract
from licenses.queries import latest_version, terms_of
from rollcall.terms.contract import ContractTerms
from rollcall.terms.sentence_diff import changed_sentences

KIND = "billing.replay"


@require_http_methods(["GET", "POST"])
def replay(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the terms as a form; replay the past under what they became."""
    contract = contract_or_404(request, public_id)
    newest = newest_or_say(request, contract)
    if newest is None:
        return redirect("desk:contract", public_id)
    editor = Editor(document=newest.terms, known_accounts=accounts_of(contract))
    if request.method == "POST":
        editor = sent_editor(request, known_accounts=accounts_of(contract))
        if request.POST.get("do") == "replay" and editor.terms is not None:
            job = enqueue_job(
                key=f"{KIND}:{new_public_id()}",
                kind=KIND,
                args={
                    "contract_id": contract.pk,
                    "terms": editor.document,
                    "periods": _periods(request.POST.get("periods", "")),
                    "asked_by": actor_of(request).name,
                },
            )
            return redirect("desk:replayed", public_id, job.public_id)
    context: dict[str, Any] = {
        "contract": contract,
        "newest": newest,
        "editor": editor,
        "look": request.path,
        "periods": _periods(request.POST.get("periods", "")),
        "changes": changed_sentences(before=terms_of(newest), after=editor.terms) if editor.terms else [],
    }
    status = 422 if request.method == "POST" and request.POST.get("do") == "replay" else 200
    return desk_page(request, "desk/contract/replay.html", context, title=f"Replay {contract.number}", status=status)


def _periods(text: str) -> int:
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 3
    return max(1, min(asked, MOST_PERIODS))


def replay_or_404(contract: Contract, job_id: str) -> Job:
    """Return the job of a replay of this contract; its `args["terms"]` are what was tried."""
    job = Job.objects.filter(public_id=job_id, kind=KIND, args__contract_id=contract.pk).first()
    if job is None:
        raise Http404("There is no such replay.")
    return job


@require_GET
def replayed(request: HttpRequest, public_id: str, job_id: str) -> HttpResponseBase:
    """Show how far a replay is, and what came of it."""
    contract = contract_or_404(request, public_id)
    job = replay_or_404(contract, job_id)
    terms = ContractTerms.from_json(job.args["terms"])
    newest = latest_version(contract=contract)
    context: dict[str, Any] = {
        "contract": contract,
        "job": job,
        "newest": newest,
        "found": read_replay(job.result) if job.state == Job.State.SUCCEEDED and job.result else None,
        "changes": changed_sentences(before=terms_of(newest), after=terms),
    }
    return desk_page(request, "desk/contract/replayed.html", context, title=f"Replay of {contract.number}")
