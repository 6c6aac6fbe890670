"""The traces of counted people: the jobs that go back to the lines, and what they found."""

from ground.models import Job
from usage.models import ActiveUserCount
from usage.queries.people import rows_of_reference
from usage.queries.verdicts import VerdictRow, verdict_rows


def traces_made(count: ActiveUserCount, user_ref: str) -> list[Job]:
    """Return the jobs that traced a person of a count, the newest first."""
    key = trace_key(count, user_ref)
    return list(Job.objects.filter(customer_id=count.customer_id, key__startswith=key).order_by("-pk"))


def trace_key(count: ActiveUserCount, user_ref: str) -> str:
    """Return what the keys of a person's traces begin with; a number follows."""
    return f"usage.trace_user:{count.pk}:{user_ref}:"


def person_of(count: ActiveUserCount, named: str) -> VerdictRow | None:
    """Return the person of a count with this reference or name; None when the count has no such person."""
    wanted = named.strip()
    folded = wanted.casefold()
    row = next((row for row in rows_of_reference(count, wanted)), None)
    if row is not None:
        return row
    rows = verdict_rows(count=count)
    return next((row for row in rows if (row.name or "").casefold() == folded), None)
