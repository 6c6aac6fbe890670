"""What was agreed: the terms as sentences, the definition in words, the versions."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from ground import clock
from ground.presentation import format
from licenses.models import Contract, ContractVersion
from licenses.portal.page import PortalRequest, chosen_contract, page, zone_of
from licenses.queries import terms_of
from rollcall.period import civil_day
from rollcall.terms.contract import ContractTerms
from rollcall.terms.metrics import said_digest


@dataclass(frozen=True, kw_only=True)
class AgreedVersion:
    """One version of a contract and where it stands on a day: past, in force, to come."""

    version: ContractVersion
    terms: ContractTerms
    today: date

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


@require_safe
def contract(request: PortalRequest) -> HttpResponse:
    """Show what was agreed with the customer."""
    chosen, contracts = chosen_contract(request)
    versions = _versions(chosen) if chosen else []
    newest = versions[0] if versions else None
    in_force = next((version for version in versions if version.stands == "in force"), newest)
    return page(
        request,
        "portal/contract/contract.html",
        section="contract",
        contract=chosen,
        context={"contracts": contracts, "versions": versions, "shown": in_force},
    )


def _versions(chosen: Contract) -> list[AgreedVersion]:
    """Return all versions, the newest first."""
    today = civil_day(clock.now(), zone_of(chosen))
    return [
        AgreedVersion(version=version, terms=terms_of(version), today=today)
        for version in chosen.versions.order_by("-number")
    ]
