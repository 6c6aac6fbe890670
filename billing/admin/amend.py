"""Amend a contract: the terms from a day on, what differs in words, and what past and running cycles would cost."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing.admin.contract import accounts_of, contract_or_404, today_of
from billing.admin.newest import newest_or_say
from billing.admin.replay import replay_or_404
from billing.admin.terms_editor import Editor, sent_editor
from billing.closing_jobs import ask_to_review
from billing.queries.amendment import AmendmentPreview, preview_amendment
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.sign_in.step_up import step_up
from licenses.models import Contract
from licenses.operations.add_contract_version import REFUSALS, add_contract_version
from licenses.operations.ask_checkout import ask_checkout
from licenses.queries import terms_of
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.sentence_diff import changed_sentences


@dataclass(kw_only=True)
class Amendment:
    """From which day new terms hold, and why, as the person wrote it."""

    first_day: str
    reason: str
    errors: dict[str, str] = field(default_factory=dict)

    def active(self, terms: ContractTerms | None) -> Period | None:
        """Return the days on which the new version would be in force; None with the sentence at the field."""
        if terms is None:
            return None
        try:
            day = date.fromisoformat(self.first_day)
        except ValueError:
            self.errors["first_day"] = "Give the first day of the new terms as a date."
            return None
        if not terms.term.contains(day):
            self.errors["first_day"] = f"The terms hold {terms.term.words()}; the day must be one of these."
            return None
        return Period(day, terms.term.end)


@step_up("New terms change what a customer pays.", only_when="agree")
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the form of an amendment with its effect; agree on it when asked to and when nothing is refused."""
    contract = contract_or_404(request, public_id)
    newest = newest_or_say(request, contract)
    if newest is None:
        return redirect("desk:contract", public_id)
    before = terms_of(newest)
    accounts = accounts_of(contract)
    preview: AmendmentPreview | None = None
    # Terms that somebody tried on past months are where the form begins: `?replay=<its job>`.
    tried = replay_or_404(contract, request.GET["replay"]) if request.GET.get("replay") else None
    if request.method == "POST":
        editor = sent_editor(request, known_accounts=accounts)
        amendment = Amendment(
            first_day=request.POST.get("first_day", "").strip(), reason=request.POST.get("reason", "").strip()
        )
        active = amendment.active(editor.terms)
        if active is not None:
            if request.POST.get("do") == "agree" and _agree(request, contract, editor, amendment, active):
                return redirect("desk:contract", public_id)
            preview = _preview(contract, editor, amendment, active)
    else:
        document = tried.args["terms"] if tried is not None else newest.terms
        editor = Editor(document=document, known_accounts=accounts)
        amendment = Amendment(first_day=_next_boundary(before, today_of(contract)).isoformat(), reason="")
    context: dict[str, Any] = {
        "contract": contract,
        "newest": newest,
        "tried": tried,
        "editor": editor,
        "amendment": amendment,
        "look": request.get_full_path(),
        "changes": changed_sentences(before=before, after=editor.terms) if editor.terms else [],
        "is_same": editor.terms is not None and editor.terms.digest() == before.digest(),
        "preview": preview,
        "currency": before.currency,
    }
    status = 422 if request.method == "POST" and request.POST.get("do") == "agree" else 200
    return desk_page(request, "desk/contract/amend.html", context, title=f"Amend {contract.number}", status=status)


def _next_boundary(terms: ContractTerms, today: date) -> date:
    """Return the first day of the next cycle, which is where most amendments begin."""
    return next((period.start for period in terms.periods if period.start > today), terms.term.last_day)


def _agree(request: HttpRequest, contract: Contract, editor: Editor, amendment: Amendment, active: Period) -> bool:
    actor, now = actor_of(request), clock.now()
    heard = ask_checkout(actor=actor, contract=contract, terms=editor.document, active=active, now=now)
    try:
        version = add_contract_version(
            actor=actor,
            contract=contract,
            terms=editor.document,
            active=active,
            agreed_at=now,
            reason=amendment.reason,
            checkout=heard,
        )
    except (*REFUSALS, TermsRefused) as refused:
        amendment.errors["first_day"] = str(refused)
        return False
    ask_to_review(version)
    messages.success(request, f"Version {version.number} is agreed. Nothing before {active.start} is billed otherwise.")
    return True


def _preview(contract: Contract, editor: Editor, amendment: Amendment, active: Period) -> AmendmentPreview | None:
    try:
        return preview_amendment(
            contract=contract, terms=editor.document, active=active, today=today_of(contract), now=clock.now()
        )
    except REFUSALS as refused:
        amendment.errors.setdefault("first_day", str(refused))
    except TermsRefused as refused:
        amendment.errors.setdefault("first_day", f"The past cycles cannot be rated under these terms: {refused}")
    return None
