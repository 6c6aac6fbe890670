"""Close the same month of many contracts in one transaction, from what was gathered of them together."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, transaction

from billing.closing import Closing, Drafting, close_locked, write_drafted
from billing.gathering import Facts
from billing.operations.gather_together import PeriodToClose
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point

log = structlog.get_logger(__name__)


def close_together(
    *, actor: Actor, facts: Mapping[PeriodToClose, Facts], now: datetime
) -> dict[PeriodToClose, Closing]:
    """Do for many contracts what `close_period` does for one; return what each came to.

    The drafts are stored in a few statements, all of them or none. A contract that cannot be closed so is left out:
    its facts moved, or it meets an error; closed alone, it says so with its own sentence. Where the whole cannot be
    stored, nothing of it is, and none is returned. No transaction may be open.
    Raises NotAllowed, and OperationalError when the database is gone: then trying again is safe.
    """
    actor.require_vendor("finance", "account_manager")
    try:
        with transaction.atomic(durable=True), acting(actor=actor, verb="close_period"):
            closings = _closings(actor, facts, now)
            fault_point("close.before_commit")
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # One of them breaks a rule that is looked at on the whole. Closed alone, it says so, and the others are closed.
        log.warning("contracts are closed one by one", contracts=len(facts), exc_info=error)
        return {}
    fault_point("close.after_commit")
    return closings


def _closings(actor: Actor, facts: Mapping[PeriodToClose, Facts], now: datetime) -> dict[PeriodToClose, Closing]:
    closings: dict[PeriodToClose, Closing] = {}
    draftings: dict[PeriodToClose, Drafting] = {}
    # In one order, so that two of these never wait for each other.
    for closing in sorted(facts, key=lambda one: one.contract.pk):
        came = _came(actor, closing, facts[closing], now)
        if isinstance(came, Drafting):
            draftings[closing] = came
        elif came is not None:
            closings[closing] = came
    written = write_drafted(actor=actor, draftings=list(draftings.values()), now=now)
    return closings | dict(zip(draftings, written, strict=True))


def _came(actor: Actor, closing: PeriodToClose, facts: Facts, now: datetime) -> Closing | Drafting | None:
    """What one contract came to under its locks; the boundary at which its trouble stays its own."""
    try:
        with transaction.atomic():
            return close_locked(
                actor=actor,
                contract=closing.contract,
                period=closing.period,
                facts=facts,
                now=now,
                today=closing.today,
            )
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.warning("a contract is closed alone", contract=closing.contract.number, exc_info=error)
        return None
