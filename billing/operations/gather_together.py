"""Gather what the closings of many contracts start from, counting them in one child."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db import InterfaceError, OperationalError

from billing.counting import made_counts
from billing.gathering import AskedFacts, Facts, ask_for_facts
from billing.operations.open_periods import open_periods
from ground.actor import Actor
from licenses.models import Contract
from rollcall.period import Period
from usage.count_sandbox import CountFailed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class PeriodToClose:
    """One period of one contract; `today` is the civil day in the contract's zone."""

    contract: Contract
    period: Period
    today: date


def gather_together(*, actor: Actor, closings: Sequence[PeriodToClose], now: datetime) -> dict[PeriodToClose, Facts]:
    """Return by closing what `close_period` starts from, small contracts counted many in one child.

    Periods are opened where they are due. A contract whose facts cannot be gathered now, or whose period is not over,
    is left out: closed alone, it is refused or held with its own sentence, and holds up none of the others. Every
    contract's counts are stored in transactions of their own; no transaction may be open.
    Raises NotAllowed, and OperationalError when the database is gone.
    """
    actor.require_vendor("finance", "account_manager")
    asked: dict[PeriodToClose, AskedFacts] = {}
    for closing in closings:
        found = _asked(actor, closing, now) if closing.today >= closing.period.end else None
        if found is not None:
            asked[closing] = found
    try:
        counts = made_counts([found.counts for found in asked.values()])
    except CountFailed as failed:
        # One of them may be damaged. Counted alone, it says so, and the others are counted.
        log.warning("contracts are counted one by one", contracts=len(asked), exc_info=failed)
        return {}
    return {closing: found.with_counts(made) for (closing, found), made in zip(asked.items(), counts, strict=True)}


def _asked(actor: Actor, closing: PeriodToClose, now: datetime) -> AskedFacts | None:
    """Ask for one contract's facts; the boundary at which its trouble stays its own."""
    try:
        open_periods(actor=actor, contract=closing.contract, today=closing.today)
        return ask_for_facts(contract=closing.contract, period=closing.period, now=now, today=closing.today)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Closed alone it meets the same again, and says it where it belongs.
        log.warning("a contract is counted alone", contract=closing.contract.number, exc_info=error)
        return None
