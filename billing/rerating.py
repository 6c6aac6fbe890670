"""A billed period rated again by what is known now: the one computation behind a proposal and behind "as known now".

Owns: which counts, days and versions go into a re-rating. Does not own: counting, and what is proposed from it.
Invariant: rating a period again by the facts and decisions it was billed with gives its bill again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from billing.gaps import days_by_rule
from billing.models import BillingPeriod
from billing.rating import (
    StoredRating,
    advance_usage,
    closed_quantities,
    known_from,
    missing_days_in,
    rate_document,
    usage_document,
)
from billing.returned_credits import returned_in
from billing.settled_facts import current_count, standing_true_up
from billing.terms_in_force import TermsInForce, counted_metrics, stored_force
from licenses.models import Contract
from usage.models import ActiveUserCount


@dataclass(frozen=True, kw_only=True)
class RatedAgain:
    """What a billed row comes to now, from which usage, and on how many days the gap rule is still applied."""

    rating: StoredRating
    usage: dict[str, Any]
    count: ActiveUserCount | None
    missing_days: int


def standing_force(row: BillingPeriod) -> TermsInForce:
    """Return the versions by which a period stands: those of what is proposed, else decided last, else of its bill."""
    standing, rated = standing_true_up(row), row.rated
    rating = standing.after_rating if standing is not None else rated.rating
    return stored_force(contract=row.contract, version=rated.version, rating=rating, period=row.span)


def rate_again(
    *, contract: Contract, row: BillingPeriod, force: TermsInForce, counts: Mapping[str, ActiveUserCount]
) -> RatedAgain:
    """Rate one charge of a billed period by these counts. What is proposed for earlier periods counts as accepted.

    A charge that is agreed no longer comes to nothing, whatever was counted for it. Raises TermsRefused.
    """
    missing_days = 0
    if row.is_in_advance:
        usage = advance_usage(contract=contract, force=force, period=row.span)
    else:
        quantities = closed_quantities(contract=contract, force=force, before=row.span, as_proposed=True)
        missing_days = _still_missing(row, contract, force)
        # What came back with this bill came back once, whatever was learned since.
        anew = returned_in(row.rated_usage, row.span)
        quantities[row.span] = replace(known_from(counts, missing_days), returned_credits=anew)
        usage = usage_document(quantities)
    is_agreed = row.charge_key in force.billed_keys
    return RatedAgain(
        rating=rate_document(force=force, usage=usage, period=row.span, charge_key=row.charge_key),
        usage=usage,
        count=counts.get(force.metric_of(row.charge_key) or "") if is_agreed else row.count,
        missing_days=missing_days,
    )


def counts_of_now(*, contract: Contract, row: BillingPeriod, force: TermsInForce) -> dict[str, ActiveUserCount] | None:
    """Return the stored counts that rest on what is known now, by metric; None where one was not made yet."""
    if row.is_in_advance:
        return {}
    terms, found = force.billed_terms, dict[str, ActiveUserCount]()
    for name in counted_metrics(terms):
        digest = terms.metrics[name].digest()
        count = current_count(contract=contract, metric_digest=digest, period=row.span, zone=terms.timezone)
        if count is None:
            return None
        found[name] = count
    return found


def _still_missing(row: BillingPeriod, contract: Contract, force: TermsInForce) -> int:
    """The days of an invoiced period to which the gap rule is still applied: never more than when it was billed."""
    then = missing_days_in(row.rated_usage, row.span)
    if not then:
        return 0
    return min(then, days_by_rule(contract=contract, force=force, period=row.span, released=row.released_codes))
