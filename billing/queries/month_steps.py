"""Where a month stands on its way out: collected, counted, looked at, finalized, sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.models import BillingPeriod, BillingRun, Delivery
from billing.queries.month import PeriodLine, billed_amounts, to_bill

State = BillingPeriod.State


@dataclass(frozen=True, kw_only=True)
class MonthStep:
    """One step of closing a month: its name, whether nothing is left of it, and how far it is in words."""

    name: str
    is_done: bool
    words: str
    is_current: bool = False


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What the lines that are billed come to: their number, users and amounts per currency, as far as they are known.

    `shadows` are beside them: compared, and in no sum.
    """

    lines: int
    shadows: int
    users: int
    counted: int
    amounts: dict[str, Decimal]


def sums_of(lines: Sequence[PeriodLine]) -> Sums:
    """Add up lines; an amount that is not known is no zero, so `counted` says how many have one."""
    billed = to_bill(lines)
    return Sums(
        lines=len(billed),
        shadows=len(lines) - len(billed),
        users=sum(line.active_users or 0 for line in billed),
        counted=sum(line.net_amount is not None for line in billed),
        amounts=billed_amounts(line.bill for line in billed),
    )


def month_steps(every_line: Sequence[PeriodLine]) -> list[MonthStep]:
    """The five steps in their order; the first that is not done is the current one. Shadows are not waited for."""
    lines = to_bill(every_line)
    whole = len(lines)
    held, looked_at = _number(line.state == State.HELD for line in lines), _number(line.needs_person for line in lines)
    counted = _number(line.state in (State.COUNTED, State.DRAFTED, State.INVOICED) for line in lines)
    with_facts = _number(line.users is not None or not line.period.is_counted for line in lines)
    final = _number(line.state == State.INVOICED for line in lines)
    sent = _number(line.delivery == Delivery.State.SENT for line in lines)
    steps = [
        ("Collect", with_facts == whole, f"{with_facts:,} of {whole:,} with a count"),
        ("Count and draft", counted == whole, f"{counted:,} of {whole:,} drafted"),
        ("Review", looked_at == 0 and counted == whole, f"{looked_at - held:,} to look at, {held:,} held"),
        ("Finalize", final == whole, f"{final:,} of {whole:,} done"),
        ("Send", sent == whole, f"{sent:,} sent"),
    ]
    current = next((place for place, (_, is_done, _) in enumerate(steps) if not is_done), None)
    return [
        MonthStep(name=name, is_done=is_done, words=words, is_current=place == current)
        for place, (name, is_done, words) in enumerate(steps)
    ]


def is_out(lines: Sequence[PeriodLine]) -> bool:
    """Whether a month has something to bill, and all of it is finalized and sent."""
    return bool(to_bill(lines)) and all(step.is_done for step in month_steps(lines))


def stands_before(lines: Iterable[PeriodLine]) -> str:
    """The kind of bulk step at which a month stands when all is drafted: finalize, then send; empty before and after.

    What is on its way to the customer waits for nobody.
    """
    billed = to_bill(lines)
    if not billed or any(line.state not in (State.DRAFTED, State.INVOICED) for line in billed):
        return ""
    if any(line.state == State.DRAFTED for line in billed):
        return BillingRun.Kind.FINALIZE
    gone = (Delivery.State.QUEUED, Delivery.State.SENT)
    return "" if all(line.delivery in gone for line in billed) else BillingRun.Kind.SEND


def _number(found: Iterable[bool]) -> int:
    return sum(found)
