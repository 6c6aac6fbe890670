"""A file that lowers billed months counts only on a stated word, however it was confirmed: by hand, or by a program."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.models import Invoice, TrueUp
from ground import clock
from tests.api.calls import Program, program_of
from tests.billing.story import APRIL, MARCH, Story, at, export, people, per_user, story_of
from tests.cast import House, terms_json
from tests.portal.test_previews import run_everything
from tests.portal.test_upload import text_of
from usage.models import UsageReport

MEANT = "2026-03-01/2026-04-01:100:0 2026-04-01/2026-05-01:110:2"
COLUMNS = {"column_0": "user", "column_1": "at", "column_2": "action", "column_3": "event_id"}
DAYS = {"start": "2026-03-01", "end": "2026-05-01"}


@pytest.fixture
def story(committed_house: House, monkeypatch: pytest.MonkeyPatch) -> Story:
    """March is billed with 100 users at 29.00, April with 110."""
    monkeypatch.setattr(clock, "now", lambda: at(5, 10))
    return two_billed_months(committed_house)


def two_billed_months(house: House, **terms: Any) -> Story:
    story = story_of(house, terms=terms_json(charges=per_user("29.00"), **terms))
    story.deliver(people(100), MARCH, now=at(4, 1))
    story.bill(MARCH, now=at(4, 3))
    story.deliver(people(110), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 4))
    return story


def named() -> str:
    """What is said of the two months."""
    march, april = Invoice.objects.order_by("pk")
    return (
        f"1 to 31 Mar 2026 (Europe/Berlin), billed with {march.number}: 100 users now, 0 users with this file; "
        f"1 to 30 Apr 2026 (Europe/Berlin), billed with {april.number}: 110 users now, 2 users with this file."
    )


def true_ups() -> list[tuple[str, Decimal]]:
    rows = TrueUp.objects.select_related("billing_period").order_by("pk")
    return [(f"{row.billing_period.span.start:%B}", row.difference_amount) for row in rows]


def sent_file() -> bytes:
    """Two users of April, in a file that is said to be of March too."""
    return export(people(2), list(APRIL.each_day()))


def test_a_form_made_by_hand_does_not_lower_billed_months(story: Story) -> None:
    client = Client()
    client.force_login(story.house.customer_admin_a.user)
    file = SimpleUploadedFile("both.csv", sent_file())
    address = client.post("/usage/upload/", {"instance": story.instance.public_id, "file": file})["Location"]
    run_everything()
    said = COLUMNS | {"covers_from": "2026-03-01", "covers_until": "2026-04-30", "generated_at": "2026-05-10T09:00:00"}
    shown = client.post(f"{address}confirm/", said).context["overlaps_shown"]

    client.post(f"{address}confirm/", said | {"overlaps_shown": shown})
    run_everything()

    report = UsageReport.objects.get(file_name="both.csv")
    assert (report.state, true_ups()) == ("needs_confirmation", [])
    assert named() in text_of(client.get(f"{address}confirm/"))
    again = client.post(f"{address}confirm/", said | {"overlaps_shown": shown})
    assert "Nothing was counted: the file lowers what was billed." in text_of(again)
    # The page leads on to the tick, and with it the file counts.
    client.post(f"{address}confirm/", said | {"overlaps_shown": shown, "then": "look"})
    run_everything()
    trial = report.previews.get()
    page = text_of(client.get(f"{address}preview/"))
    assert f'name="meant" value="{MEANT}"' in page
    client.post(f"{address}preview/count/", {"preview": trial.public_id, "meant": MEANT})
    run_everything()
    report.refresh_from_db()
    assert report.state == "accepted"
    assert true_ups() == [("March", Decimal("-2900.00")), ("April", Decimal("-3132.00"))]
    assert MEANT in report.remarks[0]["message"]


def sent_by(program: Program, story: Story) -> str:
    answer = program.send(
        f"usage/reports?instance={story.instance.public_id}&file_name=both.csv", sent_file(), Content_Type="text/csv"
    )
    run_everything()
    return f"usage/reports/{answer.json()['id']}"


def test_a_program_says_that_it_lowers_billed_months(story: Story) -> None:
    program = program_of(story.house.customer_a)
    address = sent_by(program, story)
    said: dict[str, Any] = {"covers": DAYS, "generated_at": "2026-05-10T09:00:00Z"}

    assert program.send(f"{address}/confirmation", said).status_code == 202
    run_everything()

    read = program.get(address).json()
    assert (read["state"], true_ups()) == ("needs_confirmation", [])
    [question] = read["questions"]
    assert (question["code"], question["choices"]) == ("billed.lowered", [MEANT])
    refused = program.send(f"{address}/confirmation", said)
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "urn:rollcall:problem:lowers-billed-months")
    assert named() in problem["detail"]
    assert f'confirm the file again with "meant": "{MEANT}"' in problem["detail"]

    # A word for another change is none for this one.
    assert program.send(f"{address}/confirmation", said | {"meant": MEANT.replace(":2", ":3")}).status_code == 202
    run_everything()
    assert (program.get(address).json()["state"], true_ups()) == ("needs_confirmation", [])
    assert program.send(f"{address}/confirmation", said | {"meant": question["choices"][0]}).status_code == 202
    run_everything()
    assert program.get(address).json()["state"] == "accepted"
    assert true_ups() == [("March", Decimal("-2900.00")), ("April", Decimal("-3132.00"))]


def test_a_program_that_adds_to_billed_months_is_asked_nothing(story: Story) -> None:
    program = program_of(story.house.customer_a)
    more = export(people(120), list(APRIL.each_day()))
    sent = program.send(f"usage/reports?instance={story.instance.public_id}", more, Content_Type="text/csv").json()
    run_everything()
    said = {"covers": {"start": "2026-04-01", "end": "2026-05-01"}, "generated_at": "2026-05-10T09:00:00Z"}

    assert program.send(f"usage/reports/{sent['id']}/confirmation", said).status_code == 202
    run_everything()

    assert program.get(f"usage/reports/{sent['id']}").json()["state"] == "accepted"
    assert true_ups() == [("April", Decimal("290.00"))]


@pytest.mark.parametrize(
    ("window_days", "march", "april", "settling"),
    [
        (60, "", "", "No invoice changes; each difference would be proposed as a true-up."),
        (
            30,
            ", too late to be settled (until 30 Apr 2026)",
            "",
            "No invoice changes; each difference that is not too late would be proposed as a true-up.",
        ),
        (
            5,
            ", too late to be settled (until 5 Apr 2026)",
            ", too late to be settled (until 5 May 2026)",
            "No invoice changes, and no true-up would be proposed.",
        ),
    ],
)
def test_the_question_promises_a_true_up_only_where_the_contract_still_settles(
    committed_house: House,
    monkeypatch: pytest.MonkeyPatch,
    window_days: int,
    march: str,
    april: str,
    settling: str,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(5, 10))
    story = two_billed_months(committed_house, true_up={"window_days": window_days})
    program = program_of(story.house.customer_a)
    address = sent_by(program, story)
    program.send(f"{address}/confirmation", {"covers": DAYS, "generated_at": "2026-05-10T09:00:00Z"})
    run_everything()

    [question] = program.get(address).json()["questions"]
    assert f"100 users now, 0 users with this file{march}; " in question["message"]
    assert f"110 users now, 2 users with this file{april}. {settling} Correct the days" in question["message"]
