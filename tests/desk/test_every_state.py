"""Whatever state a contract's months are in, every page that links lead to opens, for the vendor and the customer."""

from collections.abc import Callable
from datetime import date

from django.test import Client

from billing.operations.open_periods import open_periods
from tests.billing.story import APRIL, Story, at, days_before, people
from tests.desk.test_month_at_the_desk import do_the_jobs
from tests.desk.walk import faults

MONTHS = [f"/admin/close/?month=2026-0{month}" for month in (4, 5, 6)]


def test_every_page_opens_in_every_state(plain_story: Story, today: Callable[[int, int], None]) -> None:
    story, found = plain_story, dict[str, list[str]]()

    def look(state: str) -> None:
        for person, starts in (
            (story.house.finance, ["/admin/", *MONTHS]),
            (story.house.customer_admin_a, ["/", "/usage/"]),
        ):
            client = Client(raise_request_exception=False)
            client.force_login(person.user)
            found[f"{state}, {person.user.email}"] = faults(client, starts)

    open_periods(actor=story.finance, contract=story.contract, today=date(2026, 4, 3))
    look("nobody has reported")
    story.deliver(people(100), days_before(APRIL, 2), now=at(4, 29))
    story.close(APRIL, now=at(5, 1))
    look("held, because two days are missing")
    story.deliver(people(101), APRIL, now=at(5, 1))
    closing = story.close(APRIL, now=at(5, 3))
    look("drafted")
    story.finalize(closing, now=at(5, 3), render=True)
    do_the_jobs()
    story.deliver(people(104), APRIL, now=at(5, 5))
    today(6, 2)
    open_periods(actor=story.finance, contract=story.contract, today=date(2026, 6, 2))
    look("invoiced, with a true-up to decide; nobody has reported since")

    assert {state: wrong for state, wrong in found.items() if wrong} == {}
