"""Counts on pages and documents, as users of other systems complained about them: one story for each complaint."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from billing.models import Invoice, InvoiceDocument, TrueUp
from billing.queries import month_lines, monthly_figures, true_up_detail
from billing.queries.explain import explain_invoice
from ground import clock
from ground.storage import stored_path
from licenses.operations.add_contract_version import add_contract_version
from licenses.operations.record_provisioned_count import record_provisioned_count
from licenses.operations.register_instance import register_instance
from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition
from tests.billing.story import APRIL, MARCH, MAY, Story, amounts_of, at, export, lines_of, people, per_user, story_of
from tests.cast import AGREED_AT, BUILDER, House, Person, terms_json
from tests.documents.checker import check, texts_of
from tests.rollcall.counting.world import recount_files
from usage.operations.record_reported_count import record_reported_count

FIVE = {"Provisioned": 1000, "Reported": 324, "Active": 320, "Billable": 320, "Billed": 400}
Read = Callable[[Person, str], str]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Open a page as somebody of the cast on 12 May 2026."""
    monkeypatch.setattr(clock, "now", lambda: at(5, 12))

    def read(person: Person, address: str) -> str:
        client = Client()
        client.force_login(person.user)
        response = client.get(address)
        assert response.status_code == 200, address
        return response.content.decode()

    return read


def labelled(html: str) -> dict[str, int]:
    """Return the numbers of a page that stand under one of the five names; each name must have one number."""
    found = re.findall(rf"<dt>({'|'.join(FIVE)})</dt><dd>(?:<[^>]*>)*([\d,]+)<", html)
    assert len(dict(found)) == len(found), found
    return {name: int(number.replace(",", "")) for name, number in found}


def cell(html: str, row: str, label: str) -> int:
    """Return the number in a table's cell: the row is the first that names this text."""
    found = re.search(rf'>{row}<.*?data-label="{label}">(?:<[^>]*>)*([\d,]+)<', html, re.DOTALL)
    assert found is not None, (row, label)
    return int(found[1].replace(",", ""))


def play_april(story: Story) -> Invoice:
    """April: 1,000 accounts, 324 users claimed by the instance, 320 in the file, a floor of 400. Drafted."""
    record_provisioned_count(
        actor=BUILDER, contract=story.contract, users=1000, date=date(2026, 4, 30), source="directory", now=at(4, 30)
    )
    record_reported_count(
        actor=BUILDER, contract=story.contract, period=APRIL, users=324, source="instance", now=at(5, 1)
    )
    story.deliver(people(320), APRIL, now=at(5, 1))
    draft = story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None
    return draft


def pdf_of(invoice: Invoice) -> bytes:
    document = InvoiceDocument.objects.get(invoice=invoice, kind="pdf")
    return stored_path(document.storage_key, document.sha256).read_bytes()


def test_billable_users_differed_between_three_pages_and_the_console(story: Story, page: Read, tmp_path: Path) -> None:
    """gitlab-org/gitlab#292496, #328611: 80 on one page, 60 on another. Five names here, and each has one number."""
    finance, customer = story.house.finance, story.house.customer_admin_a
    draft = play_april(story)
    assert labelled(page(finance, f"/admin/invoices/{draft.public_id}/")) == FIVE
    invoice = story.bill(APRIL, now=at(5, 3), render=True)

    for person, address in (
        (finance, f"/admin/invoices/{invoice.public_id}/"),
        (customer, f"/invoices/{invoice.public_id}/"),
        (customer, f"/invoices/{invoice.public_id}/people/"),
    ):
        assert labelled(page(person, address)) == FIVE, address
    home = page(customer, "/")
    assert {name: cell(home, "April 2026", name) for name in ("Provisioned", "Active", "Billed")} == {
        name: FIVE[name] for name in ("Provisioned", "Active", "Billed")
    }
    assert cell(page(finance, "/admin/close/?month=2026-04"), "invoiced", "Active users") == 320
    assert "Why 320 active users?" in page(customer, "/counted/?period=2026-04-01")
    table = csv.DictReader(
        io.StringIO(page(customer, f"/invoices/{invoice.public_id}/people.csv").removeprefix("\ufeff"))
    )
    assert sum(row["counted"] == "yes" for row in table) == 320

    texts = texts_of(pdf_of(invoice))
    assert check(texts).wrong == []
    printed = {name: re.search(rf"^{name} +([\d,]+)", "\n".join(texts), re.MULTILINE) for name in FIVE}
    assert {name: int(found[1].replace(",", "")) for name, found in printed.items() if found} == FIVE
    # The console of the customer: the independent program, the attached definition and its own export.
    sent = tmp_path / "april.csv"
    sent.write_bytes(export(people(320), list(APRIL.each_day())))
    definition = ActivityDefinition.from_json(invoice.frozen["attachments"]["DEFINITION.json"])
    again = recount_files([str(sent)], definition, APRIL, folder=tmp_path, timezone="Europe/Berlin")
    assert again.active_users == 320


