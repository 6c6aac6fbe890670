"""What receivers of webhooks are told of a month: each fact once, when it is final, with amounts as texts."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from billing.credit_parts import Whole
from billing.operations.announce_invoice import announce_invoice
from billing.operations.credit_invoice import credit_invoice
from billing.operations.finalize_invoice import finalize_invoice
from ground.faults import InjectedFault
from licenses.models import EventKind, WebhookEvent
from licenses.operations.register_destination import register_destination
from tests.billing.story import APRIL, MAY, Story, at, export, people
from tests.cast import BUILDER
from tests.licenses.receiver import Receiver, work
from tests.licenses.test_webhooks import there
from usage.models import Grade, UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.decide_report import decide_report
from usage.operations.read_report import read_report
from usage.operations.receive_report import receive_report
from usage.operations.sniff_report import sniff_report

__all__ = ["there"]


@pytest.fixture
def told(plain_story: Story, there: Receiver) -> Callable[[], list[tuple[str, dict[str, Any]]]]:
    """Somebody wants everything; gives what came in since it was asked last, as (type, data)."""
    wanted = set(EventKind.values) - {EventKind.TEST}
    register_destination(actor=plain_story.finance, url=there.url, note="All", event_types=wanted, now=at(4, 1))

    def since() -> list[tuple[str, dict[str, Any]]]:
        work(at(12, 31))
        said = [json.loads(body) for _, body in there.got]
        assert all(len(body) < 4096 for _, body in there.got)
        there.got.clear()
        return [(one["type"], one["data"]) for one in said]

    return since


def test_a_month_is_told_from_its_report_to_its_credit_note(
    plain_story: Story, told: Callable[[], list[tuple[str, dict[str, Any]]]]
) -> None:
    story = plain_story
    both = {
        "contract": {
            "id": story.contract.public_id,
            "number": "K-2026-009",
            "product": "Atlas Analytics Server",
        },
        "customer": {"id": story.contract.customer.public_id, "number": "C-1001"},
    }
    report = story.deliver(people(100), APRIL, now=at(5, 1))
    (first, received), (second, accepted) = told()
    assert (first, second) == ("report.received", "report.accepted")
    assert received == both | {
        "report": report.public_id,
        "state": "needs_confirmation",
        "grade": "upload",
        "file_name": "2026-04-01.csv",
        "sha256": report.sha256,
        "received_at": "2026-05-01T09:00:00Z",
        "covers": None,
        "instance": {"id": story.instance.public_id, "name": story.instance.name},
        "rows": {"read": None, "accepted": None, "quarantined": None},
        "users": None,
        "code": "",
        "words": "",
    }
    assert (accepted["state"], accepted["users"]) == ("accepted", 100)
    assert accepted["rows"] == {"read": 100, "accepted": 100, "quarantined": 0}
    assert accepted["covers"] == {"start": "2026-03-31T22:00:00Z", "end": "2026-04-30T22:00:00Z"}

    invoice = story.bill(APRIL, now=at(5, 3))
    (first, final), (second, closed) = told()
    assert (first, second) == ("invoice.finalized", "period.closed")
    assert final == both | {
        "invoice": invoice.public_id,
        "number": "R-0001",
        "kind": "invoice",
        "corrects": None,
        "currency": "EUR",
        "net_amount": "2900.00",
        "tax_amount": "551.00",
        "gross_amount": "3451.00",
        "prepaid_amount": "0.00",
        "issue_date": "2026-05-03",
        "due_date": "2026-06-02",
        "period": {"start": "2026-04-01", "end": "2026-05-01", "zone": "Europe/Berlin"},
        "finalized_at": "2026-05-03T09:00:00Z",
        "snapshot_digest": invoice.snapshot_digest,
    }
    assert closed == both | {
        "charge": "seats",
        "kind": "regular",
        "period": {"start": "2026-04-01", "end": "2026-05-01", "zone": "Europe/Berlin"},
        "users": 100,
        "currency": "EUR",
        "net_amount": "2900.00",
        "invoice": {"id": invoice.public_id, "number": "R-0001"},
    }

    story.deliver(people(117), APRIL, now=at(5, 12))
    said = dict(told())
    assert said["true_up.proposed"]["difference_amount"] == "493.00"
    assert (said["true_up.proposed"]["new_users"], said["true_up.proposed"]["gone_users"]) == (17, 0)

    note = credit_invoice(
        actor=story.finance, invoice=invoice, parts=[Whole()], reason="Three accounts were tests.", now=at(5, 14)
    )
    finalize_invoice(actor=story.finance, invoice=note, now=at(5, 14), today=at(5, 14).date())
    [(kind, given)] = told()
    assert (kind, given["number"], given["corrects"]) == ("credit_note.finalized", "C-0001", "R-0001")
    # Asked again, nothing is told twice.
    announce_invoice(invoice=invoice)
    assert told() == []


def test_what_waits_for_a_person_and_what_is_refused_is_told(
    plain_story: Story, told: Callable[[], list[tuple[str, dict[str, Any]]]]
) -> None:
    story = plain_story

    def confirmed(report: UsageReport, day: int) -> UsageReport:
        said: dict[str, Any] = {"mapping": None, "source_timezone": "", "covers": MAY, "generated_at": at(6, day)}
        return confirm_report(actor=BUILDER, report=report, now=at(6, day), **said)

    better = receive_report(
        actor=BUILDER,
        instance=story.instance,
        file_name="by-itself.csv",
        stream=io.BytesIO(export(people(10), list(MAY.each_day()))),
        now=at(6, 1),
        grade=Grade.INSTANCE_API,
    ).report
    read_report(report_id=confirmed(sniff_report(report_id=better.pk, now=at(6, 1)), 1).pk, now=at(6, 1))
    told()
    report = story.deliver(people(11), MAY, now=at(6, 2), read=False)
    waits = confirmed(report, 2)
    (_, received), (kind, asked) = told()
    assert (received["report"], kind) == (report.public_id, "report.decision_needed")
    assert "counts for more" in asked["words"]
    decide_report(actor=story.manager, report=waits, accept=False, reason="The signed one stands.", now=at(6, 3))
    [(kind, refused)] = told()
    assert (kind, refused["code"], refused["words"]) == (
        "report.rejected",
        "decision.refused",
        "The signed one stands.",
    )


def test_an_invoice_that_was_not_finalized_is_not_told(
    plain_story: Story, told: Callable[[], list[Any]], armed: Callable[..., None]
) -> None:
    plain_story.deliver(people(5), APRIL, now=at(5, 1))
    told()
    closing = plain_story.close(APRIL, now=at(5, 3))
    armed("finalize.before_commit")
    with pytest.raises(InjectedFault):
        plain_story.finalize(closing, now=at(5, 3))
    assert told() == []
    assert not WebhookEvent.objects.filter(kind=EventKind.INVOICE_FINALIZED).exists()
    plain_story.finalize(closing, now=at(5, 4))
    assert [kind for kind, _ in told()] == ["invoice.finalized", "period.closed"]


def test_what_a_customer_sends_in_the_portal_is_told_of_that_customer_only(plain_story: Story, there: Receiver) -> None:
    house = plain_story.house
    for customer in (house.customer_a, house.customer_b):
        register_destination(
            actor=plain_story.finance,
            url=f"{there.url}/{customer.number}",
            note=customer.name,
            event_types=[EventKind.REPORT_RECEIVED],
            customer=customer,
            now=at(4, 1),
        )
    plain_story.deliver(people(3), APRIL, now=at(5, 1))
    work(at(5, 2))
    assert [json.loads(body)["data"]["customer"]["number"] for _, body in there.got] == ["C-1001"]
