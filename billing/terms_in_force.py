"""Which versions of a contract rule a period, and their terms as the engine's values.

Owns: the schedule of a term, which is every version with the same first day of the term that had begun by the end of
the period; its stored form beside a rating. Does not own: what a change inside a cycle does (`rollcall.rating`).
Invariant: the stored schedule names versions by number, and versions never change, so a rating can be repeated.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from licenses.models import Contract, ContractVersion
from licenses.queries import NothingAgreed, terms_of, version_at
from rollcall.period import Period
from rollcall.rating.versions import Amendment, Rules, rules_of_versions
from rollcall.terms.charges import CONTRACT
from rollcall.terms.contract import ContractTerms
from rollcall.terms.seats import SeatsMetric

_NAMED = "version "


@dataclass(frozen=True, kw_only=True)
class TermsInForce:
    """The version on the first day of a period and what it means, and the versions of the term up to its end.

    `schedule` is empty where these terms alone are looked at, as when a person tries them.
    """

    version: ContractVersion
    terms: ContractTerms
    schedule: tuple[Amendment, ...] = ()
    period: Period | None = None

    @property
    def all_terms(self) -> tuple[Amendment, ...]:
        """The versions of the term in order of time; one where these terms stand alone."""
        alone = Amendment(start=self.terms.term.start, terms=self.terms, name=name_of(self.version.number))
        return self.schedule or (alone,)

    @cached_property
    def rules(self) -> Rules | None:
        """The terms by which the period is rated; None where no period was asked for."""
        if self.period is None:
            return None
        return rules_of_versions(self.all_terms, self.period)

    @cached_property
    def billed_terms(self) -> ContractTerms:
        """The terms with the charges of every version that counts in the period: what has to be counted for it."""
        return self.terms if self.rules is None else self.rules.billed_terms(is_in_advance=False)

    @property
    def billed_keys(self) -> tuple[str, ...]:
        """The keys under which the period has rows: all its charges, and "contract" where any version has limits."""
        with_limits = [self.terms] if self.rules is None else [one.terms for one in self.rules.in_force]
        of_contract = any(terms.limits.is_stated for terms in with_limits)
        return (*self.billed_terms.charges, *((CONTRACT,) if of_contract else ()))

    def metric_of(self, charge_key: str) -> str | None:
        """The name of the metric whose count a charge bills; None for fixed amounts, seats and the whole contract."""
        charge = self.billed_terms.charges.get(charge_key)
        return charge.metric if charge is not None and charge.metric in counted_metrics(self.billed_terms) else None

    def is_in_advance(self, charge_key: str) -> bool:
        """Whether a charge is due on the first day of the period."""
        charge = self.billed_terms.charges.get(charge_key)
        return charge is not None and charge.bill == "in_advance"

    def terms_on(self, day: date) -> ContractTerms:
        """Return the terms of the version that had begun by a day."""
        begun = [one for one in self.all_terms if one.start <= day]
        return (begun or list(self.all_terms[:1]))[-1].terms


def counted_metrics(terms: ContractTerms) -> frozenset[str]:
    """Return the metrics of which a period needs a count: all that are billed but seats, which the terms know."""
    return frozenset(name for name in terms.billed_metrics if not isinstance(terms.metrics[name], SeatsMetric))


def name_of(number: int) -> str:
    """Return how lines name a version."""
    return f"{_NAMED}{number}"


def number_of(name: str) -> int:
    """Return the number of the version that lines name so."""
    return int(name.removeprefix(_NAMED))


def versions_of(contract: Contract) -> Iterator[TermsInForce]:
    """Yield the versions of a contract from the first to the last, each alone."""
    for version in ContractVersion.objects.filter(contract=contract).order_by("number"):
        yield TermsInForce(version=version, terms=terms_of(version))


def terms_in_force(*, contract: Contract, period: Period) -> TermsInForce:
    """Return the version that is active on the first day of the period, and the others of its term.

    What an amendment that begins inside the period does is a term (`mid_cycle`). Raises licenses.queries.NothingAgreed.
    """
    versions = list(versions_of(contract))
    active = next((one.version for one in versions if period.start in one.version.active), None)
    # Where none is active, asking for it says so.
    version = active or version_at(contract=contract, day=period.start)
    return force_of(version=version, versions=versions, period=period)


def force_of(*, version: ContractVersion, versions: Sequence[TermsInForce], period: Period) -> TermsInForce:
    """Return a version with those of its term among all versions of the contract that begin before the period ends."""
    own = next(one for one in versions if one.version.pk == version.pk)
    schedule = [
        Amendment(start=one.version.active.lower, terms=one.terms, name=name_of(one.version.number))
        for one in versions
        if one.terms.term.start == own.terms.term.start and one.version.active.lower < period.end
    ]
    return TermsInForce(version=own.version, terms=own.terms, schedule=tuple(schedule), period=period)


def schedule_document(force: TermsInForce) -> list[dict[str, str]]:
    """Return the schedule as it is stored beside a rating; empty where the term has one version."""
    if len(force.schedule) < 2:
        return []
    return [{"from": one.start.isoformat(), "name": one.name, "digest": one.terms.digest()} for one in force.schedule]


def stored_force(
    *, contract: Contract, version: ContractVersion, rating: Mapping[str, Any], period: Period
) -> TermsInForce:
    """Return the versions by which a stored rating was made, to rate its period again by the same ones.

    Raises NothingAgreed where a version that it names is not there.
    """
    stored = rating.get("schedule", [])
    alone = TermsInForce(version=version, terms=terms_of(version), period=period)
    if not stored:
        return alone
    by_name = {name_of(one.version.number): one for one in versions_of(contract)}
    lacking = [entry["name"] for entry in stored if entry["name"] not in by_name]
    if lacking:
        raise NothingAgreed(f"Contract {contract.number} has no {lacking[0]}, by which {period.words()} was rated.")
    schedule = tuple(
        Amendment(start=date.fromisoformat(entry["from"]), terms=by_name[entry["name"]].terms, name=entry["name"])
        for entry in stored
    )
    return TermsInForce(version=version, terms=alone.terms, schedule=schedule, period=period)
