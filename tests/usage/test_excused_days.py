"""Days that a person leaves out: who may say so, what is kept, and what rating gets of it."""

from datetime import date

import pytest

from ground.actor import NotAllowed
from licenses.models import Contract
from licenses.operations.register_instance import register_instance
from rollcall.period import Period
from tests.cast import BUILDER, House, sign_contract, terms_json
from tests.usage.sending import NOW, SEPTEMBER
from usage.models import ExcusedDay
from usage.operations.decide_report import ReasonMissing
from usage.operations.excuse_days import NoDaysToExcuse, excuse_days
from usage.queries import excused_days

PEAK = {"kind": "active_users", "definition": {"actions": ["*"]}, "calculation": "max"}
FESTIVAL = date(2026, 9, 3)


@pytest.fixture
def contract(house: House) -> Contract:
    """A contract that bills the peak of its days, beside people who are counted once."""
    metrics = {"active": PEAK, "once": {"kind": "active_users", "definition": {"actions": ["*"]}}}
    signed = sign_contract(house.customer_a, "K-2026-008", terms_json(metrics=metrics))
    register_instance(actor=BUILDER, contract=signed, name="Berlin-8", reports_from=date(2026, 1, 1))
    return signed


def decided(contract: Contract, metric: str = "active", period: Period = SEPTEMBER) -> list[dict[str, object]]:
    return excused_days(contract=contract, period=period, metric_name=metric)


def test_the_last_word_about_a_day_is_valid(house: House, contract: Contract) -> None:
    manager = house.account_manager.actor
    days = [FESTIVAL, date(2026, 9, 4), date(2026, 10, 1)]
    excuse_days(actor=manager, contract=contract, days=days, reason=" Load test ", now=NOW)
    assert decided(contract) == [
        {
            "excused_days": ["2026-09-03", "2026-09-04"],
            "reason": "Load test",
            "decided_by": "Amir Manders",
            "metric": "active",
        }
    ]
    excuse_days(actor=manager, contract=contract, days=[FESTIVAL], reason="It was no test.", now=NOW, is_excused=False)
    assert [decision["excused_days"] for decision in decided(contract)] == [["2026-09-04"]]
    excuse_days(actor=manager, contract=contract, days=[FESTIVAL], reason="Fair", now=NOW, metric_name="active")
    assert [decision["reason"] for decision in decided(contract)] == ["Fair", "Load test"]
    assert ExcusedDay.objects.count() == 5


@pytest.mark.parametrize("person", ["customer_admin_a", "stranger"])
def test_a_customer_cannot_excuse_its_own_days(house: House, contract: Contract, person: str) -> None:
    with pytest.raises(NotAllowed):
        excuse_days(
            actor=getattr(house, person).actor, contract=contract, days=[FESTIVAL], reason="We were away.", now=NOW
        )
    assert not ExcusedDay.objects.exists()


def test_a_word_that_means_nothing_is_refused(house: House, contract: Contract) -> None:
    manager = house.account_manager.actor
    with pytest.raises(ReasonMissing, match="the invoice prints the reason"):
        excuse_days(actor=manager, contract=contract, days=[FESTIVAL], reason="  ", now=NOW)
    with pytest.raises(NoDaysToExcuse, match="Name the days"):
        excuse_days(actor=manager, contract=contract, days=[], reason="Load test", now=NOW)
    with pytest.raises(NoDaysToExcuse, match="no metric seats on 03 Sep 2026"):
        excuse_days(actor=manager, contract=contract, days=[FESTIVAL], reason="x", now=NOW, metric_name="seats")
    with pytest.raises(NoDaysToExcuse, match="counted once in a period have no days"):
        excuse_days(actor=manager, contract=contract, days=[FESTIVAL], reason="x", now=NOW, metric_name="once")
    with pytest.raises(NoDaysToExcuse, match="counted once in a period have no days"):
        excuse_days(actor=manager, contract=house.contract_a, days=[FESTIVAL], reason="x", now=NOW)
