"""The last step of a month: every document that can be sent goes out once, and what cannot says why."""

from billing.models import Delivery, Invoice
from billing.operations.render_document import render_document
from billing.operations.send_invoice import send_invoice
from licenses.models import Contract
from licenses.operations.add_billing_contact import add_billing_contact
from licenses.operations.remove_billing_contact import remove_billing_contact
from tests.billing.runs.fleet import carried_out, done, fleet, outcomes, plan_of, started
from tests.billing.story import at
from tests.cast import BUILDER, House

NOW = at(5, 3)


def billed(house: House, amounts: list[str]) -> list[Contract]:
    contracts = fleet(house, amounts)
    done(house.finance.actor, "draft", only=contracts)
    done(house.finance.actor, "finalize", only=contracts)
    return contracts


def rendered(contract: Contract, email: str = "") -> Invoice:
    invoice = Invoice.objects.get(contract=contract)
    render_document(invoice_id=invoice.pk, now=NOW)
    if email:
        add_billing_contact(actor=BUILDER, contract=contract, email=email, now=NOW)
    return invoice


def test_what_can_be_sent_goes_out_once_and_the_rest_says_why(committed_house: House) -> None:
    finance = committed_house.finance.actor
    ready, alone, unmade = billed(committed_house, ["100.00", "200.00", "300.00"])
    rendered(ready, "ap@aurel.example")
    rendered(alone)

    plan = plan_of(finance, "send", only=[ready, alone, unmade])
    assert [part.contract_number for part in plan.parts] == ["K-RUN-001"]
    assert sorted(plan.reasons) == [
        ("its PDF is still being made", 1),
        ("nobody to send it to: the contract has no billing contact", 1),
    ]
    run = done(finance, "send", only=[ready, alone, unmade])

    assert outcomes(run)[0] == ("K-RUN-001", "done", "R-0001 goes to ap@aurel.example")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.asked_by, delivery.to) == ("queued", finance.name, ["ap@aurel.example"])
    assert ("on its way already", 1) in plan_of(finance, "send", only=[ready, alone, unmade]).reasons


def test_what_somebody_sent_or_nobody_may_get_any_more_is_said(committed_house: House) -> None:
    finance = committed_house.finance.actor
    first, second = billed(committed_house, ["100.00", "200.00"])
    sent = rendered(first, "ap@aurel.example")
    rendered(second, "old@aurel.example")
    run = started(finance, "send", only=[first, second])
    send_invoice(actor=finance, invoice=sent, how="pdf", now=at(5, 2))
    contact = second.billing_contacts.get()
    remove_billing_contact(actor=finance, contact=contact, now=NOW)

    carried_out(run)

    assert outcomes(run)[0] == ("K-RUN-001", "same", "R-0001 was sent to ap@aurel.example already")
    _, outcome, words = outcomes(run)[1]
    assert outcome == "refused"
    assert "no billing contact" in words
    assert Delivery.objects.count() == 1
