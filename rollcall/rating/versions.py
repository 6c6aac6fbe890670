"""Which terms rule a period: the versions of a contract in order of time, their phases, and changes inside a cycle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

from rollcall.period import Period
from rollcall.rating.seats_in_force import seats_in_force
from rollcall.terms.calculations import day_in_words
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.limits import Limits
from rollcall.terms.proration import part_of
from rollcall.terms.seats import SeatsMetric

WHOLE = Fraction(1)

# Terms in order of time, each with the first day that is rated by it.
History = tuple[tuple[date, ContractTerms], ...]

# Between the name of a version and the first day of one of its phases.
_PHASE = ", phase from "


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """Terms that are in force from a day on, until the next ones. `name` is how lines name them: "version 2"."""

    start: date
    terms: ContractTerms
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """Terms by which a period is rated: the days for which they stand, and the weight of these days."""

    span: Period
    terms: ContractTerms
    name: str
    weight: Fraction = WHOLE
    # These terms, and before them those that came first, each with the first day that is rated by it.
    history: History = field(default=(), compare=False)

    def since(self, is_stated: Callable[[ContractTerms], bool]) -> date:
        """Return the first day that is rated under a clause of these terms which has stood without a break since."""
        found = self.span.start
        for day, terms in reversed(self.history):
            if not is_stated(terms):
                break
            found = day
        return found

    @property
    def version_name(self) -> str:
        """The name of the version, of which these terms may be a phase."""
        return self.name.partition(_PHASE)[0]

    def to_json(self) -> dict[str, str]:
        """Return it as a rating writes it beside its lines."""
        written = {"start": self.span.start.isoformat(), "end": self.span.end.isoformat(), "name": self.name}
        return {
            **written,
            "digest": self.terms.digest(),
            "weight": f"{self.weight.numerator}/{self.weight.denominator}",
        }


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The terms by which one period is rated, in order of time. `main` are those of its first day.

    The seats of `main` are those of every day by the version that is in force on it: their days are in the terms.
    """

    period: Period
    main: ContractTerms
    in_force: tuple[InForce, ...]
    first_name: str

    @property
    def has_change(self) -> bool:
        """Whether the period is not simply rated by the terms of its first day."""
        return len(self.in_force) > 1 or self.in_force[0].name != self.first_name

    def billed_terms(self, *, is_in_advance: bool) -> ContractTerms:
        """Return the terms of the first day with the charges of all versions, to know what has to be counted."""
        charges = {key: charge for one in reversed(self.in_force) for key, charge in one.terms.charges.items()}
        if is_in_advance:
            charges = {key: charge for key, charge in charges.items() if charge.bill == "in_advance"}
            return replace(self.main, charges=charges, limits=Limits())
        return replace(self.main, charges=charges) if self.has_change else self.main


def schedule_of(
    *, terms: ContractTerms, amendments: Sequence[Amendment] = (), name: str = "version 1"
) -> tuple[Amendment, ...]:
    """Return all terms of a term in order of time, each phase of a version as terms of its own.

    Raises TermsRefused for amendments that are not in order of time, or in another currency.
    """
    versions = (Amendment(start=terms.term.start, terms=terms, name=name), *amendments)
    for earlier, later in pairwise(versions):
        if later.start <= earlier.start:
            raise TermsRefused("amendments", f"{later.name} of {later.start} must begin after {earlier.start}.")
        crossing = crossing_currencies(earlier.terms, later.terms)
        if crossing:
            raise TermsRefused("amendments", f"{later.name} of {later.start} changes the currency: {crossing}")
    found: list[Amendment] = []
    for number, version in enumerate(versions):
        ends = versions[number + 1].start if number + 1 < len(versions) else date.max
        found += [phase for phase in _phases_of(version) if phase.start < ends]
    return tuple(found)


def rules_of(schedule: Sequence[Amendment], period: Period) -> Rules:
    """Return the terms by which a period is rated: `mid_cycle` of the terms on its first day decides on later ones.

    Raises TermsRefused where what is counted, or on which days, would change inside the period.
    """
    begun = [version for version in schedule if version.start <= period.start] or list(schedule[:1])
    first = begun[-1]
    changes = [version for version in schedule if period.start < version.start < period.end]
    rule = first.terms.mid_cycle
    if not changes or rule == "next_cycle":
        in_force = [InForce(span=period, terms=first.terms, name=first.name)]
    elif rule == "whole_cycle":
        _refuse_counted_otherwise(first, changes[-1], period)
        in_force = [InForce(span=period, terms=changes[-1].terms, name=changes[-1].name)]
    else:
        in_force = _by_days(first, changes, period)
    dated = [(version.start, version.terms) for version in (*begun, *changes)]
    main = seats_in_force(terms=_with_seats_of(in_force, first.terms), dated=dated, period=period)
    by_name = {version.name: number for number, version in enumerate(schedule)}
    told = tuple(replace(one, history=_history(schedule[: by_name[one.name] + 1])) for one in in_force)
    return Rules(period=period, main=main, in_force=told, first_name=first.name)


