"""Lists of accounts: the day of which a list is, and whether the file itself speaks against that day."""

from datetime import date, timedelta
from typing import Any

from licenses.queries import zone_at
from rollcall.intake.result import UserList
from rollcall.period import civil_day
from usage.billed import remark_of_meant
from usage.models import UsageReport
from usage.queries.ownership import claim_of
from usage.queries.reports import NOBODY_ACTIVE, REPEATED_FILES

DAY_DIFFERS = "list.day"
# What a person said about such a file, kept among the remarks of its report.
DAY_AS_STATED = {
    "code": DAY_DIFFERS,
    "message": "The file speaks of another day. Whoever confirmed it said that the list is of the day that was stated.",
}
# Exporters write days in zones of their own.
_TOLERANCE = timedelta(days=1)


def stated_day(report: UsageReport) -> date:
    """Return the day of which a confirmed list of accounts is: the last one that its uploader stated."""
    end = claim_of(report).span[1] - timedelta(microseconds=1)
    return civil_day(end, zone_at(contract=report.contract, day=end.date()))


def question_about_day(*, report: UsageReport, listed: UserList | None) -> dict[str, Any] | None:
    """Return the question for a list whose file contradicts the stated day, {"code", "message", "choices"}.

    None where nothing does, where the file is no list, or where a person has said that the stated day is right.
    """
    if listed is None or DAY_AS_STATED in report.remarks:
        return None
    stated = stated_day(report)
    if listed.on is not None and date.fromisoformat(listed.on) != stated:
        why = f"The file says that it was made on {listed.on}"
    elif listed.latest is not None and date.fromisoformat(listed.latest) > stated + _TOLERANCE:
        why = f"Somebody in the list was active on {listed.latest}, so it was made on that day or later"
    else:
        return None
    cure = f"You state {stated}. State the right day, or say below that the stated one is right."
    return {"code": DAY_DIFFERS, "message": f"{why}. {cure}", "choices": []}


def words_kept(
    *, nobody_active: bool, day_as_stated: bool, repeated_files: str, meant: str = ""
) -> list[dict[str, str]]:
    """Return what a person said about a file as it is kept among the remarks of its report."""
    said = {NOBODY_ACTIVE["code"]: nobody_active, DAY_AS_STATED["code"]: day_as_stated}
    words = [remark for remark in (NOBODY_ACTIVE, DAY_AS_STATED) if said[remark["code"]]]
    words += [REPEATED_FILES[repeated_files]] if repeated_files else []
    return [*words, *([remark_of_meant(meant)] if meant else [])]
