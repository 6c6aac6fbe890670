"""Write down what a running period would cost, and what is worth saying about it before the bill."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from billing.ahead import ahead_of
from billing.limit_levels import STEPS, Level, levels_of
from billing.locks import lock_contract
from billing.models import Notice, RunningEstimate
from billing.running import Running, running_of
from billing.shadow import is_shadow
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.operations import enqueue_job
from licenses.models import Contract
from licenses.ranges import range_of
from rollcall.money import plain
from rollcall.period import Period

SEND = "billing.send_notice"
AHEAD = Notice.Kind.AHEAD.value


@dataclass(frozen=True, kw_only=True)
class _Found:
    """One thing that may be said: its key, its step, its words and figures."""

    kind: str
    charge_key: str
    span: Period
    percent: int
    words: str
    facts: dict[str, Any]


def watch_contract(*, actor: Actor, contract: Contract, now: datetime, today: date) -> list[Notice]:
    """Write the estimate of the running period anew, and return the notices that are new.

    A notice is made once per contract, charge, period, kind and step: of several steps that were passed together only
    the highest is told, and a lower one never after a higher. Each has its mail sent by a job. What is compared before
    the contract is live is told nobody. Run again with the same facts, nothing is new. Raises NotAllowed.
    """
    actor.require_vendor()
    running = running_of(contract=contract, today=today)
    if running is None:
        return []
    found = list(_found(running))
    with transaction.atomic(durable=True), acting(actor=actor, verb="watch_contract"):
        contract = lock_contract(contract.pk)
        _write_estimate(running, contract, now)
        if is_shadow(contract=contract, period=running.period):
            return []
        new = [notice for one in found if (notice := _say_once(one, contract, now)) is not None]
        for notice in new:
            enqueue_job(key=f"{SEND}:{notice.pk}", kind=SEND, args={"notice_id": notice.pk})
        fault_point("watch.before_commit")
    return new


def _write_estimate(running: Running, contract: Contract, now: datetime) -> None:
    """Keep what is known now; an estimate is never billed from, so the row is simply written anew."""
    count = running.count
    is_known = running.net_amount is not None and running.counted_at is not None
    RunningEstimate.objects.update_or_create(
        billing_period=running.main,
        defaults={
            "customer_id": contract.customer_id,
            "contract": contract,
            "period": range_of(running.period),
            "users": count.users if count is not None else None,
            "currency": running.force.terms.currency,
            "net_amount": running.net_amount if is_known else None,
            "why_none": "" if is_known else running.why_none or "Nothing of it is counted.",
            "grade": running.grade,
            "counted_at": running.counted_at,
            "through": running.through,
            "made_at": now,
        },
    )


def _found(running: Running) -> Iterator[_Found]:
    for level in levels_of(running):
        if level.step:
            yield _of_level(level, running)
    ahead = ahead_of(running)
    if ahead is not None:
        yield _Found(
            kind=AHEAD,
            charge_key=running.main.charge_key,
            span=running.period,
            percent=0,
            words=ahead.words,
            facts={
                "users": ahead.users,
                "day": ahead.through_day,
                "before": [{"start": span.start.isoformat(), "users": users} for span, users in ahead.before],
            },
        )


def _of_level(level: Level, running: Running) -> _Found:
    return _Found(
        kind=level.kind,
        charge_key=level.charge_key,
        span=level.span,
        percent=level.step,
        words=level.words,
        facts={
            "there": plain(level.there),
            "limit": plain(level.limit),
            "percent": level.percent,
            "noun": level.noun,
            "currency": level.currency,
            "through": running.through.isoformat() if running.through else "",
        },
    )


def _say_once(one: _Found, contract: Contract, now: datetime) -> Notice | None:
    """Store a notice, unless this step or a higher one of the same limit and span was told before."""
    key = {
        "contract": contract,
        "charge_key": one.charge_key,
        "period": range_of(one.span),
        "kind": one.kind,
    }
    told = [0] if one.kind == AHEAD else [step for step in STEPS if step >= one.percent]
    if Notice.objects.filter(**key, percent__in=told).exists():
        return None
    return Notice.objects.create(
        **key, customer_id=contract.customer_id, percent=one.percent, words=one.words, facts=one.facts, at=now
    )
