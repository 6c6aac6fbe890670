"""Send one question about a difference to the customer's administrators."""

from django.core.mail import EmailMessage

from billing.models import DifferenceEvent
from ground.faults import fault_point


def send_question(*, event_id: int) -> list[str]:
    """Send the mail that the history keeps, and return the addresses it went to.

    The caller's job is keyed, so a mail is sent once; a worker that dies while sending may send it a second time.
    """
    event = DifferenceEvent.objects.select_related("contract__customer__legal_entity").get(pk=event_id)
    entity = event.contract.customer.legal_entity
    to: list[str] = event.data["to"]
    fault_point("ask.before_send")
    EmailMessage(
        subject=event.data["subject"], body=event.reason, to=to, reply_to=[entity.email] if entity.email else []
    ).send()
    return to
