"""Register an installation of the product."""

from datetime import date

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.license_jobs import ask_for_license
from licenses.models import Contract, Instance, IssuedBecause


def register_instance(
    *, actor: Actor, contract: Contract, name: str, reports_from: date, reports_until: date | None = None
) -> Instance:
    """Store one instance of a contract, which owes a report for every day from ``reports_from`` on.

    Raises NotAllowed, ValidationError when the contract already has an instance of that name.
    """
    actor.require_vendor()
    instance = Instance(
        customer_id=contract.customer_id,
        contract=contract,
        name=name,
        reports_from=reports_from,
        reports_until=reports_until,
    )
    instance.full_clean()
    with own_transaction(), acting(actor=actor, verb="register_instance"):
        instance.save()
        ask_for_license(contract=contract, because=IssuedBecause.INSTANCES, key=f"instance:{instance.public_id}")
    return instance
