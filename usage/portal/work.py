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
    """The job of a report as a page shows it. `elapsed` comes from the database's clock, as the job's times do.

    `expected` is a guess at the total where the job does not know it: rows are read in one pass.
    """

    job: Job
    elapsed: timedelta | None
    expected: int

    @property
    def words(self) -> str:
        """What is being done; a job that waits says so."""
        if self.job.state == Job.State.QUEUED:
            return "again in a moment" if self.job.attempts else "waits for its turn"
        return self.job.progress_words or "begins"

    @property
    def total(self) -> int:
        """The total, at least what is done already; 0 while nothing is known of it."""
        known = self.job.progress_total or self.expected
        return max(known, self.job.progress_done) if known else 0

    @property
    def done_words(self) -> str:
        """What is done of the total, such as "46,000 of about 96,700"."""
        if not self.job.progress_done and not self.job.progress_total:
            return ""
        done = format.number(self.job.progress_done)
        if self.job.progress_total:
            return f"{done} of {format.number(self.job.progress_total)}"
        return f"{done} of about {format.number(self.total)}" if self.total else done

    @property
    def rate(self) -> str:
        """Steps per second, such as "46,000 per second"; empty while it cannot be told."""
        per_second = self._per_second()
        return f"{format.number(round(per_second))} per second" if per_second >= 1 else ""

    @property
    def time_left(self) -> str:
        """How long it will take roughly; empty while it cannot be told."""
        per_second = self._per_second()
        if not per_second or self.total <= self.job.progress_done:
            return ""
        return format.duration((self.total - self.job.progress_done) / per_second)

    def _per_second(self) -> float:
        seconds = self.elapsed.total_seconds() if self.elapsed else 0.0
        return self.job.progress_done / seconds if seconds > 0.5 and self.job.state == Job.State.RUNNING else 0.0


def work_on(report: UsageReport) -> Work | None:
    """Return the work on a report; None when no job of it is known."""
    job = job_of(report)
    if job is None:
        return None
    elapsed = ExpressionWrapper(Now() - F("started_at"), output_field=DurationField())
    return Work(
        job=job,
        elapsed=Job.objects.filter(pk=job.pk).values_list(elapsed, flat=True).first(),
        expected=expected_rows(report),
    )


def expected_rows(report: UsageReport) -> int:
    """Return about how many rows a file has, by the length of those that were looked at; 0 when none were."""
    sniffed = report.sniffed or {}
    shown = [sum(len(value) + 1 for value in row) for row in sniffed.get("preview") or []]
    size = sniffed.get("plain_size") or report.size
    if not shown:
        return 0
    guess = int(size * len(shown) / sum(shown))
    # Two figures: more would claim to know.
    return round(guess, 2 - len(str(guess)))
