"""Say that versions of a reporter count wrongly: what they report from now on waits for a person."""

from datetime import date, datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from rollcall.signing.reporter_versions import Versions
from usage.models import ReporterRecall
from usage.operations.decide_report import ReasonMissing


class RecalledAlready(Exception):
    """The same versions are recalled already, and that recall stands."""


def recall_reporter(
    *, actor: Actor, reporter: str, versions: Versions, since: date | None, reason: str, cure: str, now: datetime
) -> ReporterRecall:
    """Record the recall. Nothing that is counted or billed changes by it: what it concerns is listed for a person.

    `since` is the first day that is counted wrongly, None for all; `cure` says what the customer does, such as which
    version to install. Raises NotAllowed, ReasonMissing, RecalledAlready.
    """
    actor.require_vendor("account_manager", "finance", "admin")
    if not reporter.strip():
        raise ReasonMissing("Name the reporter, as its reports do: rollcall, or a name that the product gives.")
    if not reason.strip() or not cure.strip():
        raise ReasonMissing("Say what is counted wrongly, and what the customer does about it: both stand on receipts.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="recall_reporter", reason=reason):
        same = ReporterRecall.objects.filter(
            reporter=reporter.strip(), first_version=versions.first, last_version=versions.last, lifted_at=None
        )
        if found := same.first():
            raise RecalledAlready(f"{found.what} is recalled already, by {found.recalled_by}: {found.reason}")
        return ReporterRecall.objects.create(
            reporter=reporter.strip(),
            first_version=versions.first,
            last_version=versions.last,
            since=since,
            reason=reason.strip(),
            cure=cure.strip(),
            recalled_by=actor.name,
            recalled_at=now,
        )
