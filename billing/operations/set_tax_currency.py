"""Say in which currency a legal entity owes its tax, so that documents in other currencies say it, too."""

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import LegalEntity
from rollcall.money import exponent


def set_tax_currency(*, actor: Actor, legal_entity: LegalEntity, currency: str) -> LegalEntity:
    """Store the currency (ISO 4217) of the tax office; "" where no document has to say its tax in another one.

    Documents that are final keep what they say. Raises NotAllowed, rollcall.money.UnknownCurrency.
    """
    actor.require_vendor("finance")
    if currency:
        exponent(currency)
    with own_transaction(), acting(actor=actor, verb="set_tax_currency"):
        locked = LegalEntity.objects.select_for_update().get(pk=legal_entity.pk)
        if locked.tax_currency != currency:
            locked.tax_currency = currency
            locked.save()
    return locked
