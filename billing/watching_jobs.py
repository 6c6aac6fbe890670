"""The jobs that look at running periods before the bill: their keys, so that many reasons to look are one look."""

from ground.models import Job
from ground.operations import enqueue_job
from licenses.models import Contract

WATCH = "billing.watch_contract"


def ask_to_watch(*, contract: Contract) -> Job:
    """Have the running period of a contract estimated and its limits looked at, in the current transaction.

    While a look waits, asking again gives the same job; one that runs may have read older facts, so that asking then
    is a new one.
    """
    base = f"{WATCH}:{contract.public_id}"
    begun = Job.objects.filter(key__startswith=f"{base}:look-").exclude(state=Job.State.QUEUED).count()
    return enqueue_job(key=f"{base}:look-{begun + 1}", kind=WATCH, args={"contract_id": contract.pk})
