"""Credit that comes back after its end: found by rating again what was billed, granted anew with the next bill.

Owns: how much of which credit comes back to the period that is closed next, where the terms grant it anew. Does not
own: the pool itself (`rollcall.rating.credit_pool`).
Invariants: what came back once is granted once; what a later correction takes away again is taken from what comes back
after it, never from a bill that stands.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from billing.models import BillingPeriod
from billing.terms_in_force import TermsInForce
from licenses.models import Contract
from rollcall.money import exact_difference, exact_sum
from rollcall.period import Period
from rollcall.rating import TermUsage, rate_term
from rollcall.rating.credit_entries import EXPIRE
from rollcall.rating.returned_credits import RETURNED, ReturnedCredit
from rollcall.terms.charges import CONTRACT
from rollcall.terms.contract import ContractTerms

Named = tuple[str, str]
State = BillingPeriod.State


def returned_in(usage: Mapping[str, Any] | None, period: Period) -> list[Mapping[str, Any]]:
    """Return what a stored USAGE.json grants anew in a period."""
    start, end = period.start.isoformat(), period.end.isoformat()
    return [entry for entry in (usage or {}).get(RETURNED, []) if start <= entry["on"] < end]


def returned_to(
    *, contract: Contract, force: TermsInForce, usage: Mapping[str, Any], period: Period
) -> list[Mapping[str, Any]]:
    """Return what is granted anew on the first day of a period that is closed now, as USAGE.json writes it.

    `usage` is what is settled of the periods before it. What expires there now, and did not when they were billed,
    had paid for usage that was not there.
    """
    names = _granted_anew(force.terms)
    if not names or not usage["periods"]:
        return []
    start, *later = force.all_terms
    rated = rate_term(terms=start.terms, usage=TermUsage.from_json(usage), amendments=later, name=start.name)
    now = _added_up((entry.pool, entry.name, entry.amount) for one in rated.periods for entry in one.credits
                    if entry.kind == EXPIRE)  # fmt: skip
    then = _added_up(_expired_when_billed(contract, force, period))
    given = _added_up((entry["pool"], entry["name"], Decimal(entry["amount"])) for entry in usage.get(RETURNED, []))
    found: list[Mapping[str, Any]] = []
    for name in sorted(names & set(now)):
        back = exact_difference(now[name], exact_sum((then.get(name, Decimal(0)), given.get(name, Decimal(0)))))
        if back > 0:
            found.append(ReturnedCredit(pool=name[0], name=name[1], on=period.start, amount=back).to_json())
    return found


def _granted_anew(terms: ContractTerms) -> set[Named]:
    limits = {**{key: charge.limits for key, charge in terms.charges.items()}, CONTRACT: terms.limits}
    return {
        (key, credit.name)
        for key, limit in limits.items()
        for credit in limit.credits
        if credit.when_returned == "granted_anew"
    }


def _expired_when_billed(contract: Contract, force: TermsInForce, before: Period) -> list[tuple[str, str, Decimal]]:
    rows = BillingPeriod.objects.filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        state__in=(State.COUNTED, State.DRAFTED, State.INVOICED),
        period__startswith__gte=force.terms.term.start,
        period__endswith__lte=before.start,
    )
    return [
        (entry["pool"], entry["name"], Decimal(entry["amount"]))
        for rating in rows.values_list("rating", flat=True)
        for entry in (rating or {}).get("credits", [])
        if entry["kind"] == EXPIRE
    ]


def _added_up(entries: Iterable[tuple[str, str, Decimal]]) -> dict[Named, Decimal]:
    found: dict[Named, list[Decimal]] = defaultdict(list)
    for pool, name, amount in entries:
        found[(pool, name)].append(amount)
    return {name: exact_sum(amounts) for name, amounts in found.items()}
