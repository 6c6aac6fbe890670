"""The jobs that close periods: their keys, so that asking twice is asking once."""

from collections.abc import Sequence

from django.db import transaction

from ground.models import Job
from ground.operations import enqueue_job
from ground.together import own_transaction
from licenses.models import Contract, ContractVersion
from rollcall.period import Period
from usage.models import ExcusedDay, ReporterRecall

CLOSE = "billing.close_period"
REVIEW_AMENDMENT = "billing.review_amendment"
REVIEW_DAYS = "billing.review_days"
REVIEW_RECALL = "billing.review_recall"


def ask_to_close(*, contract: Contract, period: Period, asked_by: str, key_suffix: str = "") -> Job:
    """Enqueue the closing of one period of one contract, in the current transaction.

    The key is (contract, period) and, without a suffix, the number of times it was done before: while a job waits
    or runs, asking again gives the same job; when it is over, asking again is a new one, because the facts may have
    changed. No instant is part of the key, so a repeated click or schedule is not new work.
    """
    base = f"{CLOSE}:{contract.public_id}:{period.start.isoformat()}"
    if not key_suffix:
        over = Job.objects.filter(key__startswith=f"{base}:run-").exclude(
            state__in=(Job.State.QUEUED, Job.State.RUNNING)
        )
        key_suffix = f"run-{over.count() + 1}"
    return enqueue_job(
        key=f"{base}:{key_suffix}",
        kind=CLOSE,
        args={
            "contract_id": contract.pk,
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
            "asked_by": asked_by,
        },
        customer_id=contract.customer_id,
    )


def ask_to_review(version: ContractVersion) -> Job:
    """Enqueue, once, what an amendment asks of the periods that it reaches: new drafts, and true-ups of billed ones."""
    with own_transaction():
        return enqueue_job(
            key=f"{REVIEW_AMENDMENT}:{version.pk}",
            kind=REVIEW_AMENDMENT,
            args={"version_id": version.pk},
            customer_id=version.customer_id,
        )


def ask_to_review_days(words: Sequence[ExcusedDay]) -> Job:
    """Enqueue, once, what a word about days asks of the periods that they lie in: new drafts, or true-ups."""
    first = words[0]
    with transaction.atomic(durable=True):
        return enqueue_job(
            key=f"{REVIEW_DAYS}:{first.pk}",
            kind=REVIEW_DAYS,
            args={"word_ids": [word.pk for word in words]},
            customer_id=first.customer_id,
        )


def ask_to_count_again(*, recall: ReporterRecall, contract: Contract) -> Job:
    """Enqueue the counting again of what a recall concerns in a contract, in the current transaction.

    While it waits or runs, asking again gives the same job; when it is over, asking is a new one.
    """
    base = f"{REVIEW_RECALL}:{recall.public_id}:{contract.public_id}"
    over = Job.objects.filter(key__startswith=f"{base}:run-").exclude(state__in=(Job.State.QUEUED, Job.State.RUNNING))
    return enqueue_job(
        key=f"{base}:run-{over.count() + 1}",
        kind=REVIEW_RECALL,
        args={"recall_id": recall.pk, "contract_id": contract.pk},
        customer_id=contract.customer_id,
    )
