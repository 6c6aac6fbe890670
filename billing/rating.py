"""From counts to ratings: the term is rated over its closed periods, and each charge keeps its own part.

Owns: which counts go into a rating, and the stored form of a rating. Does not own: the arithmetic (`rollcall.rating`).
Invariant: the stored usage and the terms of the stored versions give the stored rating again, on any day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from billing.gaps import days_by_rule
from billing.models import BillingPeriod
from billing.returned_credits import returned_in, returned_to
from billing.settled_facts import Standing, current_count, is_too_late, settled_facts
from billing.terms_in_force import TermsInForce, counted_metrics, schedule_document
from billing.true_up_policy import settling_rules
from licenses.models import Contract
from licenses.ranges import period_of
from rollcall.period import Period
from rollcall.rating import ESTIMATED, RATED, Rating, TermUsage, explain, rate_term, users_in
from rollcall.rating.returned_credits import RETURNED
from rollcall.terms.contract import ContractTerms
from rollcall.terms.rules import TrueUpRule
from usage.models import ActiveUserCount
from usage.queries import excused_days

State = BillingPeriod.State


@dataclass(frozen=True, kw_only=True)
class Known:
    """What goes into the rating of one period: quantities by metric, and the days to which the gap rule is applied.

    A quantity is as USAGE.json writes it: the users, or for reported users their daily counts.
    """

    quantities: Mapping[str, Mapping[str, Any]]
    missing_days: int = 0
    # What people decided about days of the period, and what is granted anew in it, as USAGE.json writes them.
    decisions: Sequence[Mapping[str, Any]] = ()
    returned_credits: Sequence[Mapping[str, Any]] = ()


Quantities = dict[Period, Known]


@dataclass(frozen=True, kw_only=True)
class StoredRating:
    """The part of a rating that belongs to one charge, as it is stored: JSON and digest."""

    document: dict[str, Any]
    digest: str


def closed_quantities(
    *, contract: Contract, force: TermsInForce, before: Period, as_proposed: bool = False
) -> Quantities:
    """The counts of the term's periods that were closed before this one, with what was settled since.

    An accepted true-up stands for the count it was accepted with, a waived one for nothing. Where what arrived since
    changed no amount, so that nobody was asked, the newest count stands. `as_proposed` takes what waits for a decision
    as accepted: what later periods come to if everybody says yes.
    """
    term = force.terms.term
    rows = BillingPeriod.objects.filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        state__in=(State.COUNTED, State.DRAFTED, State.INVOICED),
        period__startswith__gte=term.start,
        period__endswith__lte=before.start,
    )
    settled = settled_facts(contract=contract, as_proposed=as_proposed)
    standing: dict[Period, list[Standing]] = {}
    for row in rows:
        terms = force.terms_on(row.span.start)
        if not row.is_in_advance and terms.period_of(row.span.start) == row.span:
            standing.setdefault(row.span, []).append(settled.of(row))
    known = {span: _known(span, rows_of, force.terms_on(span.start)) for span, rows_of in standing.items()}
    rules = settling_rules(contract=contract)
    for span, rows_of in standing.items():
        if all(one.may_be_newer for one in rows_of):
            known[span] = _newest(contract, force, rules.on(span.start), span, rows_of[0].row, known[span])
    complete = sorted(period for period, facts in known.items() if _complete(facts.quantities, period, force))
    return {
        period: known[period] if _can_be_rated(period, complete, force) else replace(known[period], missing_days=0)
        for period in complete
    }


def _known(span: Period, rows: Sequence[Standing], terms: ContractTerms) -> Known:
    """Put together what the charges of a period were settled with: of each metric, what was settled last.

    Of what was settled together, a charge speaks for its own metric.
    """
    last = max(one.rank for one in rows)
    quantities: dict[str, tuple[tuple[int, bool], Mapping[str, Any]]] = {}
    for one in rows:
        charge = terms.charges.get(one.row.charge_key)
        for name, quantity in _quantities_in(one.usage, span).items():
            place = (one.rank, charge is not None and charge.metric == name)
            if name in terms.metrics and (name not in quantities or place >= quantities[name][0]):
                quantities[name] = (place, quantity)
    newest = [one.usage for one in rows if one.rank == last]
    return Known(
        quantities={name: quantity for name, (_, quantity) in quantities.items()},
        missing_days=max(missing_days_in(usage, span) for usage in newest),
        decisions=decisions_in(newest[-1], span),
        returned_credits=returned_in(newest[-1], span),
    )


def _newest(
    contract: Contract, force: TermsInForce, rule: TrueUpRule, span: Period, row: BillingPeriod, known: Known
) -> Known:
    """Return what is known of a billed period by its newest counts, which changed no amount."""
    terms = force.terms_on(span.start)
    newer = {}
    for name in counted_metrics(terms) & set(known.quantities):
        digest = terms.metrics[name].digest()
        count = current_count(contract=contract, metric_digest=digest, period=span, zone=terms.timezone)
        if count is None or is_too_late(rule=rule, count=count, period=span):
            continue
        if quantity_of(count) != known.quantities[name]:
            newer[name] = count
    if not newer:
        return known
    missing = known.missing_days
    if missing:
        missing = min(missing, days_by_rule(contract=contract, force=force, period=span, released=row.released_codes))
    counted = known_from(newer, missing)
    return replace(
        counted,
        quantities={**known.quantities, **counted.quantities},
        returned_credits=known.returned_credits,
    )


def earlier_users(*, contract: Contract, force: TermsInForce, period: Period) -> bool:
    """Return whether there is an earlier period by which the contract's gap rule can estimate missing days."""
    return _has_prior(period, closed_quantities(contract=contract, force=force, before=period), force)


