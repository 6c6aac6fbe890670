"""A contract of the field through all floors: floor, ladder of credits, caps; amended mid-term as it was previewed."""

from datetime import date

from billing.operations.close_period import close_period
from billing.queries.amendment import preview_amendment
from licenses.models import Instance
from licenses.operations.add_contract_version import add_contract_version
from rollcall.period import Period
from tests.billing.desk.dust import HALF_OF_JUNE, JUNE, MAY, deliver, terms
from tests.billing.story import Story, at
from tests.cast import House, sign_contract


def signed(house: House) -> Story:
    days = Period(date(2026, 5, 1), date(2027, 5, 1))
    contract = sign_contract(house.customer_a, "K-2026-050", terms(), days)
    instance = Instance.objects.create(
        customer=house.customer_a, contract=contract, name="Munich-5", reports_from=days.start
    )
    return Story(house=house, contract=contract, instance=instance)


def test_the_months_are_billed_as_they_were_shown(committed_house: House) -> None:
    story = signed(committed_house)
    deliver(story, 64, 30, MAY)
    may = close_period(actor=story.finance, contract=story.contract, period=MAY, now=at(6, 3), today=date(2026, 6, 3))
    assert may.invoice is not None, may
    # 100 members at 29.00; 30 people of 50.00 each, capped at 1,000.00, less 10 x 5 + 40 x 2 + 14 x 1 of credit.
    assert f"{may.invoice.net_amount:.2f}" == "3756.00"
    story.finalize(may, now=at(6, 3))

    deliver(story, 120, 30, HALF_OF_JUNE)
    cheaper = terms("25.00")
    amended = Period(date(2026, 6, 16), date(2027, 5, 1))
    shown = preview_amendment(
        contract=story.contract, terms=cheaper, active=amended, today=date(2026, 6, 20), now=at(6, 20)
    )
    june = next(cycle for cycle in shown.cycles if cycle.period == JUNE)
    # 120 members, 15 days at 29.00 and 15 at 25.00; usage 1,000.00 less 180.00 of credit.
    assert (f"{june.before:.2f}", f"{june.after:.2f}", f"{june.billed:.2f}") == ("4300.00", "3820.00", "4060.00")
    add_contract_version(
        actor=story.manager, contract=story.contract, terms=cheaper, active=amended, agreed_at=at(6, 20)
    )
    deliver(story, 120, 0, Period(HALF_OF_JUNE.end, JUNE.end))
    closed = close_period(
        actor=story.finance, contract=story.contract, period=JUNE, now=at(7, 3), today=date(2026, 7, 3)
    )
    assert closed.invoice is not None, closed
    assert closed.invoice.net_amount == june.billed
    may.invoice.refresh_from_db()
    assert f"{may.invoice.net_amount:.2f}" == "3756.00", "nothing before the amendment changes"