def test_the_usage_page_showed_the_all_time_maximum_and_did_not_map_to_the_bill(story: Story, page: Read) -> None:
    """sourcegraph/sourcegraph-public-snapshot#53670, #17098, #52507: computed in several places, with other results."""
    story.deliver(people(430), MARCH, now=at(4, 1))
    story.bill(MARCH, now=at(4, 3))
    play_april(story)
    invoice = story.bill(APRIL, now=at(5, 3))

    (line,) = [line for line in month_lines(actor=story.finance, month=APRIL.start) if line.period.invoice_id]
    march, april = monthly_figures(actor=story.finance, until=date(2026, 4, 30), months=2)
    assert (line.active_users, line.users_before, f"{line.change_percent}") == (320, 430, "-25.6")
    assert (march.active_users, april.active_users, invoice.frozen["counts"]["active"]) == (430, 320, 320)
    count = story.count(APRIL)
    # The peak of the month is a day's figure, and stands under no name of the five.
    assert (count.active_users, max(count.daily.values())) == (320, 11)
    shown = labelled(page(story.house.customer_admin_a, f"/invoices/{invoice.public_id}/"))
    assert (shown["Active"], shown["Billable"], shown["Billed"]) == (320, 320, 400)
    # Peak, last day and billable stand side by side, at the desk as in the portal, each under a name of its own.
    peak = max(day for day, users in count.daily.items() if users == 11)
    beside = f"11 on the highest day, {int(peak[-2:])} Apr 2026; 10 on the last, 30 Apr 2026."
    for person, address in (
        (story.house.customer_admin_a, f"/invoices/{invoice.public_id}/explain/"),
        (story.house.finance, f"/admin/numbers/{line.period.pk}/"),
    ):
        explained = page(person, address)
        assert (labelled(explained)["Billable"], beside in explained) == (320, True), address


def test_an_inclusion_rule_was_not_to_be_seen_beside_the_number(committed_house: House, page: Read) -> None:
    """mattermost/docs#5955, mattermost-webapp#1110, mattermost#4482, and #24921: two names for two numbers."""
    definition = {"actions": ["login"], "excluded_users": ["svc-*"]}
    metrics = {"active": {"kind": "active_users", "definition": definition, "calculation": "unique"}}
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00"), metrics=metrics))
    story.deliver([*people(3), "svc-mail"], APRIL, now=at(5, 1))
    invoice = story.bill(APRIL, now=at(5, 3), render=True)

    words = "did login in the billed period (Europe/Berlin)."
    finance, customer = story.house.finance, story.house.customer_admin_a
    pages = [
        page(finance, f"/admin/invoices/{invoice.public_id}/"),
        page(customer, f"/invoices/{invoice.public_id}/"),
        page(customer, f"/contract/?contract={story.contract.public_id}"),
        " ".join("\n".join(texts_of(pdf_of(invoice))).split()),
    ]
    for number, shown in enumerate(pages):
        assert words in shown, number
        assert "Never counted: svc-*." in shown, number
    assert invoice.frozen["counts"]["active"] == 3
    # Beside the number itself: the rule in words, whom it leaves out, and what deactivating an account does.
    row = story.row(APRIL)
    for person, address in (
        (customer, f"/invoices/{invoice.public_id}/explain/"),
        (customer, f"/counted/?contract={story.contract.public_id}"),
        (finance, f"/admin/numbers/{row.pk}/"),
        (finance, f"/admin/numbers/counts/{row.count_id}/"),
    ):
        shown = page(person, address)
        beside = shown[shown.index("<dt>Billed</dt>") : shown.index("From rows to users")]
        assert words in beside, address
        assert "Never counted: svc-*." in beside, address
        assert "<dt>Left out</dt><dd>svc-*</dd>" in shown, address
        assert "counts for the days on which somebody was active, whatever became of the account" in shown, address
        assert "sentence 2 of the terms" in shown, address
    listed = page(customer, f"/invoices/{invoice.public_id}/people/?why=excluded")
    assert re.findall(r">(svc-mail|user\d+@aurel.example)</a>", listed) == ["svc-mail"]


