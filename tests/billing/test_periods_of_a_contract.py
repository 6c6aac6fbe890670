"""Which days are billed under which terms: cycles, amendments, zones, and several charges on one invoice."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from billing.models import BillingPeriod
from billing.operations.open_periods import PeriodsOverlap, open_periods
from licenses.models import ContractVersion
from licenses.operations.add_contract_version import add_contract_version
from licenses.ranges import range_of
from rollcall.period import Period
from tests.billing.story import APRIL, MAY, Story, amounts_of, at, lines_of, people, per_user, story_of, terms_json
from tests.cast import AGREED_AT, House, sign_contract


def periods_of(story: Story, today: date) -> list[Period]:
    open_periods(actor=story.finance, contract=story.contract, today=today)
    return [row.span for row in BillingPeriod.objects.filter(contract=story.contract).order_by("period")]


def amend(story: Story, active: Period, **changes: Any) -> ContractVersion:
    return add_contract_version(
        actor=story.manager,
        contract=story.contract,
        terms=terms_json(**changes),
        active=active,
        agreed_at=AGREED_AT,
    )


def test_periods_begin_with_the_term_and_up_to_today(committed_house: House) -> None:
    story = story_of(committed_house)

    periods = periods_of(story, date(2026, 3, 1))

    assert [str(period) for period in periods] == [
        "2026-01-01/2026-02-01",
        "2026-02-01/2026-03-01",
        "2026-03-01/2026-04-01",
    ]
    assert open_periods(actor=story.finance, contract=story.contract, today=date(2026, 3, 31)) == 0
    january = BillingPeriod.objects.get(period=range_of(periods[0]))
    assert (january.starts_at, january.ends_at) == (
        datetime(2025, 12, 31, 23, tzinfo=UTC),
        datetime(2026, 1, 31, 23, tzinfo=UTC),
    )


def test_an_anniversary_on_the_31st_clamps_and_comes_back(committed_house: House) -> None:
    story = Story(
        house=committed_house,
        contract=sign_contract(
            committed_house.customer_a,
            "K-31",
            terms_json(
                cycle={"unit": "month", "anchor": "2026-01-31"}, term={"start": "2026-01-31", "end": "2027-01-01"}
            ),
            Period(date(2026, 1, 31), date(2027, 1, 1)),
        ),
        instance=committed_house.instance_a,
    )

    assert [str(period) for period in periods_of(story, date(2026, 4, 30))] == [
        "2026-01-31/2026-02-28",
        "2026-02-28/2026-03-31",
        "2026-03-31/2026-04-30",
        "2026-04-30/2026-05-31",
    ]


def test_a_price_changes_with_the_version_and_the_line_says_which(plain_story: Story) -> None:
    version = amend(plain_story, Period(date(2026, 5, 1), date(2027, 1, 1)), charges=per_user("31.00"))
    plain_story.deliver(people(10), APRIL, now=at(6, 1))
    plain_story.deliver(people(11), MAY, now=at(6, 1))

    april, may = plain_story.close(APRIL, now=at(6, 2)), plain_story.close(MAY, now=at(6, 2))

    assert lines_of(april.invoice) == [("usage", "10", "29.00", "290.00")]
    assert lines_of(may.invoice) == [("usage", "11", "31.00", "341.00")]
    assert plain_story.finalize(may, now=at(6, 2)).frozen["contract"]["version"] == version.number == 2


def test_after_a_change_of_zone_no_hour_is_billed_twice_or_never(plain_story: Story) -> None:
    amend(
        plain_story,
        Period(date(2026, 5, 1), date(2027, 1, 1)),
        charges=per_user("29.00"),
        timezone="America/New_York",
    )

    open_periods(actor=plain_story.finance, contract=plain_story.contract, today=date(2026, 6, 1))

    april, may, june = (plain_story.row(period) for period in (APRIL, MAY, Period(date(2026, 6, 1), date(2026, 7, 1))))
    assert april.zone == "Europe/Berlin"
    assert may.zone == "America/New_York"
    assert may.starts_at == april.ends_at == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert june.starts_at == may.ends_at == datetime(2026, 6, 1, 4, tzinfo=UTC)


def test_a_cycle_that_would_begin_inside_a_billed_one_is_refused(plain_story: Story) -> None:
    open_periods(actor=plain_story.finance, contract=plain_story.contract, today=date(2026, 4, 20))
    # The operation that amends refuses this already; nothing may depend on that alone.
    version = ContractVersion.objects.get(contract=plain_story.contract)
    terms = terms_json(charges=per_user("29.00"), cycle={"unit": "month", "anchor": "2026-01-16"})
    version.active = range_of(Period(date(2026, 1, 1), date(2026, 4, 16)))
    version.save(update_fields=["active"])
    ContractVersion.objects.create(
        contract=plain_story.contract,
        customer=plain_story.house.customer_a,
        number=2,
        terms=terms,
        terms_digest=version.terms_digest,
        active=range_of(Period(date(2026, 4, 16), date(2027, 1, 1))),
        agreed_at=AGREED_AT,
    )

    with pytest.raises(PeriodsOverlap):
        open_periods(actor=plain_story.finance, contract=plain_story.contract, today=date(2026, 4, 20))


def test_two_charges_of_one_contract_share_the_count_and_the_invoice(committed_house: House) -> None:
    charges = {
        "seats": {"metric": "active", "bill": "in_arrears", "price": {"model": "per_user", "unit_price": "29.00"}},
        "support": {"metric": "active", "bill": "in_arrears", "price": {"model": "per_user", "unit_price": "1.995"}},
    }
    story = story_of(committed_house, terms=terms_json(charges=charges))
    story.deliver(people(7), APRIL, now=at(5, 1))

    closing = story.close(APRIL, now=at(5, 3))

    rows = BillingPeriod.objects.filter(contract=story.contract, period=range_of(APRIL)).order_by("charge_key")
    assert [(row.charge_key, row.state) for row in rows] == [("seats", "drafted"), ("support", "drafted")]
    assert len({row.count_id for row in rows}) == len({row.invoice_id for row in rows}) == 1
    # 7 × 1.995 = 13.965, rounded half up once, on the line.
    assert [f"{amount:.2f}" for amount in amounts_of(closing.invoice)] == ["216.97", "41.22", "258.19"]
    invoice = story.finalize(closing, now=at(5, 3), render=True)
    assert [line["unit_price"] for line in invoice.frozen["lines"]] == ["29.00", "1.995"]
    late = story.deliver(people(9), APRIL, now=at(5, 12), review=False)
    assert len(story.review(late, now=at(5, 12)).proposed) == 2


def test_another_customers_contract_is_billed_in_its_own_currency_and_zone(committed_house: House) -> None:
    house = _as_customer_b(committed_house)
    story = Story(house=house, contract=house.contract_b, instance=house.instance_b)
    story.deliver(people(3), APRIL, now=at(5, 2))

    closing = story.close(APRIL, now=at(5, 3))

    assert lines_of(closing.invoice) == [("usage", "3", "31.50", "94.50")]
    invoice = story.finalize(closing, now=at(5, 3), render=True)
    assert (invoice.currency, invoice.zone, f"{invoice.gross_amount:.2f}") == ("USD", "America/New_York", "94.50")


def _as_customer_b(house: House) -> House:
    """The same house, in which customer B's administrator is the one who uploads."""
    return replace(house, customer_admin_a=house.customer_admin_b)
