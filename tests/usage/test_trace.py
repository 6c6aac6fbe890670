"""From a counted person back to the lines of the files."""

import pytest

from ground.actor import NotAllowed
from licenses.operations.register_instance import register_instance
from licenses.queries import salt_of, terms_at
from rollcall.terms.identity import user_ref
from tests.cast import BUILDER, House, sign_contract, terms_json
from tests.usage.sending import NOW, SEPTEMBER, Act, csv_of, run_jobs, send, september
from usage.models import ActiveUserCount
from usage.operations.count_period import count_period
from usage.operations.order_trace import NotAPerson, order_trace


def counted(contract: object) -> ActiveUserCount:
    terms = terms_at(contract=contract, day=SEPTEMBER.start)
    return count_period(contract=contract, metric_name="active", terms=terms, period=SEPTEMBER, now=NOW)


def lines_of(count: ActiveUserCount, name: str) -> dict:
    order_trace(actor=BUILDER, count=count, user_ref=user_ref(salt_of(contract=count.contract), name))
    (job,) = run_jobs()
    return job.result


def test_every_counted_row_of_a_person_is_named_by_file_line_and_action(house: House) -> None:
    first = csv_of(
        [
            Act(user="ada", at="2026-09-01T12:00:00Z"),
            Act(user="Ada ", at="2026-09-02T22:30:00Z", action="open"),
            Act(user="bob", at="2026-09-02T12:00:00Z"),
            Act(user="ada", at="never"),
            Act(user="ada", at="2026-09-20T12:00:00Z"),
        ]
    )
    second = csv_of([Act(user="ADA", at="2026-09-20T13:00:00Z")])
    send(house.instance_a, first, september(1, 30), name="first.csv")
    later = send(house.instance_a, second, september(15, 30), name="second.csv", generated_at=NOW)
    assert later.state == "accepted", later.refusal_message

    found = lines_of(counted(house.contract_a), "ada")

    assert found["total"] == 3
    assert found["not_read"] == []
    assert [(line["file"], line["line"], line["at"], line["day"], line["action"]) for line in found["lines"]] == [
        ("first.csv", 2, "2026-09-01T12:00:00Z", "2026-09-01", "login"),
        ("first.csv", 3, "2026-09-02T22:30:00Z", "2026-09-03", "open"),
        ("second.csv", 2, "2026-09-20T13:00:00Z", "2026-09-20", "login"),
    ]
    assert {line["instance"] for line in found["lines"]} == {"Berlin-1"}


def test_the_lines_of_an_alias_belong_to_the_person(house: House) -> None:
    metric = {
        "kind": "active_users",
        "definition": {"actions": ["*"], "identity": {"aliases": {"old@x.example": "new@x.example"}}},
        "calculation": "unique",
    }
    contract = sign_contract(house.customer_a, "K-2026-010", terms_json(metrics={"active": metric}))
    instance = register_instance(actor=BUILDER, contract=contract, name="Alias-1", reports_from=SEPTEMBER.start)
    acts = [Act(user="old@x.example", at="2026-09-01T12:00:00Z"), Act(user="new@x.example", at="2026-09-02T12:00:00Z")]
    send(instance, csv_of(acts))

    assert [line["line"] for line in lines_of(counted(contract), "new@x.example")["lines"]] == [2, 3]


def test_a_trace_is_made_once_for_those_who_may_see_the_count(house: House) -> None:
    send(house.instance_a, csv_of([Act(user="ada", at="2026-09-01T12:00:00Z")]))
    count = counted(house.contract_a)
    ref = user_ref(salt_of(contract=house.contract_a), "ada")

    with pytest.raises(NotAllowed):
        order_trace(actor=house.customer_admin_b.actor, count=count, user_ref=ref)
    with pytest.raises(NotAPerson):
        order_trace(actor=house.customer_admin_a.actor, count=count, user_ref="ada")
    first = order_trace(actor=house.customer_admin_a.actor, count=count, user_ref=ref)
    run_jobs()
    assert order_trace(actor=house.customer_admin_a.actor, count=count, user_ref=ref).pk == first.pk