def test_deactivated_users_lowered_a_month_that_was_billed(plain_story: Story) -> None:
    """mattermost/mattermost-handbook#166: May's file knows ten people less, and April stays as it was."""
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3))
    counted = plain_story.row(APRIL).count_id

    plain_story.deliver(people(90), MAY, now=at(6, 1))
    april = plain_story.contract.usage_reports.order_by("pk").first()
    assert april is not None
    plain_story.review(april, now=at(6, 2))

    assert TrueUp.objects.count() == 0
    assert (plain_story.row(APRIL).count_id, plain_story.count(MAY).active_users) == (counted, 90)
    assert lines_of(invoice) == [("usage", "100", "29.00", "2900.00")]
    assert lines_of(plain_story.close(MAY, now=at(6, 2)).invoice) == [("usage", "90", "29.00", "2610.00")]


def test_a_true_up_did_not_say_who_and_when(plain_story: Story, page: Read) -> None:
    """gitlab-org/gitlab#31942, #231519, #7008: the number with its supporting data, and the date of each."""
    plain_story.deliver(people(2), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    days = [date(2026, 4, 7), date(2026, 4, 8), date(2026, 4, 21)]
    plain_story.deliver(people(3), APRIL, now=at(5, 10), days=days)

    true_up = TrueUp.objects.get()
    detail = true_up_detail(actor=plain_story.manager, public_id=true_up.public_id)
    who_and_when = [(person.change, person.user.name, person.user.first_at) for person in detail.people()]
    assert who_and_when == [("new", "user0003@aurel.example", "2026-04-21T12:00")]
    assert (detail.users_before, detail.users_after, f"{true_up.difference_amount:.2f}") == (2, 3, "29.00")
    html = page(plain_story.house.account_manager, f"/admin/true-ups/{true_up.public_id}/")
    assert "user0003@aurel.example" in html
    assert "21 Apr 2026, 12:00" in html
    assert "user0001@aurel.example" not in html


def test_a_new_meter_was_billed_for_months_before_it_was_documented(plain_story: Story) -> None:
    """gravitational/teleport#55372, #55375: another definition bills from its version on, and is printed by then."""
    narrow = {"actions": ["report.open"]}
    add_contract_version(
        actor=plain_story.manager,
        contract=plain_story.contract,
        terms=terms_json(
            charges=per_user("29.00"),
            metrics={"active": {"kind": "active_users", "definition": narrow, "calculation": "unique"}},
        ),
        active=Period(MAY.start, date(2027, 1, 1)),
        agreed_at=AGREED_AT,
    )
    for period, month in ((APRIL, 5), (MAY, 6)):
        plain_story.deliver(people(10), period, now=at(month, 1))
    april = plain_story.bill(APRIL, now=at(6, 2))
    may = plain_story.close(MAY, now=at(6, 2))

    assert lines_of(april) == [("usage", "10", "29.00", "290.00")]
    assert "did anything in the billed period" in april.frozen["definition"]["words"]
    # Nobody did what is counted now, which is a person's question and no bill of zero.
    assert (may.state, may.held_code, plain_story.count(MAY).active_users) == ("held", "nobody_active", 0)
    digests = {plain_story.count(period).metric_digest for period in (APRIL, MAY)}
    assert len(digests) == 2


def test_an_export_of_one_database_was_far_below_the_bill(plain_story: Story) -> None:
    """Auth0 community 96501: the other database is missing by name until its file is there."""
    other = register_instance(
        actor=BUILDER, contract=plain_story.contract, name="Hamburg-10", reports_from=date(2026, 1, 1)
    )
    plain_story.deliver(people(60), APRIL, now=at(5, 1))
    held = plain_story.close(APRIL, now=at(5, 2))
    assert (held.state, held.invoice) == ("held", None)
    assert held.held_words == "Days without a report, Hamburg-10: 1 to 30 Apr 2026 (30 days)."

    plain_story.deliver(people(60, first=41), APRIL, now=at(5, 3), instance=other)

    # Twenty people are in both, and count once.
    assert lines_of(plain_story.close(APRIL, now=at(5, 3)).invoice) == [("usage", "100", "29.00", "2900.00")]


def test_the_export_was_a_day_behind_the_quota_page(plain_story: Story) -> None:
    """Auth0 community 114275: 2,933 in the export, 2,913 on the page; a day that lags is missing, not quiet."""
    behind = Period(APRIL.start, APRIL.last_day)
    plain_story.deliver(people(29), behind, now=at(5, 1))
    held = plain_story.close(APRIL, now=at(5, 2))
    assert (held.state, held.held_words) == ("held", "Days without a report, Hamburg-9: 30 Apr 2026 (1 day).")

    plain_story.deliver(people(20, first=100), Period(APRIL.last_day, APRIL.end), now=at(5, 3))

    assert lines_of(plain_story.close(APRIL, now=at(5, 3)).invoice) == [("usage", "49", "29.00", "1421.00")]


def test_provisioned_disabled_bot_and_licensed_are_four_numbers(committed_house: House, page: Read) -> None:
    """OctopusDeploy/Issues#4757, RocketChat/Rocket.Chat#21222, DefGuard/defguard#3158: ten accounts, of which three are
    disabled, one is a bot and six are people at work."""
    definition = {"actions": ["login"], "excluded_users": ["*[[]bot]"]}
    metrics = {"active": {"kind": "active_users", "definition": definition, "calculation": "unique"}}
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00"), metrics=metrics))
    record_provisioned_count(
        actor=BUILDER, contract=story.contract, users=10, date=date(2026, 4, 30), source="directory", now=at(4, 30)
    )
    story.deliver([*people(6), "renovate[bot]"], APRIL, now=at(5, 1))
    invoice = story.bill(APRIL, now=at(5, 3))

    told = explain_invoice(actor=story.finance, invoice=invoice)
    steps = {step.code: step.count for step in told.funnel.people}
    seen, bots = steps["people"], steps["excluded"]
    assert (told.users["provisioned"], seen, bots, told.users["billed"]) == (10, 7, 1, 6)
    assert lines_of(invoice) == [("usage", "6", "29.00", "174.00")]
    for person, address in (
        (story.house.customer_admin_a, f"/invoices/{invoice.public_id}/explain/"),
        (story.house.finance, f"/admin/invoices/{invoice.public_id}/explain/"),
    ):
        shown = page(person, address)
        assert labelled(shown) == {"Provisioned": 10, "Active": 6, "Billable": 6, "Billed": 6}, address
        assert re.search(r"Left out by the contract</th>.*?>−1</a>", shown, re.DOTALL), address


def test_all_accounts_were_billed_where_licensed_ones_were_meant(story: Story) -> None:
    """OctopusDeploy/Issues#4757, RocketChat/Rocket.Chat#21222, DefGuard/defguard#3158: accounts are free."""
    play_april(story)
    invoice = story.bill(APRIL, now=at(5, 3))

    counts = invoice.frozen["counts"]
    assert (counts["provisioned"]["users"], counts["reported"], counts["billable"]) == (1000, 324, 320)
    # 320 people and 80 of the floor: neither the 1,000 accounts nor the 324 that were claimed are on a line.
    assert lines_of(invoice) == [("usage", "320", "29.00", "9280.00"), ("floor", "80", "29.00", "2320.00")]
    assert amounts_of(invoice)[0] == Decimal("11600.00")
