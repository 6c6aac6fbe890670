"""How tests send a file: the same operations and jobs that the portal uses, one after the other."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ground.actor import Actor
from ground.models import Job
from ground.operations.run_job import run_job
from licenses.models import Instance
from rollcall.period import Period
from usage.models import UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.receive_report import Received, receive_report

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
SEPTEMBER = Period(date(2026, 9, 1), date(2026, 10, 1))
CUSTOMER = Actor.system("test")


@dataclass(frozen=True, kw_only=True)
class Act:
    """One event of a test's file."""

    user: str
    at: str
    action: str = "login"


def csv_of(acts: Iterable[Act]) -> bytes:
    """A plain export: user_id, occurred_at, action."""
    lines = ["user_id,occurred_at,action", *(f"{act.user},{act.at},{act.action}" for act in acts)]
    return ("\n".join(lines) + "\n").encode()


def days(users: Iterable[str], days_of_september: Iterable[int]) -> bytes:
    """An export in which each user logs in once at noon UTC on each of these days of September 2026."""
    return csv_of(Act(user=user, at=f"2026-09-{day:02}T12:00:00Z") for day in days_of_september for user in users)


def receive(
    instance: Instance, content: bytes, *, name: str = "usage.csv", actor: Actor = CUSTOMER, now: datetime = NOW
) -> Received:
    return receive_report(actor=actor, instance=instance, file_name=name, stream=io.BytesIO(content), now=now)


def run_jobs() -> list[Job]:
    """Run every job that waits, as a worker would, until none is left; each must end well."""
    done: list[Job] = []
    while job := Job.objects.filter(state=Job.State.QUEUED, kind__startswith="usage.").order_by("pk").first():
        ran = run_job(job.pk)
        assert ran is not None
        assert ran.state == Job.State.SUCCEEDED, ran.error
        done.append(ran)
    return done


def confirm(
    report: UsageReport,
    covers: Period = SEPTEMBER,
    *,
    generated_at: datetime | None = None,
    actor: Actor = CUSTOMER,
    source_timezone: str = "",
    now: datetime = NOW,
) -> UsageReport:
    return confirm_report(
        actor=actor,
        report=UsageReport.objects.get(pk=report.pk),
        mapping=None,
        source_timezone=source_timezone,
        covers=covers,
        generated_at=generated_at,
        now=now,
    )


def send(
    instance: Instance,
    content: bytes,
    covers: Period = SEPTEMBER,
    *,
    name: str = "usage.csv",
    generated_at: datetime | None = None,
    now: datetime = NOW,
) -> UsageReport:
    """Send a file through receive, sniff, confirm and read; return the report as it stands then."""
    report = receive(instance, content, name=name, now=now).report
    run_jobs()
    confirm(report, covers, generated_at=generated_at, now=now)
    run_jobs()
    return UsageReport.objects.get(pk=report.pk)


def september(first: int, last: int) -> Period:
    """The days of September 2026 from the first to the last, both included."""
    return Period(date(2026, 9, first), date(2026, 9, last) + timedelta(days=1))
