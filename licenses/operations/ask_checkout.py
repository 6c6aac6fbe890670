"""Ask the vendor's checkout hook before bought seats are reduced; outside any transaction of the change."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.ids import new_public_id
from licenses.checkout import CheckoutAnswer, answered, broken, checkout_hook_of, question_about
from licenses.models import CheckoutQuestion, Contract, WebhookDestination
from licenses.operations.deliver_next import Sent, send
from licenses.webhooks import body_of
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused

QUESTION = "checkout.seats_reduced"


def ask_checkout(
    *, actor: Actor, contract: Contract, terms: Mapping[str, Any], active: Period, now: datetime
) -> CheckoutAnswer | None:
    """Return what the contract's hook says about terms from a day on, for `add_contract_version`.

    None where nobody needs to be asked: no hook, no seats taken away, or terms that are refused anyway. A hook that
    does not answer, or answers something else, allows nothing; the words then name the cure. The question and its
    answer are kept. Raises NotAllowed.
    """
    actor.require_vendor()
    hook = checkout_hook_of(contract)
    if hook is None:
        return None
    try:
        meaning = ContractTerms.from_json(terms)
    except TermsRefused:
        return None
    question = question_about(contract=contract, meaning=meaning, active=active, now=now)
    if question is None:
        return None
    body = body_of(kind=QUESTION, at=now, data=question)
    sent = send(hook, message_id=new_public_id(), body=body, now=now)
    is_allowed, words = _heard(hook, sent)
    with transaction.atomic(durable=True):
        CheckoutQuestion.objects.create(
            destination=hook,
            customer_id=contract.customer_id,
            contract=contract,
            asked_by=actor.name,
            asked_at=now,
            body=body,
            status_code=sent.answer.status if sent.answer else None,
            is_allowed=is_allowed,
            words=words,
        )
    return CheckoutAnswer(
        is_allowed=is_allowed,
        words=words,
        after=int(question["current"]["version"]),
        terms_digest=meaning.digest(),
        active=active,
    )


def _heard(hook: WebhookDestination, sent: Sent) -> tuple[bool, str]:
    if sent.answer is None:
        return False, broken(hook, sent.words)
    if not sent.is_good:
        return False, broken(hook, f"It answered {sent.answer.status}.")
    try:
        said = json.loads(sent.answer.body.decode("utf-8"))
    except (ValueError, RecursionError):
        said = None
    return answered(said, hook)
