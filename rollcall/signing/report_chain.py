"""How a report follows the ones before: the outcome codes of everything that can be wrong between reports of one key.

A finding deletes nothing. Some say only that something is missing; the others mean that two accounts of the same
instance do not fit together, and a person has to say which one is true.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rollcall.money import users_in_words
from rollcall.period import Period
from rollcall.signing.fields import instant_text
from rollcall.signing.report import Statement, seals_hold
from rollcall.zones import zone_table

FORK, GAP, BROKEN_CHAIN, COVERAGE = "FORK", "GAP", "BROKEN_CHAIN", "COVERAGE"
CLOCK, ROLLBACK, METRIC, COUNT, HOST, SEAL = "CLOCK", "ROLLBACK", "METRIC", "COUNT", "HOST", "SEAL"
# What a person has to look at before anything of the instance is billed; the others are shown and hold nothing.
HOLDING = frozenset((FORK, BROKEN_CHAIN, COVERAGE, CLOCK, ROLLBACK, METRIC, COUNT, SEAL))
# A clock may be this much ahead of the vendor's.
MOST_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class ChainFinding:
    """One thing wrong: its code and a sentence for the account manager."""

    code: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """A report of the same instance and key that the vendor has, as far as the chain is concerned."""

    statement: Statement
    digest: str


@dataclass(frozen=True, kw_only=True)
class Chain:
    """What is known of the other reports of one key, seen from one number.

    `near` are the reports with that number, the one before and the one after it; two with one number are a fork.
    `spans` are the number and the days of every earlier report, `newest_receipt` the highest number of a receipt that
    any of them named, 0 for none.
    """

    near: Mapping[int, Collection[Known]]
    spans: Collection[tuple[int, Period]]
    newest_receipt: int = 0


def follow(said: Statement, *, digest: str, chain: Chain, received_at: datetime) -> list[ChainFinding]:
    """Return what is wrong with a report beside the others of its key; the same bytes are not asked about.

    A report may arrive late: it is compared with its neighbors in the chain, never with the order of arrival.
    """
    found: list[ChainFinding] = []
    if others := [one for one in chain.near.get(said.sequence, ()) if one.digest != digest]:
        found.append(_fork(said, others[0].statement))
    before = _one(chain.near.get(said.sequence - 1, ()))
    if before is not None:
        found += _after(said, before)
    after = _one(chain.near.get(said.sequence + 1, ()))
    if after is not None and after.statement.previous != digest:
        words = f"Report {said.sequence + 1} does not follow this report {said.sequence}, but another one."
        found.append(ChainFinding(code=BROKEN_CHAIN, words=words))
    found += _receipts(said, chain.newest_receipt)
    found += _clock(said, before.statement if before else None, received_at)
    if said.sequence > 1 and before is None:
        # Where a report before is missing, or nobody knows which of two is true, days are missing with it.
        return [*found, _gap(said, chain)]
    return found + _covered(said, chain.spans)


def follows_by_itself(said: Statement) -> list[ChainFinding]:
    """Return what is wrong with the days of a statement taken alone: seals that do not follow from each other."""
    first, *rest = said.days
    if not seals_hold(rest, before=first.seal):
        words = "The seals of the days do not follow from each other: a day was sealed anew afterwards."
        return [ChainFinding(code=SEAL, words=words)]
    return []


def _fork(said: Statement, other: Statement) -> ChainFinding:
    what = "the same days" if (said.start, said.end) == (other.start, other.end) else "other days"
    return ChainFinding(
        code=FORK,
        words=f"There are two reports with the number {said.sequence} for {what}: one names "
        f"{users_in_words(said.users)}, the other {other.users:,}. A copy of the machine, or one taken back to an "
        "earlier state, went on reporting.",
    )


def _gap(said: Statement, chain: Chain) -> ChainFinding:
    before = said.sequence - 1
    if before in chain.near:
        words = f"Before report {said.sequence} there are two with the number {before}; nobody has said which is true."
        return ChainFinding(code=GAP, words=words)
    first = max((number for number, _ in chain.spans), default=0) + 1
    missing = f"report {first} is" if first == before else f"reports {first} to {before} are"
    return ChainFinding(code=GAP, words=f"Before report {said.sequence}, {missing} missing; the days may still arrive.")


def _after(said: Statement, before: Known) -> list[ChainFinding]:
    found = []
    earlier = before.statement
    if said.previous != before.digest:
        words = f"Report {said.sequence} follows another report {said.sequence - 1} than the one that is here."
        found.append(ChainFinding(code=BROKEN_CHAIN, words=words))
    elif not seals_hold(said.days, before=earlier.days[-1].seal):
        words = f"The seals of the days do not follow from those of report {earlier.sequence}: a day was sealed anew."
        found.append(ChainFinding(code=SEAL, words=words))
    marks = {name for name, mark in said.host.items() if earlier.host.get(name) not in (None, "unknown", mark)}
    if marks:
        words = f"The report comes from another {' and '.join(sorted(marks))} than the one before, with the same key."
        found.append(ChainFinding(code=HOST, words=words))
    return found


def _covered(said: Statement, spans: Collection[tuple[int, Period]]) -> list[ChainFinding]:
    """Return what is wrong with the days of a report.

    A report goes on where the days so far end, or states days anew, and then it names every one of them. Where a chain
    begins is free: days before it may have been reported in another way, and are missing on the calendar if not.
    """
    corrected = {one.day for one in said.corrections}
    twice = [day.date for day in said.days if any(days.start <= day.date < days.end for _, days in spans)]
    if unnamed := [day for day in twice if day not in corrected]:
        words = f"{unnamed[0]} was reported before, and this report does not say that it corrects it."
        return [ChainFinding(code=COVERAGE, words=words)]
    if strangers := sorted(corrected - set(twice)):
        words = f"The report corrects {strangers[0]}, which no earlier report covers."
        return [ChainFinding(code=COVERAGE, words=words)]
    expected = max((days.end for _, days in spans), default=said.start)
    if not corrected and said.start > expected:
        missing = (said.start - expected).days
        days = f"The {missing} days from {expected} up to {said.start} are" if missing > 1 else f"The day {expected} is"
        words = f"{days} in no report, although none is missing."
        return [ChainFinding(code=COVERAGE, words=words)]
    return []


def _receipts(said: Statement, newest: int) -> list[ChainFinding]:
    """A receipt once imported is never forgotten, unless the machine was taken back to an earlier state."""
    now = said.receipt.sequence if said.receipt is not None else 0
    if now >= newest:
        return []
    words = (
        f"The instance knew the receipt of report {newest} and now knows "
        f"{f'only that of report {now}' if now else 'none'}: the machine was taken back to an earlier state."
    )
    return [ChainFinding(code=ROLLBACK, words=words)]


def _clock(said: Statement, before: Statement | None, received_at: datetime) -> list[ChainFinding]:
    clock = said.clock
    words = ""
    if clock.wall > received_at + MOST_AHEAD:
        words = f"The report was signed at {instant_text(clock.wall)}, which is to come."
    elif early := [day for day in said.days if _end(day.date, said.timezone) > day.sealed_at]:
        words = f"{early[0].date} was sealed at {instant_text(early[0].sealed_at)}, before the day was over."
    elif before is not None and clock.wall < before.clock.wall:
        earlier = f"report {before.sequence} was signed at {instant_text(before.clock.wall)}"
        words = f"The clock went back: {earlier}, this one at {instant_text(clock.wall)}."
    elif before is not None and clock.boots < before.clock.boots:
        words = f"The machine counts {clock.boots} starts, and counted {before.clock.boots} before."
    elif before is not None and _runs_backwards(clock.boots, before, clock.monotonic_seconds):
        words = "Since its last start the machine has run for a shorter time than it said before."
    return [ChainFinding(code=CLOCK, words=words)] if words else []


def _runs_backwards(boots: int, before: Statement, seconds: int) -> bool:
    return boots == before.clock.boots and seconds < before.clock.monotonic_seconds


def _end(day: date, timezone: str) -> datetime:
    return datetime.fromtimestamp(zone_table(timezone).start_of_day(day + timedelta(days=1)) / 1_000_000, tz=UTC)


def _one(several: Collection[Known]) -> Known | None:
    """The report of a number; of a fork none, for nobody knows yet which one is true."""
    return next(iter(several)) if len(several) == 1 else None
