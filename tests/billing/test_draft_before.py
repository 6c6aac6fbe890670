"""A draft stands beside the last three periods of its contract."""

from decimal import Decimal

from billing.queries import invoice_detail
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people

JUNE = Period(MAY.end, MAY.end.replace(month=7))


def test_a_draft_is_compared_with_the_three_periods_before(plain_story: Story) -> None:
    users = {MARCH: 10, APRIL: 12, MAY: 9, JUNE: 18}
    for period, number in users.items():
        due = at(period.end.month, 3)
        plain_story.deliver(people(number), period, now=due)
        closing = plain_story.close(period, now=due)
    assert closing.invoice is not None
    detail = invoice_detail(actor=plain_story.finance, public_id=closing.invoice.public_id, today=at(7, 4).date())
    rows = [(one.period, one.users, one.net_amount, one.users_change, one.is_this) for one in detail.beside]
    price = Decimal(29)
    assert rows == [
        (JUNE, 18, 18 * price, Decimal("100.0"), True),
        (MAY, 9, 9 * price, Decimal("-25.0"), False),
        (APRIL, 12, 12 * price, Decimal("20.0"), False),
        (MARCH, 10, 10 * price, None, False),
    ]
    assert [one.amount_change for one in detail.beside] == [one.users_change for one in detail.beside]


def test_the_first_period_has_nothing_to_be_compared_with(plain_story: Story) -> None:
    plain_story.deliver(people(10), MARCH, now=at(4, 3))
    closing = plain_story.close(MARCH, now=at(4, 3))
    assert closing.invoice is not None
    detail = invoice_detail(actor=plain_story.finance, public_id=closing.invoice.public_id, today=at(4, 4).date())
    (only,) = detail.beside
    assert (only.is_this, only.users, only.users_change, only.amount_change) == (True, 10, None, None)
