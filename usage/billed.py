"""Months that were billed: a file that lowers one of them counts only where somebody has said that this is meant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from ground.presentation.format import day
from licenses.models import Contract
from rollcall.period import Period, civil_day
from rollcall.terms.rules import TrueUpRule
from usage.models import EventDay, Grade, UsageReport

LOWERED = "billed.lowered"


@dataclass(frozen=True, kw_only=True)
class BilledMonth:
    """A billed period: the number of its invoice, "" where there is none, the zone in which it counts its days, and the
    rule by which the contract settles what changes it.
    """

    period: Period
    invoice: str
    zone: str
    rule: TrueUpRule

    @property
    def settled_until(self) -> date | None:
        """The last day on which the contract settles what changes the period; None where it always does."""
        return self.rule.last_day(self.period.end)

    def is_too_late(self, now: datetime) -> bool:
        """Whether what changes the period from now on is not settled any more."""
        return self.rule.is_too_late(self.period.end, civil_day(now, self.zone))


BilledMonths = Mapping[Period, BilledMonth]


class BilledOf(Protocol):
    """What knows the billed periods of a contract."""

    def __call__(self, *, contract: Contract) -> BilledMonths:
        """Return them all."""


_sources: list[BilledOf] = []


class NotMeant(Exception):
    """The file lowers billed months, and nobody has said that this is meant; the message names them and the cure."""


def take_billed_from(source: BilledOf) -> None:
    """Ask this function which periods were billed; the app that bills says so once, when it is ready."""
    _sources[:] = [source]


def billed_months(*, contract: Contract) -> BilledMonths:
    """Return the billed periods of a contract; none where no app bills."""
    return {period: month for source in _sources for period, month in source(contract=contract).items()}


def what_is_meant(*, billed: BilledMonths, effects: Iterable[Mapping[str, Any]]) -> str:
    """Return what a word for these effects stands for: the billed periods they change, "" where none is lowered.

    It names users before and after, so a word that was given for one change is none for another.
    """
    changed = [effect for effect, _ in _billed_changes(billed, effects)]
    if not any(_is_lowered(effect) for effect in changed):
        return ""
    return " ".join(dict.fromkeys(f"{Period.from_json(one)}:{one['before']}:{one['after']}" for one in changed))


def question_of_lowered(
    *, report: UsageReport, effects: Iterable[Mapping[str, Any]], now: datetime
) -> dict[str, Any] | None:
    """Return the question for a report that lowers billed months, {"code", "message", "choices"}; None where it may.

    It may where the person or program that confirmed it has said so, and where no person or program confirmed it: what
    an instance signs or streams speaks for itself, and every difference is shown anyway.
    """
    effects, billed = list(effects), billed_months(contract=report.contract)
    meant = what_is_meant(billed=billed, effects=effects)
    if not meant or remark_of_meant(meant) in report.remarks or _speaks_for_itself(report):
        return None
    several = len({effect["metric"] for effect in effects}) > 1
    changed = _billed_changes(billed, effects)
    changes = "; ".join(_words(effect, month, several, now) for effect, month in changed)
    message = (
        f"Nothing was counted: the file lowers what was billed. {changes}. {_settling(changed, now)} Correct the days "
        "if this is not meant. If it is, look at what will change and tick it, or, as a program, confirm the file "
        f'again with "meant": "{meant}".'
    )
    return {"code": LOWERED, "message": message, "choices": [meant]}


def remark_of_meant(meant: str) -> dict[str, str]:
    """Return the word that a change of billed months is meant, as it is kept among the remarks of a report."""
    return {
        "code": LOWERED,
        "message": f"Whoever confirmed the file meant to change billed months, in users before and after: {meant}.",
    }


def kept_word(report: UsageReport) -> list[dict[str, str]]:
    """Return the remark with that word, where it was given."""
    return [remark for remark in report.remarks if remark["code"] == LOWERED]


def _billed_changes(
    billed: BilledMonths, effects: Iterable[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], BilledMonth]]:
    """Return the effects that change a billed period, each with what was billed."""
    return [
        (effect, billed[Period.from_json(effect)])
        for effect in effects
        if effect["before"] != effect["after"] and Period.from_json(effect) in billed
    ]


def _is_lowered(effect: Mapping[str, Any]) -> bool:
    """Whether there would be fewer users, or none that anybody reported."""
    before, after = effect["before"], effect["after"]
    return before is not None and (after is None or after < before)


def _speaks_for_itself(report: UsageReport) -> bool:
    return report.grade == Grade.SIGNED or EventDay.objects.filter(report=report).exists()


def _words(effect: Mapping[str, Any], month: BilledMonth, several: bool, now: datetime) -> str:
    name = Period.from_json(effect).words(month.zone)
    metric = f", {effect['metric']}" if several else ""
    invoice = f", billed with {month.invoice}" if month.invoice else ""
    too_late = ""
    if month.settled_until is not None and month.is_too_late(now):
        too_late = f", too late to be settled (until {day(month.settled_until)})"
    users = f"{_users(effect['before'])} now, {_users(effect['after'])} with this file"
    return f"{name}{metric}{invoice}: {users}{too_late}"


def _settling(changed: Sequence[tuple[Mapping[str, Any], BilledMonth]], now: datetime) -> str:
    late = [month.is_too_late(now) for _, month in changed]
    if all(late):
        return "No invoice changes, and no true-up would be proposed."
    which = "each difference that is not too late" if any(late) else "each difference"
    return f"No invoice changes; {which} would be proposed as a true-up."


def _users(number: int | None) -> str:
    if number is None:
        return "nothing reported"
    return f"{number:,} user" if number == 1 else f"{number:,} users"
