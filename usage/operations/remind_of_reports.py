"""Find the reports of which people are to be reminded, and have one mail sent to each of them, once."""

from collections.abc import Sequence
from datetime import datetime

from ground.models import Job
from ground.operations.enqueue_job import enqueue_job
from licenses.models import Contract, Membership, User
from usage.queries.overdue import DueReport, reports_to_remind_of


def remind_of_reports(*, now: datetime) -> list[Job]:
    """Enqueue the mails that stand now; asking again changes nothing, because each has its key.

    Before a report is due its customer's administrators are reminded, afterwards the account manager too.
    """
    jobs: list[Job] = []
    contracts = Contract.objects.filter(instances__isnull=False).distinct().order_by("pk")
    for contract in contracts.select_related("account_manager", "customer").iterator(chunk_size=200):
        for due in reports_to_remind_of(contract=contract, now=now):
            jobs += [_mail(due, user) for user in administrators(contract)]
            if due.offset > 0 and contract.account_manager is not None:
                jobs.append(_mail(due, contract.account_manager))
    return jobs


def administrators(contract: Contract) -> Sequence[User]:
    """Return the people who answer for the customer's reports, in the order of their addresses."""
    members = Membership.objects.filter(
        customer_id=contract.customer_id, role=Membership.Role.ADMIN, user__is_active=True
    ).select_related("user")
    return [member.user for member in members.order_by("user__email")]


def _mail(due: DueReport, user: User) -> Job:
    return enqueue_job(
        key=f"usage.send_reminder:{due.contract.pk}:{due.period.start}:{due.offset:+d}:{user.pk}",
        kind="usage.send_reminder",
        args={
            "contract_id": due.contract.pk,
            "start": due.period.start.isoformat(),
            "offset": due.offset,
            "user_id": user.pk,
        },
        customer_id=due.contract.customer_id,
    )
