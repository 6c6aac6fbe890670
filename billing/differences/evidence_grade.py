"""Evidence grade: files that can be trusted less than those of the period before, or than others of this one."""

from collections.abc import Iterable

from billing.differences.found import Found, at_stake
from billing.models import Difference
from billing.period_facts import PeriodFacts
from ground.presentation.format import count_of
from usage.models import Grade
from usage.queries.coverage import GRADES_FROM_LOWEST

CODE = Difference.Code.EVIDENCE_GRADE
GONE = "All evidence of the period is of the grade that the contract's periods have."


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find evidence of a lower grade than before, with the people who are known from it alone."""
    grades = {file.report.grade for file in facts.files}
    expected = grades | _grades_before(facts)
    if not grades or not facts.has_people or facts.count is None:
        return
    best = max(expected, key=GRADES_FROM_LOWEST.index)
    lower = [file for file in facts.files if file.report.grade != best]
    if not lower:
        return
    kept = facts.people_of({"": [file for file in facts.files if file.report.grade == best]})
    only = facts.count.users - kept[""] if kept else None
    names = sorted({file.report.instance.name for file in lower})
    lowest = min((file.report.grade for file in lower), key=GRADES_FROM_LOWEST.index)
    people = f"; {count_of(only, 'person is', 'people are')} known from them alone" if only is not None else ""
    yield Found(
        words=f"{count_of(len(lower), 'file')} of {', '.join(names)} {'is' if len(lower) == 1 else 'are'} "
        f"{Grade(lowest).label}, where evidence was {Grade(best).label}{people}.",
        users=only,
        amount=at_stake(facts.effect_of_users(-only)) if only is not None else None,
        facts={
            "files": [
                {"report": file.report.public_id, "file": file.report.file_name, "grade": file.report.grade}
                for file in lower
            ],
            "best": best,
        },
    )


def _grades_before(facts: PeriodFacts) -> set[str]:
    """The grades of the period before this one."""
    before = next((row.count for row in facts.earlier if row.count is not None), None)
    return {entry["grade"] for entry in before.evidence if entry.get("grade")} if before is not None else set()