def _can_be_rated(period: Period, closed: Sequence[Period], force: TermsInForce) -> bool:
    """Whether these terms can apply their gap rule to a closed period; an amendment may have changed the rule since."""
    rule = force.terms.gap_rule
    return rule.applied == "zero" or (rule.estimates and _has_prior(period, closed, force))


def _has_prior(period: Period, closed: Iterable[Period], force: TermsInForce) -> bool:
    if force.terms.gap_rule.applied == "prior_period":
        return any(known.end == period.start for known in closed)
    return any(known < period for known in closed)


def missing_days_in(usage: Mapping[str, Any] | None, period: Period) -> int:
    """Return to how many days of a period a stored USAGE.json applies the gap rule."""
    for entry in (usage or {}).get("periods", []):
        if entry["start"] == period.start.isoformat():
            return int(entry.get("missing_days", 0))
    return 0


def _quantities_in(usage: Mapping[str, Any] | None, period: Period) -> Mapping[str, Mapping[str, Any]]:
    """Return the quantities of a period in a stored USAGE.json."""
    for entry in (usage or {}).get("periods", []):
        if entry["start"] == period.start.isoformat():
            return dict(entry.get("quantities", {}))
    return {}


def decisions_in(usage: Mapping[str, Any] | None, period: Period) -> list[Mapping[str, Any]]:
    """Return what a stored USAGE.json holds of decisions about days of a period."""
    return [
        decision
        for decision in (usage or {}).get("decisions", [])
        if any(period.contains(date.fromisoformat(day)) for day in decision["excused_days"])
    ]


def usage_document(quantities: Mapping[Period, Known]) -> dict[str, Any]:
    """Write quantities as USAGE.json."""
    in_order = [known for _, known in sorted(quantities.items())]
    decisions = [dict(decision) for known in in_order for decision in known.decisions]
    returned = [dict(credit) for known in in_order for credit in known.returned_credits]
    return {
        "periods": [
            {
                "start": period.start.isoformat(),
                "end": period.end.isoformat(),
                "quantities": {name: dict(quantity) for name, quantity in sorted(known.quantities.items())},
            }
            | ({"missing_days": known.missing_days} if known.missing_days else {})
            for period, known in sorted(quantities.items())
        ],
        **({"decisions": decisions} if decisions else {}),
        **({RETURNED: returned} if returned else {}),
    }


def rate_document(*, force: TermsInForce, usage: Mapping[str, Any], period: Period, charge_key: str) -> StoredRating:
    """Rate the term with the usage given and return what it says of one charge in one period. Pure.

    Every version of the term rates its own periods. The document names them under "schedule" where there are several.
    """
    first, *later = force.all_terms
    rated = rate_term(terms=first.terms, usage=TermUsage.from_json(usage), amendments=later, name=first.name)
    return _part(rated.of(period), charge_key, force)


