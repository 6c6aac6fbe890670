"""A new contract: the paper, the terms as a form, what they say and what they cost, and the word that agrees."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing.admin.starts import Start, starts
from billing.admin.terms_editor import Editor, sent_editor
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.sign_in.step_up import step_up
from ground.together import together
from licenses.models import Contract, Customer, User
from licenses.operations.add_contract_version import add_contract_version
from licenses.operations.create_contract import create_contract
from licenses.operations.register_instance import register_instance
from licenses.queries import customers_for
from rollcall.terms.templates import Switch

PAPER = ("customer", "number", "product_name", "po_number", "payment_days", "instance")


@dataclass(kw_only=True)
class Paper:
    """What of a contract is not in its terms, as the person wrote it, with what is wrong with it."""

    said: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> "Paper":
        given = request.POST if request.method == "POST" else request.GET
        said = {name: given.get(name, "").strip() for name in PAPER}
        said["payment_days"] = said["payment_days"] or "30"
        return cls(said=said)

    def check(self, customer: Customer | None) -> bool:
        """Find what is missing before anything is written; the sentences stand at the fields."""
        if customer is None:
            self.errors["customer"] = "Choose the customer who signs."
        if not self.said["number"]:
            self.errors["number"] = "Give the contract its number; invoices name it."
        elif Contract.objects.filter(number=self.said["number"]).exists():
            self.errors["number"] = f"There is a contract {self.said['number']} already; numbers are used once."
        if not self.said["product_name"]:
            self.errors["product_name"] = "Name the product; invoices name it."
        if not self.said["payment_days"].isdecimal() or int(self.said["payment_days"]) > 365:
            self.errors["payment_days"] = "Payment is due in 0 to 365 days; write a whole number."
        return not self.errors


@step_up("A new contract says what a customer pays.", only_when="agree")
@require_http_methods(["GET", "POST"])
def new_contract(request: HttpRequest) -> HttpResponseBase:
    """Show the form of a new contract; agree on it when asked to and when nothing is refused."""
    actor = actor_of(request)
    paper = Paper.of(request)
    customer = customers_for(actor).filter(public_id=paper.said["customer"]).first()
    start = _start(request)
    if request.method == "POST":
        editor = sent_editor(request)
        if request.POST.get("do") == "agree" and paper.check(customer) and editor.terms is not None and customer:
            contract = _agree(request, paper, customer, editor, start)
            if contract is not None:
                return redirect("desk:contract", contract.public_id)
    else:
        editor = Editor(document=start.begin(today=clock.today("UTC"), switches=_switches(request, start)))
    context: dict[str, Any] = {
        "editor": editor,
        "look": request.path,
        "paper": paper,
        "customers": customers_for(actor).order_by("name"),
        "start": start,
        "starts": starts(),
        "switches": _shown_switches(request, start),
    }
    status = 422 if request.method == "POST" and request.POST.get("do") == "agree" else 200
    return desk_page(request, "desk/contract/new.html", context, title="New contract", status=status)


def _start(request: HttpRequest) -> Start:
    """Return what the contract starts from: a published plan, the policy of a known vendor, or plain terms."""
    given = request.POST if request.method == "POST" else request.GET
    wanted = given.get("from", "")
    found = {one.key: one for one in starts()}
    return found.get(wanted) or next(iter(found.values()))


def _switches(request: HttpRequest, start: Start) -> dict[str, str]:
    """Return the readings that were chosen, of the switches that the policy has."""
    if start.template is None:
        return {}
    known = {one.name: {reading.name for reading in one.readings} for one in start.template.switches}
    chosen = {name: request.GET.get(f"switch.{name}", "") for name in known}
    return {name: reading for name, reading in chosen.items() if reading in known[name]}


def _shown_switches(request: HttpRequest, start: Start) -> list[tuple[Switch, str]]:
    """Return the open edges of a policy, each with the reading that stands."""
    chosen = _switches(request, start)
    switches = start.template.switches if start.template is not None else ()
    return [(one, chosen.get(one.name, one.readings[0].name)) for one in switches]


def _agree(request: HttpRequest, paper: Paper, customer: Customer, editor: Editor, start: Start) -> Contract | None:
    """Store the contract, its first version and its first instance, all or nothing; None when something is refused."""
    actor, terms = actor_of(request), editor.terms
    if terms is None:
        return None
    try:
        with together():
            contract = create_contract(
                actor=actor,
                customer=customer,
                number=paper.said["number"],
                product_name=paper.said["product_name"],
                po_number=paper.said["po_number"],
                payment_days=int(paper.said["payment_days"]),
                account_manager=cast("User", request.user),
            )
            add_contract_version(
                actor=actor,
                contract=contract,
                terms=editor.document,
                active=terms.term,
                agreed_at=clock.now(),
                reason=f"new contract, from {start.words}",
                plan_version=start.plan_version,
            )
            if paper.said["instance"]:
                _register(request, contract, paper.said["instance"], terms.term.start)
    except ValidationError as refused:
        paper.errors |= {name: " ".join(said) for name, said in refused.message_dict.items()}
        return None
    messages.success(request, f"Contract {contract.number} is agreed. Version 1 is in force from {terms.term.start}.")
    return contract


def _register(request: HttpRequest, contract: Contract, name: str, reports_from: date) -> None:
    """Register the first instance. Raises ValidationError at the field of the paper."""
    try:
        register_instance(actor=actor_of(request), contract=contract, name=name, reports_from=reports_from)
    except ValidationError as refused:
        raise ValidationError({"instance": refused.messages}) from refused