def rules_of_versions(versions: Sequence[Amendment], period: Period) -> Rules:
    """Return the terms by which a period is rated under all versions of a term, the first among them.

    Raises TermsRefused.
    """
    first, *later = versions
    return rules_of(schedule_of(terms=first.terms, amendments=later, name=first.name), period)


def _history(schedule: Sequence[Amendment]) -> History:
    """Return terms with the first day that is rated by each; of those that would begin to rate on one day, the last."""
    found: dict[date, ContractTerms] = {}
    for number, version in enumerate(schedule):
        found[_rates_from(schedule[:number], version.start)] = version.terms
    return tuple(found.items())


def _rates_from(before: Sequence[Amendment], day: date) -> date:
    """Return the first day that is rated by terms of a day: those of the first day of its period decide on it."""
    for version in reversed(before):
        period = version.terms.period_of(day)
        if period is None or version.start <= period.start:
            return version.terms.rules_from(day)
    return before[0].terms.rules_from(day) if before else day


def _with_seats_of(in_force: Sequence[InForce], terms: ContractTerms) -> ContractTerms:
    """Return terms with the metrics of seats by which the period is rated, also those that only a later version has."""
    seats = {
        name: metric
        for one in reversed(in_force)
        for name, metric in one.terms.metrics.items()
        if isinstance(metric, SeatsMetric)
    }
    return replace(terms, metrics={**terms.metrics, **seats}) if seats else terms


def _by_days(first: Amendment, changes: list[Amendment], period: Period) -> list[InForce]:
    in_force = []
    starts = [period.start, *(change.start for change in changes), period.end]
    for version, (start, end) in zip((first, *changes), pairwise(starts), strict=True):
        _refuse_counted_otherwise(first, version, period)
        span = Period(start, end)
        terms = first.terms
        weight = part_of(period=span, whole=period, day_count=terms.day_count, timezone=terms.timezone)
        in_force.append(InForce(span=span, terms=version.terms, name=version.name, weight=weight))
    return in_force


def _phases_of(version: Amendment) -> list[Amendment]:
    """Return a version without phases, and each of its phases; phases before its first day have happened."""
    found = [replace(version, terms=version.terms.in_order[0])]
    for phase, terms in zip(version.terms.phases, version.terms.in_order[1:], strict=True):
        if phase.start <= version.start:
            found = [replace(version, terms=terms)]
        else:
            name = f"{version.name}{_PHASE}{day_in_words(phase.start)}"
            found.append(Amendment(start=phase.start, terms=terms, name=name))
    return found


def _refuse_counted_otherwise(first: Amendment, later: Amendment, period: Period) -> None:
    if counted_alike(first.terms, later.terms):
        return
    raise TermsRefused(
        f"periods[{period}]",
        f"{later.name} begins on {day_in_words(later.start)}, inside {period.words()}, and changes who is counted or "
        "when. Definition, metrics, time zone and billing cycle change on the first day of a cycle only.",
    )


def crossing_currencies(before: ContractTerms, after: ContractTerms) -> str:
    """Say why terms in one currency cannot follow those in another within a term; nothing where they are in one."""
    if before.currency == after.currency:
        return ""
    return (
        f"the terms before are in {before.currency} and these in {after.currency}, and no sum crosses currencies. "
        "Agree on another currency in a contract, or for a term, of its own."
    )


def counted_alike(before: ContractTerms, after: ContractTerms) -> bool:
    """Whether two terms count the same on the same days, so that a period may be rated by both.

    Seats are bought on days of their own, and may change on any; where a change is rated by days, how they become a
    quantity may not.
    """
    return (
        _digests(before) == _digests(after)
        and (before.mid_cycle != "by_days" or _shapes(before) == _shapes(after))
        and before.timezone == after.timezone
        and before.cycle == after.cycle
        and before.currency == after.currency
        and before.day_count == after.day_count
    )


def _digests(terms: ContractTerms) -> dict[str, str]:
    return {name: metric.digest() for name, metric in terms.metrics.items() if not isinstance(metric, SeatsMetric)}


def _shapes(terms: ContractTerms) -> dict[str, object]:
    return {
        name: (metric.calculation, metric.over_periods)
        for name, metric in terms.metrics.items()
        if isinstance(metric, SeatsMetric)
    }
