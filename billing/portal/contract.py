"""What was agreed: the terms as sentences, the definition in words, the versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from billing.cost_curves import DrawnCurve, curve_of
from billing.queries.coming_true_ups import coming_of
from billing.queries.definitions import DefinitionCard, definition_cards
from ground import clock
from ground.presentation import format
from licenses.models import Contract, ContractVersion, User
from licenses.operations.accept_definition import CasesChanged, accept_definition
from licenses.portal.page import PortalRequest, chosen_contract, page, zone_of
from licenses.queries import provisioned_at, terms_of
from rollcall.period import civil_day
from rollcall.terms.contract import ContractTerms
from rollcall.terms.metrics import said_digest
from rollcall.terms.sentence_diff import ChangedSentence, changed_sentences

COMING_SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class AgreedVersion:
    """One version of a contract and where it stands on a day: past, in force, to come."""

    version: ContractVersion
    terms: ContractTerms
    today: date
    changes: Sequence[ChangedSentence] = ()

    @property
    def stands(self) -> str:
        days = self.version.active
        if days.lower > self.today:
            return "to come"
        return "past" if days.upper is not None and days.upper <= self.today else "in force"

    @property
    def number_text(self) -> str:
        return str(self.version.number)

    @property
    def days(self) -> str:
        """The days in force as a person says them; an open end is "since"."""
        active = self.version.active
        return format.period(active) if active.upper else f"since {format.day(active.lower)}"

    @property
    def definitions(self) -> list[tuple[str, str, str]]:
        """The name, the words and the digest of each definition of an active user, or of how reported users count."""
        return [(name, metric.words(), said_digest(metric)) for name, metric in self.terms.metrics.items()]


@require_http_methods(["GET", "HEAD", "POST"])
def contract(request: PortalRequest) -> HttpResponse:
    """Show what was agreed with the customer; keep its word on a definition that it accepts."""
    if request.method == "POST":
        return _accept(request)
    chosen, contracts = chosen_contract(request)
    versions = _versions(chosen) if chosen else []
    newest = versions[0] if versions else None
    in_force = next((version for version in versions if version.stands == "in force"), newest)
    return page(
        request,
        "portal/contract/contract.html",
        section="contract",
        contract=chosen,
        context={
            "contracts": contracts,
            "versions": versions,
            "shown": in_force,
            "drawn": _curve(chosen, in_force) if chosen and in_force else None,
            "cards": _cards(versions, in_force),
            "coming": coming_of(actor=request.actor, contract=chosen, today=in_force.today)[:COMING_SHOWN]
            if chosen and in_force
            else [],
        },
    )


@dataclass(frozen=True, kw_only=True)
class ShownCard:
    """A definition with its cases, and the version that has it."""

    agreed: AgreedVersion
    card: DefinitionCard


def _cards(versions: Sequence[AgreedVersion], in_force: AgreedVersion | None) -> list[ShownCard]:
    """Return the definitions in force, and those to come that say something else: they, too, wait for a word."""
    shown: dict[str, ShownCard] = {}
    to_come = [one for one in reversed(versions) if one.stands == "to come" and one is not in_force]
    for agreed in [*([in_force] if in_force else []), *to_come]:
        for card in definition_cards(version=agreed.version):
            shown.setdefault(f"{card.metric_name} {card.digest}", ShownCard(agreed=agreed, card=card))
    return list(shown.values())


def _curve(chosen: Contract, shown: AgreedVersion) -> DrawnCurve | None:
    """Return what the terms cost by users, against every account that is known to exist."""
    known = provisioned_at(contract=chosen, day=shown.today)
    return curve_of(terms=shown.terms, accounts=known.users if known is not None else None)


def _accept(request: PortalRequest) -> HttpResponse:
    """Keep the customer's word that this is whom the contract counts."""
    chosen, _ = chosen_contract(request)
    address = reverse("billing:contract")
    version = chosen.versions.filter(number=_number(request.POST.get("version", ""))).first() if chosen else None
    cards = {card.metric_name: card for card in definition_cards(version=version)} if version else {}
    card = cards.get(request.POST.get("metric", ""))
    if chosen is None or version is None or card is None:
        messages.error(request, "There is no such definition to accept; read the one below.")
        return redirect(address)
    address = f"{address}?contract={chosen.public_id}"
    if request.POST.get("read") != "on":
        messages.error(request, "Say that you have read the cases and may accept them, then accept.")
        return redirect(address)
    try:
        accept_definition(
            actor=request.actor,
            user=cast("User", request.user),
            version=version,
            metric_name=card.metric_name,
            definition_digest=card.digest,
            cases=[case.to_json() for case in card.cases],
            seen_digest=request.POST.get("cases", ""),
            now=clock.now(),
        )
    except CasesChanged as changed:
        messages.warning(request, str(changed))
    else:
        messages.success(request, "Accepted. Both sides can show what was accepted, by whom and when.")
    return redirect(address)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _versions(chosen: Contract) -> list[AgreedVersion]:
    """Return all versions, the newest first."""
    today, found = civil_day(clock.now(), zone_of(chosen)), list[AgreedVersion]()
    for version in chosen.versions.order_by("number"):
        terms = terms_of(version)
        changes = changed_sentences(before=found[-1].terms, after=terms) if found else []
        found.append(AgreedVersion(version=version, terms=terms, today=today, changes=changes))
    return found[::-1]
