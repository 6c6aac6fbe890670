"""Asking for licences to be made anew after what they say has changed; the jobs are those of `tasks`."""

from ground.models import Job
from ground.operations.enqueue_job import enqueue_job
from licenses.models import Contract, ContractVersion, IssuedBecause, LegalEntity, LicenseFile

REISSUE, REISSUE_ALL = "licenses.reissue_license", "licenses.reissue_all"


def ask_for_license(
    *, contract: Contract, because: IssuedBecause, key: str, version: ContractVersion | None = None
) -> Job | None:
    """Ask for the next licence of a contract, once per `key`; None for a contract that never had a licence."""
    if not LicenseFile.objects.filter(contract=contract).exists():
        return None
    args = {"contract_id": contract.pk, "because": str(because), "version_id": version.pk if version else None}
    return enqueue_job(key=f"{REISSUE}:{contract.pk}:{key}", kind=REISSUE, args=args, customer_id=contract.customer_id)


def ask_for_all_licenses(*, legal_entity: LegalEntity, key: str) -> Job:
    """Ask for the next licence of every contract of an entity that has one: its keys are others now."""
    return enqueue_job(
        key=f"{REISSUE_ALL}:{legal_entity.pk}:{key}",
        kind=REISSUE_ALL,
        args={"legal_entity_id": legal_entity.pk, "key": key},
    )
