"""Ask for a copy of an invoice's bundle with the names of its people and the contract's salt."""

from django.db import transaction

from billing.models import Invoice
from billing.queries.bundles import PACK, is_packed, names_mark, pack_key, packings
from ground.actor import Actor
from ground.models import Job
from ground.operations.enqueue_job import enqueue_job

NAMES_GONE = "The names of these people were erased. The bundle without names is complete and still verifies."


class NoNames(Exception):
    """The names behind the invoice were erased, so there is nothing to add to its bundle."""


def order_download(*, actor: Actor, invoice: Invoice) -> Job:
    """Return the job that packs the copy; one that is under way, or whose copy is still kept, is returned as it is.

    Raises NotAllowed, NoNames.
    """
    actor.require_customer(invoice.customer_id)
    mark = names_mark(contract=invoice.contract)
    if not mark:
        raise NoNames(NAMES_GONE)
    with transaction.atomic():
        jobs = packings(invoice, mark)
        latest = jobs[0] if jobs else None
        if latest is not None and (not latest.is_over or is_packed(latest)):
            return latest
        return enqueue_job(
            key=f"{pack_key(invoice, mark)}{len(jobs)}",
            kind=PACK,
            args={"invoice_id": invoice.pk, "mark": mark},
            customer_id=invoice.customer_id,
        )
