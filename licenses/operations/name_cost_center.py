"""Name who bears the cost of an instance at the customer, in the customer's words."""

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import Instance


def name_cost_center(*, actor: Actor, instance: Instance, cost_center: str) -> Instance:
    """Store the cost center (empty: none) and return the instance; without a difference nothing is written.

    Raises NotAllowed, ValidationError for one that is too long.
    """
    actor.require_vendor()
    with own_transaction(), acting(actor=actor, verb="name_cost_center"):
        locked = Instance.objects.select_for_update().get(pk=instance.pk)
        if locked.cost_center == cost_center:
            return locked
        locked.cost_center = cost_center
        locked.full_clean()
        locked.save()
    return locked
