"""The frame of a portal page, and the contract that a page is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ground import clock
from ground.actor import Actor
from licenses.models import Contract, Customer
from licenses.queries import NothingAgreed, contracts_for, customers_for, zone_at
from rollcall import __version__


class PortalRequest(HttpRequest):
    """A request behind the portal's wall."""

    actor: Actor
    customer_id: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """One entry of the main navigation."""

    section: str
    words: str
    url_name: str


@dataclass(frozen=True, kw_only=True)
class Crumb:
    """One step from the first page to this one; the last has no address."""

    words: str
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Chrome:
    """What stands around every portal page."""

    customer: Customer
    section: str
    zone: str
    has_other_customers: bool
    version: str = __version__

    @property
    def vendor_name(self) -> str:
        return self.customer.legal_entity.name

    @property
    def navigation(self) -> tuple[Place, ...]:
        return NAVIGATION

    @property
    def section_name(self) -> str:
        return next(place.words for place in NAVIGATION if place.section == self.section)


NAVIGATION = (
    Place(section="home", words="Home", url_name="billing:home"),
    Place(section="usage", words="Usage", url_name="usage:reports"),
    Place(section="counted", words="Who was counted", url_name="billing:counted"),
    Place(section="invoices", words="Invoices", url_name="billing:invoices"),
    Place(section="contract", words="Contract", url_name="billing:contract"),
    Place(section="instances", words="Instances", url_name="billing:instances"),
)


def page(
    request: PortalRequest,
    template: str,
    *,
    section: str,
    context: Mapping[str, Any],
    contract: Contract | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return a page in its frame. `section` marks the navigation; `contract` gives the zone named in the footer."""
    chrome = Chrome(
        customer=customers_for(request.actor).get(pk=request.customer_id),
        section=section,
        zone=zone_of(contract) if contract else "",
        has_other_customers=len(request.actor.customer_ids) > 1,
    )
    return render(request, template, {**context, "chrome": chrome, "contract": contract}, status=status)


def chosen_contract(request: PortalRequest) -> tuple[Contract | None, list[Contract]]:
    """Return the contract that the page is about, and all it could be about; None for a customer without contracts.

    The query's `contract` names it by its public id; without one it is the first by number. Raises Http404.
    """
    contracts = list(contracts_for(request.actor).order_by("number"))
    wanted = request.GET.get("contract")
    if not wanted:
        return (contracts[0] if contracts else None), contracts
    for contract in contracts:
        if contract.public_id == wanted:
            return contract, contracts
    raise Http404("This contract does not exist.")


def zone_of(contract: Contract) -> str:
    """Return the zone in which the contract's days begin today; UTC while nothing is agreed."""
    try:
        return zone_at(contract=contract, day=clock.now().date())
    except NothingAgreed:
        return "UTC"
