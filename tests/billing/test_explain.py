"""Explain this number: steps that add up, from a file that somebody else counts line by line, to the bill."""

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from billing.evidence_list import counts_of
from billing.queries.explain import explain_count, explain_invoice, explain_period
from billing.queries.explain_funnel import FunnelStep
from ground import clock
from licenses.operations.register_instance import register_instance
from rollcall.period import Period
from tests.billing.story import APRIL, Story, at, people, per_user, story_of
from tests.cast import BUILDER, House, terms_json
from usage.models import UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.read_report import read_report
from usage.operations.receive_report import receive_report
from usage.operations.sniff_report import sniff_report
from usage.queries.people import PeopleAsked, people_of

BERLIN = ZoneInfo("Europe/Berlin")
HEADER = ["user_id", "occurred_at", "action", "event_id"]
DEFINITION = {"actions": ["login", "file.*"], "min_events": 2, "min_days": 2, "excluded_users": ["svc-*"]}
Line = tuple[str, str, str, str]


def counting(definition: dict[str, Any], **charges: Any) -> dict[str, Any]:
    """Terms that count by this definition, at EUR 29.00 a user."""
    metrics = {"active": {"kind": "active_users", "definition": definition, "calculation": "unique"}}
    return terms_json(metrics=metrics, charges=per_user("29.00", **charges))


