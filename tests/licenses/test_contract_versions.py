"""What was agreed stands: versions follow each other, and nothing in them changes."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from licenses.models import ContractSecret, ContractVersion
from licenses.operations.add_contract_version import (
    BilledOtherwise,
    ChangesCurrency,
    ChangesThePast,
    NotAtACycleBoundary,
    OutsideTheTerm,
    ReplacesAVersion,
    add_contract_version,
)
from licenses.queries import NothingAgreed, agreed_days, salt_of, terms_at, version_at, zone_at, zones_of
from licenses.ranges import period_of
from rollcall.period import Period
from rollcall.terms.fields import TermsRefused
from tests.cast import AGREED_AT, House, terms_json

JULY = Period(date(2026, 7, 1), date(2027, 1, 1))
REPORTED = {"kind": "reported_users", "calculation": "max"}
DEARER = {"charges": {"seats": {"metric": "active", "price": {"model": "per_user", "unit_price": "30.00"}}}}


def amend(house: House, active: Period = JULY, **changes: object) -> ContractVersion:
    return add_contract_version(
        actor=house.account_manager.actor,
        contract=house.contract_a,
        terms=terms_json(**changes),
        active=active,
        agreed_at=datetime(2026, 6, 1, tzinfo=UTC),
        reason="price rise of 2026",
    )


def test_the_first_version_makes_the_salt_and_an_amendment_keeps_it(house: House) -> None:
    salt = salt_of(contract=house.contract_a)
    assert len(salt) == 32
    assert salt != salt_of(contract=house.contract_b)
    amend(house, **DEARER)
    assert salt_of(contract=house.contract_a) == salt


def test_an_amendment_ends_the_version_before_it(house: House) -> None:
    amend(house, **DEARER)
    first, second = ContractVersion.objects.filter(contract=house.contract_a)
    assert (first.number, period_of(first.active)) == (1, Period(date(2026, 1, 1), date(2026, 7, 1)))
    assert (second.number, period_of(second.active)) == (2, JULY)
    assert version_at(contract=house.contract_a, day=date(2026, 6, 30)) == first
    assert version_at(contract=house.contract_a, day=date(2026, 7, 1)) == second
    assert agreed_days(contract=house.contract_a) == Period(date(2026, 1, 1), date(2027, 1, 1))


def test_stored_terms_are_those_of_the_engine_with_their_digest(house: House) -> None:
    version = version_at(contract=house.contract_a, day=date(2026, 3, 1))
    terms = terms_at(contract=house.contract_a, day=date(2026, 3, 1))
    assert version.terms_digest == terms.digest()
    assert version.terms == terms.to_json()
    assert zones_of(contract=house.contract_a) == ["Europe/Berlin"]
    assert zone_at(contract=house.contract_a, day=date(2020, 1, 1)) == "Europe/Berlin"


def test_no_version_is_an_answer_with_words(house: House) -> None:
    with pytest.raises(NothingAgreed, match="K-2026-001 has no version for 01 Jan 2027"):
        version_at(contract=house.contract_a, day=date(2027, 1, 1))


def test_a_version_that_leaves_nothing_of_another_is_refused(house: House) -> None:
    with pytest.raises(ReplacesAVersion, match="Version 1 is in force"):
        amend(house, active=Period(date(2026, 1, 1), date(2027, 1, 1)), **DEARER)
    assert ContractVersion.objects.filter(contract=house.contract_a).count() == 1


def test_a_version_outside_its_own_term_is_refused(house: House) -> None:
    with pytest.raises(OutsideTheTerm, match="its term is"):
        amend(house, active=Period(date(2026, 7, 1), date(2028, 1, 1)), **DEARER)


def test_a_definition_changes_at_a_cycle_boundary_only(house: House) -> None:
    middle = Period(date(2026, 7, 15), date(2027, 1, 1))
    logins = {"metrics": {"active": {"kind": "active_users", "definition": {"actions": ["login"]}}}}
    with pytest.raises(NotAtACycleBoundary, match="15 Jul 2026 lies inside a billed period"):
        amend(house, active=middle, **logins)
    amend(house, active=middle, **DEARER)
    amend(house, active=Period(date(2026, 9, 1), date(2027, 1, 1)), **logins)
    assert ContractVersion.objects.filter(contract=house.contract_a).count() == 3


def seats(*bought: tuple[str, int]) -> dict[str, Any]:
    return {
        "metrics": {
            "seats": {
                "kind": "seats",
                "bought": [{"from": day, "seats": number} for day, number in bought],
                "removed": "at_once",
            }
        },
        "charges": {"seats": {"metric": "seats", "price": {"model": "per_user", "unit_price": "10.00"}}},
    }


def test_seats_may_change_on_any_day_and_never_before_it(house: House) -> None:
    amend(house, **(seats(("2026-01-01", 10)) | {"charges": {"places": seats(("2026-01-01", 1))["charges"]["seats"]}}))
    middle = Period(date(2026, 7, 15), date(2027, 1, 1))
    places = {"charges": {"places": seats(("2026-01-01", 1))["charges"]["seats"]}}
    with pytest.raises(ChangesThePast, match="The seats of seats before 15 Jul 2026 are not those that were agreed"):
        amend(house, active=middle, **(seats(("2026-01-01", 11), ("2026-07-15", 12)) | places))
    amend(house, active=middle, **(seats(("2026-01-01", 10), ("2026-07-15", 12)) | places))
    assert ContractVersion.objects.filter(contract=house.contract_a).count() == 3


def test_a_term_is_not_made_longer_or_shorter_inside_a_begun_cycle(house: House) -> None:
    shorter = {"term": {"start": "2026-01-01", "end": "2026-07-20"}}
    with pytest.raises(NotAtACycleBoundary, match="15 Jul 2026 lies inside 1 to 19 Jul 2026"):
        amend(house, active=Period(date(2026, 7, 15), date(2026, 7, 20)), **shorter)
    amend(house, active=Period(date(2026, 7, 1), date(2026, 7, 20)), **shorter)
    # The rest of July would be nobody's: the version before ends on the 19th, and a period begins on the 1st.
    with pytest.raises(NotAtACycleBoundary, match="ends on 19 Jul 2026"):
        amend(house, active=Period(date(2026, 7, 20), date(2027, 1, 1)))
    renewed = {"term": {"start": "2026-07-20", "end": "2027-01-01"}}
    amend(house, active=Period(date(2026, 7, 20), date(2027, 1, 1)), **renewed)
    assert ContractVersion.objects.filter(contract=house.contract_a).count() == 3


def test_a_charge_keeps_when_it_is_billed_and_whether_it_counts(house: House) -> None:
    fixed = {"charges": {"seats": {"price": {"model": "fixed", "amount": "900.00"}}}}
    with pytest.raises(BilledOtherwise, match="by a count and would be billed in arrears and without counting"):
        amend(house, **fixed)
    amend(house, **{"charges": {"plan": {"price": {"model": "fixed", "amount": "900.00"}}}})
    with pytest.raises(BilledOtherwise, match="give the changed charge another one"):
        amend(
            house,
            active=Period(date(2026, 8, 1), date(2027, 1, 1)),
            **{"charges": {"plan": {"price": {"model": "fixed", "amount": "900.00"}, "bill": "in_advance"}}},
        )


@pytest.mark.parametrize("day", [date(2026, 7, 1), date(2026, 7, 15)])
def test_a_term_keeps_its_currency(house: House, day: date) -> None:
    with pytest.raises(ChangesCurrency, match="are in EUR and these in USD, and no sum crosses currencies"):
        amend(house, active=Period(day, date(2027, 1, 1)), currency="USD")
    renewed = {"start": "2026-07-01", "end": "2027-07-01"}
    if day == date(2026, 7, 1):
        assert amend(house, currency="USD", term=renewed).number == 2, "a term of its own has its own currency"


def test_what_keeps_a_balance_is_not_amended_by_days(house: House) -> None:
    pool = {"credits": [{"name": "pool", "amount": "10.00", "granted": "each_cycle", "expires": "cycle"}]}
    charge = DEARER["charges"]["seats"] | pool
    amend(house, **{"charges": {"seats": charge}, "mid_cycle": "by_days"})
    cheaper = charge | {"price": {"model": "per_user", "unit_price": "20.00"}}
    with pytest.raises(TermsRefused, match="cannot be drawn on by days"):
        amend(house, active=Period(date(2026, 8, 15), date(2027, 1, 1)), **{"charges": {"seats": cheaper}})
    amend(house, active=Period(date(2026, 9, 1), date(2027, 1, 1)), **{"charges": {"seats": cheaper}})


def test_terms_that_cannot_be_read_are_refused_by_name(house: House) -> None:
    with pytest.raises(TermsRefused, match="colour"):
        amend(house, colour="red")


@pytest.mark.parametrize(
    ("case", "statement"),
    [
        ("overlap", "UPDATE licenses_contractversion SET active = '[2026-01-01,2027-01-01)' WHERE number = 1"),
        ("grows", "UPDATE licenses_contractversion SET active = '[2026-01-01,2026-07-02)' WHERE number = 1"),
        ("begins elsewhere", "UPDATE licenses_contractversion SET active = '[2026-02-01,2026-07-01)' WHERE number = 1"),
        ("empty", "UPDATE licenses_contractversion SET active = 'empty' WHERE number = 1"),
        ("no days", "UPDATE licenses_contractversion SET active = NULL WHERE number = 1"),
        ("other terms", "UPDATE licenses_contractversion SET terms = '{}'"),
        ("other digest", "UPDATE licenses_contractversion SET terms_digest = 'sha256:0'"),
        ("deleted", "DELETE FROM licenses_contractversion"),
        ("emptied", "TRUNCATE licenses_contractversion CASCADE"),
        ("other salt", "UPDATE licenses_contractsecret SET salt = salt"),
        ("no salt", "DELETE FROM licenses_contractsecret"),
    ],
)
def test_the_database_refuses_what_would_change_an_agreement(house: House, case: str, statement: str) -> None:
    amend(house, **DEARER)
    with pytest.raises(Exception, match=r"never|only|overlap|empty|null|permission|append-only"), transaction.atomic():
        connection.cursor().execute(statement)
    assert ContractVersion.objects.filter(contract=house.contract_a).count() == 2
    assert ContractSecret.objects.count() == 2


def test_overlapping_versions_cannot_be_inserted(house: House) -> None:
    first = version_at(contract=house.contract_a, day=date(2026, 1, 1))
    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        ContractVersion.objects.create(
            contract=house.contract_a,
            customer=house.customer_a,
            number=2,
            terms=first.terms,
            terms_digest=first.terms_digest,
            active="[2026-12-31,2028-01-01)",
            agreed_at=AGREED_AT,
        )


@pytest.mark.parametrize(
    "metric",
    [
        {"kind": "active_users", "definition": {"actions": ["login"]}},
        {"kind": "active_users", "definition": {"actions": ["login"]}, "calculation": "max"},
        {"kind": "action_quantity", "definition": {"actions": ["export"]}, "measure": "count", "unit": "export"},
    ],
)
def test_totals_without_rows_are_refused_where_somebody_must_see_who_was_active(
    house: House, metric: dict[str, Any]
) -> None:
    with pytest.raises(TermsRefused, match="active is counted from rows") as refused:
        amend(house, **DEARER, disclosure="totals", metrics={"active": metric})
    assert refused.value.path == "disclosure"
    reported = amend(house, **DEARER, disclosure="totals", metrics={"active": REPORTED})
    assert reported.terms["disclosure"] == "totals"
