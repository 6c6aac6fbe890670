"""One contract: what was agreed, what it costs, its versions and how they differ."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from billing.cost_curves import curve_of
from billing.queries.before_bill import before_bill_of
from billing.queries.coming_true_ups import coming_of
from billing.queries.definitions import DefinitionCard, definition_cards, definitions_in
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from licenses.models import Contract, ContractVersion
from licenses.queries import acceptances_of, billing_contacts_of, contracts_for, provisioned_at, terms_of
from rollcall.period import civil_day
from rollcall.terms.contract import ContractTerms
from rollcall.terms.sentence_diff import ChangedSentence, changed_sentences

COMING_SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """One version, where it stands on a day, and what it changed in words."""

    version: ContractVersion
    terms: ContractTerms
    stands: str
    changes: list[ChangedSentence]
    # Who accepted each of its definitions; a definition that nobody accepted yet has an empty name.
    accepted: dict[str, str]


def contract_or_404(request: HttpRequest, public_id: str) -> Contract:
    """Return the contract with its customer."""
    found = contracts_for(actor_of(request)).filter(public_id=public_id).first()
    if found is None:
        raise Http404("There is no such contract.")
    return found


def agreed_versions(contract: Contract, today: date) -> list[Agreed]:
    """Return the versions of a contract, the newest first, each with what it changed."""
    found: list[Agreed] = []
    words = {(one.metric_name, one.definition_digest): one.accepted_by for one in acceptances_of(contract=contract)}
    before: ContractTerms | None = None
    for version in contract.versions.select_related("plan_version__plan").order_by("number"):
        terms = terms_of(version)
        changes = changed_sentences(before=before, after=terms) if before is not None else []
        accepted = {name: words.get((name, one.digest()), "") for name, one in definitions_in(terms).items()}
        stands = _stands(version, today)
        found.append(Agreed(version=version, terms=terms, stands=stands, changes=changes, accepted=accepted))
        before = terms
    return list(reversed(found))


def _stands(version: ContractVersion, today: date) -> str:
    if version.active.lower > today:
        return "to come"
    return "past" if version.active.upper <= today else "in force"


def today_of(contract: Contract) -> date:
    """Return the civil day of now in the zone of the contract's newest version."""
    newest = contract.versions.order_by("number").last()
    return civil_day(clock.now(), str(newest.terms["timezone"])) if newest else clock.today("UTC")


def accounts_of(contract: Contract) -> int | None:
    """Return how many accounts are said to exist, for the comparison with per-seat pricing."""
    known = provisioned_at(contract=contract, day=today_of(contract))
    return known.users if known is not None else None


@require_GET
def contract_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show one contract."""
    contract = contract_or_404(request, public_id)
    today = today_of(contract)
    versions = agreed_versions(contract, today)
    shown = next((one for one in versions if one.stands == "in force"), versions[0] if versions else None)
    cards: list[DefinitionCard] = definition_cards(version=shown.version) if shown else []
    context: dict[str, Any] = {
        "contract": contract,
        "versions": versions,
        "shown": shown,
        "drawn": curve_of(terms=shown.terms, accounts=accounts_of(contract)) if shown else None,
        "cards": cards,
        "coming": coming_of(actor=actor_of(request), contract=contract, today=today)[:COMING_SHOWN],
        "contacts": billing_contacts_of(contract=contract),
        "before_bill": before_bill_of(actor=actor_of(request), contract=contract, now=clock.now(), today=today),
        "instances": list(contract.instances.order_by("name")),
    }
    title = f"Contract {contract.number}, {contract.customer.name}"
    return desk_page(request, "desk/contract/contract.html", context, title=title)
