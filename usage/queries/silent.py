"""Instances that should have reported and did not, for the account manager's list."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery

from ground.actor import Actor
from licenses.models import Instance
from licenses.queries import NothingAgreed, terms_at
from rollcall.period import Period, civil_day
from rollcall.terms.contract import ContractTerms
from usage.dues import due_at, due_date, silent_after_days
from usage.models import Grade, UsageReport
from usage.queries.ownership import COUNTED_STATES

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class SilentInstance:
    """One instance, the instant from which it is missed, and the words for it."""

    instance: Instance
    since: datetime
    words: str


def silent_instances(*, actor: Actor, now: datetime) -> list[SilentInstance]:
    """Return the running instances that are missed, the longest silent first.

    An instance that reports by itself every day is missed after some silent days (USAGE_SILENT_AFTER_DAYS); one whose
    files a person sends, or that owes one report per period, when the report for its last period is overdue.
    """
    found = (_silence(instance, now) for instance in _running(actor, now))
    return sorted((one for one in found if one is not None), key=lambda one: (one.since, one.instance.pk))


def _running(actor: Actor, now: datetime) -> QuerySet[Instance]:
    """Instances that owe days now and whose reports do not reach up to yesterday."""
    last = UsageReport.objects.filter(instance=OuterRef("pk"), state__in=COUNTED_STATES, covers__isnull=False).order_by(
        "-covers__endswith"
    )
    today = now.date()
    return (
        Instance.objects.for_actor(actor)
        .filter(Q(reports_until__isnull=True) | Q(reports_until__gt=today), reports_from__lt=today)
        .annotate(
            last_instant=Subquery(last.values("covers__endswith")[:1]), last_grade=Subquery(last.values("grade")[:1])
        )
        .filter(Q(last_instant__isnull=True) | Q(last_instant__lt=now - ONE_DAY))
        .select_related("contract__customer")
    )


def _silence(instance: Instance, now: datetime) -> SilentInstance | None:
    try:
        terms = terms_at(contract=instance.contract, day=now.date())
    except NothingAgreed:
        return None
    today = civil_day(now, terms.timezone)
    last: datetime | None = instance.last_instant  # type: ignore[attr-defined]
    first_missing = civil_day(last, terms.timezone) if last is not None else instance.reports_from
    by_itself = instance.last_grade in (Grade.INSTANCE_API, Grade.SIGNED)  # type: ignore[attr-defined]
    if by_itself and terms.reporting_cadence == "daily":
        if (today - first_missing).days < silent_after_days():
            return None
        since = Period(first_missing, first_missing + ONE_DAY).instants(terms.timezone)[0]
        silent = Period(first_missing, today)
        return SilentInstance(instance=instance, since=since, words=f"{instance.name} is silent: {silent.words()}")
    period = overdue_period(terms, today)
    if period is None or first_missing >= period.end or period.end <= instance.reports_from:
        return None
    return SilentInstance(
        instance=instance,
        since=due_at(period, terms.timezone),
        words=f"{instance.name} has not reported all of {period.words()}; its report was due {due_date(period)}",
    )


def overdue_period(terms: ContractTerms, today: date) -> Period | None:
    """Return the last billing period whose report was due before today; None when none was yet."""
    return next((period for period in reversed(terms.periods) if due_date(period) < today), None)
