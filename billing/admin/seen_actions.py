"""The actions that a contract's reports hold: the people of each, which count, and a definition picked from them."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods

from billing.admin.contract import contract_or_404, today_of
from billing.admin.newest import newest_or_say
from billing.queries.definitions import cases_of, definitions_in
from ground.desk import desk_page
from licenses.models import Contract
from licenses.queries import terms_of
from rollcall.counting.seen_actions import SeenAction
from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition, DefinitionRefused
from rollcall.terms.contract import ContractTerms
from usage.queries.actions import ActionsUnknown, actions_seen


@require_http_methods(["GET", "POST"])
def actions_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the actions of the last period that has reports; try a definition that is picked from them."""
    contract = contract_or_404(request, public_id)
    given = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {"contract": contract, "period": None, "look": request.path, "actions": []}
    newest = newest_or_say(request, contract)
    if newest is None:
        return desk_page(request, "desk/contract/actions.html", context, title="Actions")
    terms = terms_of(newest)
    definitions = definitions_in(terms)
    metric = given.get("metric", "")
    name = metric if metric in definitions else next(iter(definitions), "")
    definition = definitions.get(name)
    period, seen = _last_seen(request, contract, terms)
    refused = ""
    if request.method == "POST" and definition is not None:
        try:
            definition = _picked(definition, request.POST.getlist("action"))
        except DefinitionRefused as said:
            refused = str(said)
    context |= {
        "metric": name,
        "metrics": list(definitions),
        "definition": definition,
        "refused": refused,
        "is_tried": request.method == "POST",
        "period": period,
        "actions": [(one, definition.counts_action(one.action) if definition else False) for one in seen],
        "cases": cases_of(terms, definition) if definition else (),
    }
    return desk_page(request, "desk/contract/actions.html", context, title=f"Actions, {contract.number}")


def _picked(definition: ActivityDefinition, actions: list[str]) -> ActivityDefinition:
    return ActivityDefinition.from_json(definition.to_json() | {"actions": actions})


def _last_seen(
    request: HttpRequest, contract: Contract, terms: ContractTerms
) -> tuple[Period | None, list[SeenAction]]:
    """Return the newest period of the term that has evidence, with its actions."""
    today: date = today_of(contract)
    begun = [period for period in terms.periods if period.start <= today]
    for period in reversed(begun[-3:]):
        try:
            seen = actions_seen(contract=contract, period=period, zone=terms.timezone)
        except ActionsUnknown as unknown:
            messages.error(request, str(unknown))
            return None, []
        if seen:
            return period, seen
    return None, []
