"""Lists and records at the desk name people, contracts and days, and write numbers as people do."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from billing.models import Difference, Invoice
from licenses.models import Contract, Customer, Instance, Membership, ProvisionedCount
from licenses.operations.record_provisioned_count import record_provisioned_count
from licenses.ranges import range_of
from tests.billing.story import APRIL, Story, at, people, per_user, story_of, terms_json
from tests.cast import House, Person
from tests.desk.browser import Browser
from usage.mapping_words import mapping_in_words
from usage.models import ActiveUserCount, UsageReport

Desk = Callable[[Person], Browser]
REASON = "Ten accounts were test accounts."
TIERS = [{"up_to": 500, "unit_price": "29.00"}, {"up_to": None, "unit_price": "25.00"}]


@pytest.fixture
def counted(plain_story: Story) -> Story:
    """April with 1,200 active users of 41,000 accounts."""
    record_provisioned_count(
        actor=plain_story.manager,
        contract=plain_story.contract,
        users=41_000,
        date=APRIL.last_day,
        source="directory",
        now=at(5, 1),
    )
    plain_story.deliver(people(1200), APRIL, now=at(5, 1))
    plain_story.close(APRIL, now=at(5, 3))
    return plain_story


def page_of(row: object, kind: str = "change") -> str:
    model = type(row)
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=[row.pk])  # type: ignore[attr-defined]


def test_whole_numbers_of_lists_are_grouped_and_marked_for_the_style_sheet(counted: Story, desk: Desk) -> None:
    finance = desk(counted.house.finance).open("/admin/usage/activeusercount/")
    assert "1,200" in finance.page
    assert "41,000" in finance.page
    assert "Select active user count" not in finance.page
    assert "Download this list: CSV XLSX" in finance.page
    raw = finance.client.get("/admin/usage/activeusercount/").content.decode()
    for column in ("active_users", "reported_users", "provisioned_users"):
        assert f"column-number_{column}" in raw
        assert f"field-number_{column}" in raw
    sorted_by_users = finance.client.get("/admin/usage/activeusercount/?o=-3")
    assert sorted_by_users.status_code == 200
    taken = finance.client.get("/admin/usage/activeusercount/?as=csv")
    assert "1200" in b"".join(taken.streaming_content if taken.streaming else [taken.content]).decode()


def test_a_count_and_its_report_name_contract_days_and_instance(counted: Story, desk: Desk) -> None:
    number = counted.contract.number
    count, report = ActiveUserCount.objects.latest("pk"), UsageReport.objects.get()
    assert str(count) == f"1,200 active users, {number}, 1 to 30 Apr 2026 (Europe/Berlin)"
    assert str(report.instance) == f"Hamburg-9 ({number})"

    finance = desk(counted.house.finance).open(page_of(count))
    for words in ("1,200", "41,000", "Hamburg-9", "1 to 30 Apr 2026"):
        assert words in finance.page
    assert "[2026-04-01" not in finance.page
    finance.open(page_of(report))
    assert "View usage report" not in finance.page
    assert "1 to 30 Apr 2026: " in finance.page
    assert "→ 1,200" in finance.page
    assert f"Hamburg-9 ({number})" in finance.page
    for words in ("Column “user_id” is the user.", "Column “occurred_at” is the time."):
        assert words in finance.page
    for raw in ("2026-05-01:", "null", "(contract "):
        assert raw not in finance.page


def test_rows_are_named_by_what_people_know() -> None:
    customer = Customer(name="Aurel AG", number="C-1")
    contract = Contract(number="K-7", product_name="Atlas", customer=customer)
    instance = Instance(name="York-1", contract=contract)
    april = range_of(APRIL)
    draft = Invoice(contract=contract, zone="Europe/Berlin", period=april)
    difference = Difference(contract=contract, code="spike", zone="Europe/Berlin", period=april)
    users = ProvisionedCount(users=41_000, date=APRIL.last_day, source="directory")
    named = {str(row) for row in (instance, users)}
    assert named == {"York-1 (K-7)", "41,000 provisioned users on 30 Apr 2026 (directory)"}
    assert str(draft) == "draft of K-7 for 1 to 30 Apr 2026 (Europe/Berlin)"
    assert str(difference) == "a spike, K-7, 1 to 30 Apr 2026 (Europe/Berlin)"


def test_a_customer_leads_to_its_contracts_and_invoices(counted: Story, desk: Desk) -> None:
    contract = counted.contract
    finance = desk(counted.house.finance).open(page_of(contract.customer))
    member = Membership.objects.filter(customer=contract.customer).select_related("user").first()
    assert member is not None
    assert f"{member.user.get_full_name()}, {member.get_role_display()}" in finance.page
    assert f"user {member.user_id} at" not in finance.page
    assert finance.leads_to(f"/admin/contracts/{contract.public_id}/")
    assert finance.leads_to(f"/admin/billing/invoice/?q={contract.number}")
    assert "draft" in finance.open(f"/admin/billing/invoice/?q={contract.number}").page
    draft = Invoice.objects.get()
    assert finance.leads_to(f"/admin/invoices/{draft.public_id}/")
    raw = finance.client.get(finance.address).content.decode()
    assert 'data-label="Select record"' not in raw


def test_prices_are_grouped_where_amounts_are(counted: Story, desk: Desk) -> None:
    draft = Invoice.objects.get()
    finance = desk(counted.house.finance).open(f"/admin/invoices/{draft.public_id}/adjust/")
    finance.send("/adjust/", direction="credit", amount="1250.00", reason="The outage of 14 April, as promised.")
    page = finance.open(f"/admin/invoices/{draft.public_id}/").page
    assert "−1 1,250.00" in page
    assert "1250.00" not in page


def test_users_of_tiers_are_given_back_at_the_row_of_the_highest(committed_house: House, desk: Desk) -> None:
    charges = per_user("29.00")
    charges["seats"]["price"] = {"model": "graduated", "bound": "inclusive", "tiers": TIERS}
    story = story_of(committed_house, terms=terms_json(charges=charges))
    story.deliver(people(706), APRIL, now=at(5, 1))
    invoice = story.bill(APRIL, now=at(5, 3))

    finance = desk(committed_house.finance).open(f"/admin/invoices/{invoice.public_id}/credit/")
    assert "of 706 in all tiers, from this one down" in finance.page
    assert "with line 2, whose tier goes first" in finance.page
    assert "no price per user" not in finance.page
    assert "users-1" not in finance.forms[f"/admin/invoices/{invoice.public_id}/credit/"]

    finance.send("/credit/", way="users", reason=REASON, **{"users-2": "10"})
    note = Invoice.objects.get(kind="credit_note")
    assert (note.lines.get().quantity, f"{note.net_amount:.2f}") == (10, "250.00")
    assert "Due 3 May 2026" in finance.page
    finance.finalize()
    assert "Due 3 May 2026" in finance.page


def test_a_mapping_is_said_in_words() -> None:
    mapping = {
        "format": "csv",
        "delimiter": ";",
        "header_line": 3,
        "columns": {"user": "who", "at": "when", "action": None},
        "constants": {"action": "login"},
        "outcome": {"success": ["ok", "yes"]},
    }
    assert mapping_in_words(mapping) == [
        "Column “who” is the user.",
        "Column “when” is the time.",
        "Every row has “login” as the action.",
        "It succeeded where that says ok or yes.",
        "Columns are parted by semicolons.",
        "The header is line 3.",
    ]
    assert mapping_in_words(None) == []
