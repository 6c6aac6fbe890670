"""Months that were billed: a file that lowers one of them counts only where somebody has said that this is meant."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from licenses.models import Contract
from licenses.queries import zone_at
from rollcall.period import Period
from usage.models import EventDay, Grade, UsageReport

LOWERED = "billed.lowered"
# {billed period: number of the invoice, "" where there is none}
BilledOf = Callable[[Contract], Mapping[Period, str]]
_sources: list[BilledOf] = []


class NotMeant(Exception):
    """The file lowers billed months, and nobody has said that this is meant; the message names them and the cure."""


def take_billed_from(source: BilledOf) -> None:
    """Ask this function which periods were billed; the app that bills says so once, when it is ready."""
    _sources[:] = [source]


def what_is_meant(*, contract: Contract, effects: Iterable[Mapping[str, Any]]) -> str:
    """Return what a word for these effects stands for: the billed periods they change, "" where none is lowered.

    It names users before and after, so a word that was given for one change is none for another.
    """
    changed = [effect for effect, _ in _billed_changes(contract, effects)]
    if not any(_is_lowered(effect) for effect in changed):
        return ""
    return " ".join(dict.fromkeys(f"{_period(one)}:{one['before']}:{one['after']}" for one in changed))


def question_of_lowered(*, report: UsageReport, effects: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the question for a report that lowers billed months, {"code", "message", "choices"}; None where it may.

    It may where the person or program that confirmed it has said so, and where no person or program confirmed it: what
    an instance signs or streams speaks for itself, and the difference is proposed as a true-up anyway.
    """
    effects = list(effects)
    meant = what_is_meant(contract=report.contract, effects=effects)
    if not meant or remark_of_meant(meant) in report.remarks or _speaks_for_itself(report):
        return None
    several = len({effect["metric"] for effect in effects}) > 1
    changed = _billed_changes(report.contract, effects)
    changes = "; ".join(_words(report, effect, number, several) for effect, number in changed)
    message = (
        f"Nothing was counted: the file lowers what was billed. {changes}. No invoice changes; each difference would "
        "be proposed as a true-up. Correct the days if this is not meant. If it is, look at what will change and tick "
        f'it, or, as a program, confirm the file again with "meant": "{meant}".'
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


def _billed_changes(contract: Contract, effects: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str]]:
    """Return the effects that change a billed period, each with the number of its invoice."""
    billed = {period: number for source in _sources for period, number in source(contract).items()}
    return [
        (effect, billed[_period(effect)])
        for effect in effects
        if effect["before"] != effect["after"] and _period(effect) in billed
    ]


def _is_lowered(effect: Mapping[str, Any]) -> bool:
    """Whether there would be fewer users, or none that anybody reported."""
    before, after = effect["before"], effect["after"]
    return before is not None and (after is None or after < before)


def _speaks_for_itself(report: UsageReport) -> bool:
    return report.grade == Grade.SIGNED or EventDay.objects.filter(report=report).exists()


def _words(report: UsageReport, effect: Mapping[str, Any], number: str, several: bool) -> str:
    period = _period(effect)
    name = period.words(zone_at(contract=report.contract, day=period.start))
    metric = f", {effect['metric']}" if several else ""
    invoice = f", billed with {number}" if number else ""
    return f"{name}{metric}{invoice}: {_users(effect['before'])} now, {_users(effect['after'])} with this file"


def _users(number: int | None) -> str:
    if number is None:
        return "nothing reported"
    return f"{number:,} user" if number == 1 else f"{number:,} users"


def _period(effect: Mapping[str, Any]) -> Period:
    return Period(date.fromisoformat(effect["start"]), date.fromisoformat(effect["end"]))
