"""Which version of a contract rules a period, and its terms as the engine's values."""

from collections.abc import Iterator
from dataclasses import dataclass

from licenses.models import Contract, ContractVersion
from licenses.queries import terms_of, version_at
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms


@dataclass(frozen=True, kw_only=True)
class TermsInForce:
    """One version and what it means. A whole period is billed under exactly one of these."""

    version: ContractVersion
    terms: ContractTerms

    def metric_of(self, charge_key: str) -> str:
        """The name of the metric that a charge bills."""
        return self.terms.charges[charge_key].metric


def versions_of(contract: Contract) -> Iterator[TermsInForce]:
    """Yield the versions of a contract from the first to the last."""
    for version in ContractVersion.objects.filter(contract=contract).order_by("number"):
        yield TermsInForce(version=version, terms=terms_of(version))


def terms_in_force(*, contract: Contract, period: Period) -> TermsInForce:
    """Return the version that is active on the first day of the period.

    An amendment that begins inside a cycle counts from the next one (`mid_cycle` "next_cycle"); the engine refuses
    terms that ask for another rule. Raises licenses.queries.NothingAgreed.
    """
    version = version_at(contract=contract, day=period.start)
    return TermsInForce(version=version, terms=terms_of(version))
