"""How far the work on a report is: done of total, rate, time left."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from ground.models import Job
from ground.presentation import format
from usage.models import UsageReport
from usage.queries import job_of


@dataclass(frozen=True, kw_only=True)
class Work:
    """The job of a report as a page shows it. `elapsed` comes from the database's clock, as the job's times do."""

    job: Job
    elapsed: timedelta | None

    @property
    def words(self) -> str:
        """What is being done; a job that waits says so."""
        if self.job.state == Job.State.QUEUED:
            return "again in a moment" if self.job.attempts else "waits for its turn"
        return self.job.progress_words or "begins"

    @property
    def rate(self) -> str:
        """Steps per second, such as "46,000 per second"; empty while it cannot be told."""
        per_second = self._per_second()
        return f"{format.number(round(per_second))} per second" if per_second >= 1 else ""

    @property
    def time_left(self) -> str:
        """How long it will take roughly; empty while it cannot be told."""
        per_second, total = self._per_second(), self.job.progress_total
        if not per_second or not total or total <= self.job.progress_done:
            return ""
        return format.duration((total - self.job.progress_done) / per_second)

    def _per_second(self) -> float:
        seconds = self.elapsed.total_seconds() if self.elapsed else 0.0
        return self.job.progress_done / seconds if seconds > 0.5 and self.job.state == Job.State.RUNNING else 0.0


def work_on(report: UsageReport) -> Work | None:
    """Return the work on a report; None when no job of it is known."""
    job = job_of(report)
    if job is None:
        return None
    elapsed = ExpressionWrapper(Now() - F("started_at"), output_field=DurationField())
    return Work(job=job, elapsed=Job.objects.filter(pk=job.pk).values_list(elapsed, flat=True).first())
