"""The jobs of ``licenses``: licences made anew. Each loads, makes one call into operations, and may run twice."""

from datetime import timedelta

from django.db.models import QuerySet

from ground.actor import Actor
from ground.jobs import Args, JobContext, JobRefused, job
from licenses.license_jobs import REISSUE, REISSUE_ALL, ask_for_license
from licenses.models import Contract, ContractVersion, IssuedBecause
from licenses.operations.issue_license import LicenseTooLong
from licenses.operations.reissue_license import reissue_license
from licenses.vendor_signing import NoKey

WORKER = Actor.system("worker")


@job(REISSUE)
def reissue(context: JobContext) -> Args:
    """Issue the next licence of a contract, where it would say something else."""
    contract = Contract.objects.select_related("customer__legal_entity").get(pk=context.args["contract_id"])
    version_id = context.args.get("version_id")
    version = ContractVersion.objects.get(pk=version_id) if version_id else None
    because = IssuedBecause(context.args["because"])
    try:
        issued = reissue_license(actor=WORKER, contract=contract, because=because, now=context.now(), version=version)
    except (NoKey, LicenseTooLong) as error:
        raise JobRefused(str(error)) from error
    return {"serial": issued.serial if issued else None}


@job(REISSUE_ALL)
def reissue_all(context: JobContext) -> Args:
    """Ask for the next licence of every contract of a legal entity."""
    contracts = Contract.objects.filter(customer__legal_entity_id=context.args["legal_entity_id"])
    return {"asked": _ask(contracts, IssuedBecause.REVOKED, context.args["key"])}


@job("licenses.renew_licenses", every=timedelta(days=1))
def renew_licenses(context: JobContext) -> Args:
    """Ask every day for licences that end soon, or that grant something else from today on."""
    return {"asked": _ask(Contract.objects.all(), IssuedBecause.RENEWED, f"day:{context.now():%Y-%m-%d}")}


def _ask(contracts: QuerySet[Contract], because: IssuedBecause, key: str) -> int:
    licensed = list(contracts.filter(license_files__isnull=False).distinct().order_by("pk"))
    for contract in licensed:
        ask_for_license(contract=contract, because=because, key=key)
    return len(licensed)
