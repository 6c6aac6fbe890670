"""The jobs that look for differences: their keys, so that many reasons to look are one look."""

from ground.models import Job
from ground.operations import enqueue_job
from licenses.models import Contract, ContractVersion, Instance
from usage.models import UsageReport

LOOK = "billing.look_for_differences"


def ask_to_look(*, contract: Contract) -> Job:
    """Have the differences of a contract looked for, in the current transaction.

    While a look waits, asking again gives the same job; one that runs may have read older facts, so that asking then
    is a new one. No instant is part of the key. What is found is the vendor's alone, so the job is nobody's.
    """
    base = f"{LOOK}:{contract.public_id}"
    begun = Job.objects.filter(key__startswith=f"{base}:look-").exclude(state=Job.State.QUEUED).count()
    return enqueue_job(key=f"{base}:look-{begun + 1}", kind=LOOK, args={"contract_id": contract.pk})


def look_after(of: UsageReport | Instance | ContractVersion) -> Job:
    """Have the differences of a contract looked for after something of it changed."""
    return ask_to_look(contract=of.contract)
