"""Create a contract; what it says comes with its first version."""

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import Contract, Customer, User


def create_contract(
    *,
    actor: Actor,
    customer: Customer,
    number: str,
    product_name: str,
    buyer_reference: str = "",
    po_number: str = "",
    payment_days: int = 30,
    account_manager: User | None = None,
    raw_kept_days: int = 730,
) -> Contract:
    """Store one contract of a customer. Raises NotAllowed, ValidationError when the number is taken."""
    actor.require_vendor()
    contract = Contract(
        customer=customer,
        number=number,
        product_name=product_name,
        buyer_reference=buyer_reference,
        po_number=po_number,
        payment_days=payment_days,
        account_manager=account_manager,
        raw_kept_days=raw_kept_days,
    )
    contract.full_clean()
    with own_transaction(), acting(actor=actor, verb="create_contract"):
        contract.save()
    return contract
