"""Record what a customer still owes from the system before this one."""

from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError

from billing.models import OpenBalance
from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import Customer
from rollcall.money import exponent


def record_open_balance(
    *, actor: Actor, customer: Customer, number: str, currency: str, amount: Decimal, due_date: date, now: datetime
) -> OpenBalance:
    """Store what is open of one document of the old system; recorded again, its amount and due date are replaced.

    Nothing is collected from it here. The same again changes nothing; what was there before stays in the history.
    Raises NotAllowed, ValidationError for an amount that the currency cannot have or that is nothing.
    """
    actor.require_vendor("finance", "admin")
    if amount != amount.quantize(Decimal(1).scaleb(-exponent(currency))):
        raise ValidationError({"amount": f"{amount} has more decimals than {currency} has."})
    facts = {"currency": currency, "amount": amount, "due_date": due_date}
    with own_transaction(), acting(actor=actor, verb="record_open_balance"):
        known = OpenBalance.objects.select_for_update().filter(customer=customer, number=number).first()
        if known is not None and all(getattr(known, name) == value for name, value in facts.items()):
            return known
        row = known or OpenBalance(customer=customer, number=number)
        for name, value in (facts | {"recorded_by": actor.name, "recorded_at": now}).items():
            setattr(row, name, value)
        row.full_clean()
        row.save()
    return row
