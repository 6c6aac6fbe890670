"""The jobs of ``licenses``: licences made anew, events told. Each loads, calls operations, and may run twice."""

import time
from datetime import timedelta

from django.db.models import QuerySet

from ground.actor import Actor
from ground.jobs import Args, JobContext, JobRefused, job
from licenses.license_jobs import REISSUE, REISSUE_ALL, ask_for_license
from licenses.models import Contract, ContractVersion, IssuedBecause
from licenses.operations.announce_entitlements import announce_entitlements
from licenses.operations.deliver_next import deliver_next
from licenses.operations.distribute_event import distribute_event
from licenses.operations.forget_events import forget_events
from licenses.operations.issue_license import LicenseTooLong
from licenses.operations.reissue_license import reissue_license
from licenses.vendor_signing import NoKey
from licenses.webhook_jobs import DELIVER, DISTRIBUTE, IN_A_ROW, IN_A_ROW_SECONDS, ask_about_overdue, ask_for_rest

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


@job(DISTRIBUTE)
def distribute(context: JobContext) -> Args:
    """Bring an event to everybody who wants it. Arguments: event."""
    return {"destinations": distribute_event(public_id=context.args["event"], now=context.now())}


@job(DELIVER)
def deliver(context: JobContext) -> Args:
    """Send what is due at a destination, one after the other. Arguments: destination_id."""
    destination_id = context.args["destination_id"]
    sent, until = 0, time.monotonic() + IN_A_ROW_SECONDS
    while sent < IN_A_ROW and (sent == 0 or time.monotonic() < until):
        if deliver_next(destination_id=destination_id, now=context.now()) is None:
            break
        sent += 1
        context.progress(sent)
    ask_for_rest(destination_id=destination_id, because=str(context.job_id), now=context.now())
    return {"sent": sent}


@job("licenses.deliver_overdue", every=timedelta(minutes=10))
def deliver_overdue(context: JobContext) -> Args:
    """Ask again for events that nobody brought on their way and for deliveries whose job was lost."""
    return {"asked": ask_about_overdue(now=context.now())}


@job("licenses.announce_entitlements", every=timedelta(hours=6))
def announce_all_entitlements(context: JobContext) -> None:
    """Announce what contracts grant from today on; a state that was told is not told again."""
    for contract in Contract.objects.select_related("customer").order_by("pk").iterator():
        announce_entitlements(contract=contract, now=context.now())


@job("licenses.forget_events", every=timedelta(days=1))
def forget(context: JobContext) -> Args:
    """Forget events that were told long ago."""
    return {"forgotten": forget_events(now=context.now())}


def _ask(contracts: QuerySet[Contract], because: IssuedBecause, key: str) -> int:
    licensed = list(contracts.filter(license_files__isnull=False).distinct().order_by("pk"))
    for contract in licensed:
        ask_for_license(contract=contract, because=because, key=key)
    return len(licensed)