def rate_periods(
    *,
    contract: Contract,
    rows: Sequence[BillingPeriod],
    force: TermsInForce,
    counts: Mapping[str, ActiveUserCount],
    missing_days: int,
) -> bool:
    """Put count, version, usage and rating on locked period rows, not saved yet; return whether anything changed.

    The rows are of one period, and none of them is billed in advance. `missing_days` are those to which the gap rule
    is applied.
    """
    period = rows[0].span
    quantities = closed_quantities(contract=contract, force=force, before=period)
    returned = returned_to(contract=contract, force=force, usage=usage_document(quantities), period=period)
    quantities[period] = replace(known_from(counts, missing_days), returned_credits=returned)
    usage = usage_document(quantities)
    # All of them first: where one cannot be rated, no row has changed.
    rated = [rate_document(force=force, usage=usage, period=period, charge_key=row.charge_key) for row in rows]
    named = [force.metric_of(row.charge_key) for row in rows]
    changed = [
        _put(row, force, usage, counts[name] if name is not None else None, document)
        for row, name, document in zip(rows, named, rated, strict=True)
    ]
    return any(changed)


def rate_in_advance(*, contract: Contract, row: BillingPeriod, force: TermsInForce) -> bool:
    """Put version, usage and rating on a row that is due before anything of its period is known; not saved yet.

    What is billed in advance depends on the terms alone, so that the periods of the term are its whole usage.
    """
    usage = advance_usage(contract=contract, force=force, period=row.span)
    rated = rate_document(force=force, usage=usage, period=row.span, charge_key=row.charge_key)
    return _put(row, force, usage, None, rated)


def advance_usage(*, contract: Contract, force: TermsInForce, period: Period) -> dict[str, Any]:
    """Return the USAGE.json that rates what is billed in advance, up to a period."""
    rows = BillingPeriod.objects.filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        is_in_advance=True,
        period__startswith__gte=force.terms.term.start,
        period__endswith__lte=period.end,
    )
    spans = sorted({row.span for row in rows.only("period")} | {period})
    return {
        "periods": [
            {"start": span.start.isoformat(), "end": span.end.isoformat(), "billed": "in_advance"} for span in spans
        ]
    }


def _put(
    row: BillingPeriod,
    force: TermsInForce,
    usage: dict[str, Any],
    count: ActiveUserCount | None,
    rated: StoredRating,
) -> bool:
    """Put on a row what it was rated from and to; return whether that is new."""
    known = (row.count_id, row.contract_version_id, row.rating, row.rated_usage)
    count_id = None if count is None else count.pk
    row.count, row.contract_version = count, force.version
    row.rated_usage, row.rating, row.rating_digest = usage, rated.document, rated.digest
    return known != (count_id, force.version.pk, rated.document, usage)


def known_from(counts: Mapping[str, ActiveUserCount], missing_days: int) -> Known:
    """Return what goes into a rating from the counts of a period."""
    decisions = [
        decision
        for name, count in sorted(counts.items())
        if count.has_days
        for decision in excused_days(contract=count.contract, period=period_of(count.period), metric_name=name)
    ]
    return Known(
        quantities={name: quantity_of(count) for name, count in counts.items()},
        missing_days=missing_days,
        decisions=decisions,
    )


def quantity_of(count: ActiveUserCount) -> dict[str, Any]:
    """Return what a count is in USAGE.json: its users, a quantity, or the days from which one is made."""
    return count.given()


def estimated_users(rating: Mapping[str, Any]) -> int:
    """Return how many users of a stored rating were billed by an estimate."""
    return users_in(rating, ESTIMATED)


def rated_users(rating: Mapping[str, Any]) -> int:
    """Return how many users of a stored rating were priced or included, before estimates and limits.

    Of reported users this may be fewer than what was reported: the contract may read a missing day as zero.
    """
    return users_in(rating, RATED)


def read_rating(document: Mapping[str, Any]) -> Rating:
    """Read a stored rating again."""
    return Rating.from_json(document, currency=document["currency"])


def _part(rating: Rating, charge_key: str, force: TermsInForce) -> StoredRating:
    own = rating.of_charge(charge_key)
    document = {"currency": own.currency, **own.to_json(), "working": explain(own)}
    schedule = schedule_document(force)
    return StoredRating(document=document | ({"schedule": schedule} if schedule else {}), digest=own.digest())


def _complete(metrics: Mapping[str, Any], period: Period, force: TermsInForce) -> bool:
    """Whether every charge of the terms then has its count: a period that is partly held is not rated yet."""
    return counted_metrics(force.terms_on(period.start)) <= set(metrics)
