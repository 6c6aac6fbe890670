"""Whether an amendment takes bought seats away, and what a checkout hook is asked about that. Nothing is sent here.

What is known of current use stands in the app above this one, which says once, when it starts, how to ask for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from licenses.event_data import contract_data, features_of
from licenses.models import Contract, ContractVersion, Purpose, WebhookDestination
from licenses.queries import NothingAgreed, latest_version, provisioned_at, terms_of
from licenses.webhooks import Data
from rollcall.period import Period, civil_day
from rollcall.terms.contract import ContractTerms
from rollcall.terms.seats import SeatsMetric

UseOf = Callable[[Contract], list[dict[str, Any]]]
_use: list[UseOf] = []


class CheckoutRefused(Exception):
    """Bought seats would be reduced, and the vendor's checkout hook did not allow it. The message says why."""


@dataclass(frozen=True, kw_only=True)
class CheckoutAnswer:
    """What a hook said about new terms of a contract: `after` is the version to which they were compared."""

    is_allowed: bool
    words: str
    after: int
    terms_digest: str
    active: Period


def take_use_from(source: UseOf) -> None:
    """Let questions carry what `source` knows of a contract's use: a list of JSON objects."""
    _use[:] = [source]


def checkout_hook_of(contract: Contract) -> WebhookDestination | None:
    """Return the hook that is asked about a contract: that of its product, else that of its legal entity."""
    hooks = WebhookDestination.objects.filter(
        purpose=Purpose.CHECKOUT,
        switched_off_at__isnull=True,
        legal_entity_id=contract.customer.legal_entity_id,
        product_name__in=("", contract.product_name),
    )
    return hooks.order_by("product_name").last()


def reduced_seats(*, before: ContractTerms, after: ContractTerms, first_day: date) -> list[dict[str, Any]]:
    """Return each feature of which fewer seats would be bought on some day, with the first such day and both numbers.

    "wanted" is null where the feature is not sold by seats any more.
    """
    found = []
    for key in sorted(before.charges):
        metric = before.metric_of(key)
        if not isinstance(metric, SeatsMetric):
            continue
        later = after.metric_of(key) if key in after.charges else None
        wanted = later if isinstance(later, SeatsMetric) else None
        starts = {one.start for one in (*metric.bought, *(wanted.bought if wanted else ()))}
        for day in sorted({first_day, *(start for start in starts if start > first_day)}):
            had, has = metric.bought_on(day), wanted.bought_on(day) if wanted else None
            if (has is None and had) or (has is not None and has < had):
                found.append({"feature": key, "from": day.isoformat(), "current": had, "wanted": has})
                break
    return found


def question_about(*, contract: Contract, meaning: ContractTerms, active: Period, now: datetime) -> Data | None:
    """Return what a hook is asked before terms take seats away; None where they take none. The state is in full."""
    newest, reduced = _reduction(contract, meaning, active)
    if newest is None or not reduced:
        return None
    before = terms_of(newest)
    today = civil_day(now, before.timezone)
    accounts = provisioned_at(contract=contract, day=today)
    return {
        **contract_data(contract),
        "from": active.start.isoformat(),
        "reduced": reduced,
        "current": {"version": newest.number, "features": _on(before, active.start)},
        "wanted": {"features": _on(meaning, active.start)},
        "use": {
            "provisioned_users": None
            if accounts is None
            else {"users": accounts.users, "date": accounts.date.isoformat(), "source": accounts.source},
            "counts": _use[0](contract) if _use else [],
        },
    }


def require_allowed(
    *, contract: Contract, meaning: ContractTerms, active: Period, answer: CheckoutAnswer | None
) -> None:
    """Refuse terms that take seats away unless the contract's hook has allowed just these, compared with what is there.

    Called under the lock of the contract. Raises CheckoutRefused.
    """
    hook = checkout_hook_of(contract)
    if hook is None:
        return
    newest, reduced = _reduction(contract, meaning, active)
    if newest is None or not reduced:
        return
    asked: tuple[Any, ...] = () if answer is None else (answer.after, answer.terms_digest, answer.active)
    if answer is None or asked != (newest.number, meaning.digest(), active):
        raise CheckoutRefused(
            f"Bought seats would be reduced, and {hook.note} was not asked about just these terms. Send them again; "
            "it is asked anew."
        )
    if not answer.is_allowed:
        raise CheckoutRefused(answer.words)


def answered(said: Any, hook: WebhookDestination) -> tuple[bool, str]:
    """Return whether an answer allows the change, and the words for whoever asked; anything unclear allows nothing."""
    if not isinstance(said, Mapping) or not isinstance(said.get("allowed"), bool):
        return False, broken(hook, 'It answered something else than {"allowed": true or false, "reason": "..."}.')
    reason = said.get("reason", "")
    reason = " ".join(reason.split())[:500] if isinstance(reason, str) else ""
    if said["allowed"]:
        return True, reason
    return False, f"{hook.note} refused to reduce the seats: {reason or 'it gave no reason'}"


def broken(hook: WebhookDestination, why: str) -> str:
    """Return why nothing is allowed, with the cure."""
    return (
        f"Bought seats would be reduced, and {hook.note} could not say whether that may be. {why} Try again later, or "
        "let finance switch the hook off under Webhooks."
    )


def _reduction(
    contract: Contract, meaning: ContractTerms, active: Period
) -> tuple[ContractVersion | None, list[dict[str, Any]]]:
    """Return the version to which terms are compared, None where nothing is agreed, and the seats they take away."""
    try:
        newest = latest_version(contract=contract)
    except NothingAgreed:
        return None, []
    return newest, reduced_seats(before=terms_of(newest), after=meaning, first_day=active.start)


def _on(terms: ContractTerms, day: date) -> list[dict[str, Any]]:
    return features_of(terms, day=day) if terms.term.contains(day) else []