def send(story: Story, lines: Sequence[Line], *, instance: Any = None, covers: Period = APRIL) -> UsageReport:
    """Send a file as it stands, bad rows and all, and have it read."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADER, *lines])
    received = receive_report(
        actor=story.house.customer_admin_a.actor,
        instance=instance or story.instance,
        file_name="april.csv",
        stream=io.BytesIO(out.getvalue().encode()),
        now=at(5, 1),
    )
    report = confirm_report(
        actor=story.house.customer_admin_a.actor,
        report=sniff_report(report_id=received.report.pk, now=at(5, 1)),
        mapping=None,
        source_timezone="",
        covers=covers,
        generated_at=at(5, 1),
        now=at(5, 1),
    )
    report = read_report(report_id=report.pk, now=at(5, 1))
    assert report.is_counted, (report.state, report.refusal_message, report.questions)
    story.review(report, now=at(5, 1))
    return report


def random_month(chance: random.Random) -> list[Line]:
    """A month with bad rows, repeated events, other days, other actions and people of every kind."""
    names = [*(f"user{n:02}@aurel.example" for n in range(12)), "svc-mail", "svc-backup"]
    lines: list[Line] = []
    for number in range(chance.randint(60, 140)):
        begin = datetime(2026, 3, 30, tzinfo=BERLIN) + timedelta(minutes=chance.randrange(34 * 1440))
        action = chance.choice(["login", "file.read", "file.write", "logout", "ping"])
        line = (chance.choice(names), begin.isoformat(), action, f"e{number}")
        lines.append(line if chance.random() > 0.03 else (line[0], "yesterday", *line[2:]))
        if chance.random() < 0.08:
            lines.append(lines[-1])
    return lines


def sorted_by_hand(lines: Sequence[Line]) -> tuple[Counter[str], Counter[str]]:
    """Put each line of a file, and each person of the month, into a bucket: the oracle, which reads nothing of ours."""
    rows: Counter[str] = Counter(read=len(lines))
    seen: set[Line] = set()
    acts: dict[str, list[date]] = {}
    for line in lines:
        user, text, action, _ = line
        try:
            day = datetime.fromisoformat(text).astimezone(BERLIN).date()
        except ValueError:
            rows["quarantined"] += 1
            continue
        if day.month != 4:
            # The file says that it describes April: what lies outside is another report's.
            rows["elsewhere"] += 1
            continue
        if line in seen:
            rows["duplicate"] += 1
            continue
        seen.add(line)
        of_user = acts.setdefault(user, [])
        if action == "login" or action.startswith("file."):
            rows["qualifying"] += 1
            of_user.append(day)
        else:
            rows["not_qualifying"] += 1
    return rows, Counter(_verdict(user, days) for user, days in acts.items())


def _verdict(user: str, days: list[date]) -> str:
    if user.startswith("svc-"):
        return "excluded"
    if not days:
        return "no_qualifying_action"
    if len(days) < 2:
        return "below_min_events"
    return "active" if len(set(days)) > 1 else "below_min_days"


def by_code(steps: Sequence[FunnelStep]) -> dict[str, int]:
    return {step.code: step.count for step in steps}


def assert_adds_up(steps: Sequence[FunnelStep]) -> None:
    """Each line is the one above it, less what it takes or more what it adds; a level is what is left."""
    left = steps[0].count
    for step in steps:
        left += (step.count if step.adds else -step.count) if step.takes else 0
        assert (step.left, step.takes or step.count == left) == (left, True), step
        assert step.count >= 0


@pytest.mark.parametrize("seed", [3, 7, 11, 19])
def test_every_row_and_every_person_is_in_exactly_one_bucket(committed_house: House, seed: int) -> None:
    story = story_of(committed_house, terms=counting(DEFINITION | {"timezone": "Europe/Berlin"}) | LENIENT)
    lines = random_month(random.Random(seed))
    send(story, lines)
    invoice = story.bill(APRIL, now=at(5, 4))
    told = explain_invoice(actor=story.finance, invoice=invoice)

    rows, verdicts = sorted_by_hand(lines)
    shown, funnel = by_code(told.funnel.rows), told.funnel
    assert_adds_up(funnel.rows)
    assert_adds_up(funnel.people)
    elsewhere = shown["outside"] + shown["not_owned"] + shown["quarantined"] - rows["quarantined"]
    assert (shown["read"], shown["duplicate"]) == (rows["read"], rows["duplicate"])
    assert elsewhere == rows["elsewhere"]
    assert (shown["not_qualifying"], shown["qualifying"]) == (rows["not_qualifying"], rows["qualifying"])
    people_shown = by_code(funnel.people)
    assert {code: people_shown.get(code, 0) for code in verdicts} == dict(verdicts)
    assert people_shown["people"] == verdicts.total()
    assert told.users["active"] == told.users["billable"] == told.users["billed"] == verdicts["active"]
    # Each step opens to exactly its people.
    [count] = counts_of(invoice)
    for code in verdicts:
        why = "counted" if code == "active" else code
        assert len(list(people_of(count=count, asked=PeopleAsked(why=why)))) == verdicts[code]


LENIENT = {"quarantine_limit": "0.5"}


def test_two_instances_and_a_floor(committed_house: House) -> None:
    """Three on the first, two on the second, one of them on both; a floor of ten lifts the four."""
    floor = {"minimum_users": 10, "per": "cycle", "shortfall_priced_by": "tiers"}
    story = story_of(committed_house, terms=counting({"actions": ["*"]}, floor=floor))
    second = register_instance(actor=BUILDER, contract=story.contract, name="Linz-1", reports_from=date(2026, 1, 1))
    story.deliver(people(3), APRIL, now=at(5, 1))
    story.deliver(people(2, first=3), APRIL, now=at(5, 1), instance=second)
    told = explain_invoice(actor=story.finance, invoice=story.bill(APRIL, now=at(5, 4)))

    assert_adds_up(told.funnel.people)
    shown = by_code(told.funnel.people)
    assert (shown["ids"], shown["on_several"], shown["people"]) == (5, 1, 4)
    assert (shown["active"], shown["floor"], shown["billed"]) == (4, 6, 10)
    why = {step.code: step.why for step in told.funnel.people}
    assert sorted(why["ids"].split(" + ")) == ["Hamburg-9 3", "Linz-1 2"]
    assert why["floor"] == "4 is below the floor of 10"
    assert told.agreed is not None
    assert (told.agreed.clause, told.agreed.version.number) == (2, 1)
    assert told.agreed.terms.sentences()[1] == told.definition_words


def test_a_customer_and_the_vendor_read_the_same(story: Story) -> None:
    story.deliver(people(320), APRIL, now=at(5, 1))
    row, actor = story.close(APRIL, now=at(5, 4)), story.house.customer_admin_a.actor
    draft = explain_period(actor=story.finance, period=story.row(APRIL), today=date(2026, 5, 4))
    assert row.invoice is not None
    assert (draft.users["billed"], draft.net_amount, len(draft.lines)) == (400, row.invoice.net_amount, 2)
    assert draft.command == ""
    invoice = story.finalize(row, now=at(5, 4))

    ours, theirs = (explain_invoice(actor=one, invoice=invoice) for one in (story.finance, actor))
    assert (ours.numbers, ours.funnel, ours.lines) == (theirs.numbers, theirs.funnel, theirs.lines)
    assert ours.users == {**draft.users} == {name: invoice.frozen["counts"][name] for name in ours.users}
    assert theirs.command == f"rollcall verify {invoice.number}.zip --key vendor.pub"
    by_count = explain_count(actor=actor, count=story.count(APRIL), today=date(2026, 5, 4))
    assert by_count.numbers == theirs.numbers


def test_each_charge_has_numbers_of_its_own(committed_house: House, customer: Callable[[Story], Client]) -> None:
    """Six people sign in, two of them open files at a floor of five: two counts on one invoice, told apart."""
    kinds = {"active": ["login"], "readers": ["file.read"]}
    metrics = {
        name: {"kind": "active_users", "definition": {"actions": actions}, "calculation": "unique"}
        for name, actions in kinds.items()
    }
    floor = {"minimum_users": 5, "per": "cycle", "shortfall_priced_by": "tiers"}
    price = {"model": "per_user", "unit_price": "3.00"}
    charges = per_user("29.00") | {"files": {"metric": "readers", "price": price, "floor": floor}}
    story = story_of(committed_house, terms=terms_json(metrics=metrics, charges=charges))
    noon = "T12:00:00+02:00"
    signed_in = [(user, f"2026-04-03{noon}", "login", f"l{user}") for user in people(6)]
    send(story, [*signed_in, *((user, f"2026-04-04{noon}", "file.read", f"f{user}") for user in people(2))])
    invoice, actor = story.bill(APRIL, now=at(5, 4)), story.house.customer_admin_a.actor

    for charge, five in (("seats", [6, 6, 6]), ("files", [2, 2, 5])):
        ours, theirs = (explain_invoice(actor=one, invoice=invoice, charge=charge) for one in (story.finance, actor))
        assert ours.numbers == theirs.numbers
        assert ours.funnel == theirs.funnel
        assert [theirs.users[name] for name in ("active", "billable", "billed")] == five
        assert_adds_up(theirs.funnel.people)
        assert sorted(theirs.charges) == ["files", "seats"]
    page = customer(story).get(f"/invoices/{invoice.public_id}/explain/?charge=files").content.decode()
    assert "Why 5 billed users?" in page


def test_an_estimate_is_billed_visibly(committed_house: House) -> None:
    """Five days are missing and the contract estimates them: the users of the estimate are a step of their own."""
    gap = {"rule": "hold", "hold_at_most_days": 1, "then": "prior_period"}
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00"), gap_rule=gap))
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    story.deliver(people(60), march, now=at(4, 1))
    story.bill(march, now=at(4, 4))
    story.deliver(people(40), Period(APRIL.start, date(2026, 4, 26)), now=at(5, 1))
    told = explain_invoice(actor=story.finance, invoice=story.bill(APRIL, now=at(5, 20)))

    assert_adds_up(told.funnel.people)
    shown = by_code(told.funnel.people)
    assert (shown["active"], shown["estimated"], shown["billed"]) == (40, 20, 60)


@pytest.fixture
def customer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Story], Client]:
    """A browser of the customer on 12 May 2026."""
    monkeypatch.setattr(clock, "now", lambda: at(5, 12))

    def signed_in(story: Story) -> Client:
        client = Client()
        client.force_login(story.house.customer_admin_a.user)
        return client

    return signed_in


def test_an_invoice_that_counts_nothing_says_so(committed_house: House, customer: Callable[[Story], Client]) -> None:
    fixed = {"platform": {"price": {"model": "fixed", "amount": "500.00"}, "in_part_periods": "whole"}}
    terms = terms_json(term={"start": "2026-04-01", "end": "2027-01-01"}, charges=fixed)
    story = story_of(committed_house, terms={key: value for key, value in terms.items() if key != "metrics"})
    invoice = story.bill(APRIL, now=at(5, 4))
    client, desk = customer(story), Client()
    desk.force_login(story.house.finance.user)

    for one, address in (
        (client, f"/invoices/{invoice.public_id}/people/"),
        (client, f"/invoices/{invoice.public_id}/explain/"),
        (desk, f"/admin/invoices/{invoice.public_id}/explain/"),
        (desk, f"/admin/numbers/{invoice.billing_periods.get().pk}/"),
    ):
        response = one.get(address)
        text = response.content.decode()
        assert response.status_code == 200, address
        assert "What stands behind this number?" in text
        assert "Nothing is counted here: what was agreed is billed, whoever used it." in text
        assert "500.00" in text
    assert client.get(f"/invoices/{invoice.public_id}/people.xlsx").status_code == 200


def test_one_person_down_to_the_days(committed_house: House, customer: Callable[[Story], Client]) -> None:
    """Who is counted, who is not, and what each of them did: also under another name of the same person."""
    identity = {"aliases": {"anna.old@aurel.example": "anna@aurel.example"}}
    definition = {"actions": ["login"], "min_days": 2, "excluded_users": ["svc-*"], "identity": identity}
    story = story_of(committed_house, terms=counting(definition))
    noon = "T12:00:00+02:00"
    lines = [
        ("anna@aurel.example", f"2026-04-03{noon}", "login", "1"),
        ("Anna.Old@aurel.example", f"2026-04-07{noon}", "login", "2"),
        ("anna@aurel.example", f"2026-04-07{noon}", "logout", "3"),
        ("bert@aurel.example", f"2026-04-08{noon}", "login", "4"),
        ("svc-mail", f"2026-04-09{noon}", "login", "5"),
    ]
    send(story, lines)
    invoice = story.bill(APRIL, now=at(5, 4))
    [count], client = counts_of(invoice), customer(story)
    persons = {row.name: row for row in people_of(count=count)}
    assert by_code(explain_invoice(actor=story.finance, invoice=invoice).funnel.people)["same_person"] == 1

    def text_of(name: str) -> str:
        page = client.get(f"/invoices/{invoice.public_id}/people/{persons[name].user_ref}/")
        return " ".join(page.content.decode().split())

    anna = next(name for name in persons if name and "anna" in name.lower())
    assert "is counted because of 2 actions that count, on 2 days of the zone Europe/Berlin." in text_of(anna)
    assert text_of(anna).count('data-label="Counts"') == 3
    assert "does not count" in text_of(anna)
    bert = "is not counted: active on too few days; 1 action that counts, on 1 day of the zone Europe/Berlin."
    assert bert in text_of("bert@aurel.example")
    assert "is left out by name, whatever was done: 1 action that counts, on 1 day" in text_of("svc-mail")
    assert client.get(f"/invoices/{invoice.public_id}/people/{'0' * 64}/").status_code == 404


def test_a_long_list_is_paged_as_it_is_stored(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above a limit a list stands in the order of the references, and each page still has the names of its people."""
    story.deliver(people(60), APRIL, now=at(5, 1))
    story.close(APRIL, now=at(5, 4))
    by_name = [row.name for row in people_of(count=story.count(APRIL))]
    assert by_name == sorted(people(60))
    monkeypatch.setattr("usage.queries.people.SHORT", 10)
    stored = people_of(count=story.count(APRIL))
    assert stored.is_by_reference
    page = stored[25:50]
    assert [row.user_ref for row in page] == sorted(row.user_ref for row in page)
    assert len({row.name for row in page} & set(by_name)) == 25
    assert people_of(count=story.count(APRIL), asked=PeopleAsked(order="-user"))[0].name == by_name[-1]
    [found] = people_of(count=story.count(APRIL), asked=PeopleAsked(find="user0007"))
    assert found.name == "user0007@aurel.example"
