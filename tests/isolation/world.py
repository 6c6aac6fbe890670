"""Two customers who have one of everything, committed in a database of their own."""

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connections, models
from django.test import Client
from django.urls import get_resolver
from environ import Env

from billing.models import BillingPeriod, BillingRun, Difference, FirstRunImport, Invoice, Notice, OpenBalance, TrueUp
from billing.operations.adjust_draft import adjust_draft
from billing.operations.look_for_differences import look_for_differences
from billing.operations.open_periods import open_periods
from billing.operations.record_open_balance import record_open_balance
from billing.operations.send_invoice import send_invoice
from billing.operations.set_notice_preference import set_notice_preference
from billing.operations.start_billing_run import start_billing_run
from billing.operations.watch_contract import watch_contract
from billing.operations.withdraw_adjustment import withdraw_adjustment
from billing.queries import month_lines
from billing.queries.definitions import definition_cards
from billing.queries.run_plan import plan_run
from ground.models import AnsweredRequest, Job
from ground.operations.enqueue_job import enqueue_job
from licenses.models import (
    CheckoutQuestion,
    Customer,
    EventKind,
    Instance,
    InstanceKey,
    LicenseFile,
    Plan,
    ProvisionedCount,
    Scope,
)
from licenses.operations.accept_definition import accept_definition
from licenses.operations.activate_instance import activate_instance
from licenses.operations.add_billing_contact import add_billing_contact
from licenses.operations.announce import announce
from licenses.operations.draft_plan_version import draft_plan_version
from licenses.operations.issue_license import issue_license
from licenses.operations.make_api_key import make_api_key
from licenses.operations.record_provisioned_count import record_provisioned_count
from licenses.operations.register_destination import register_destination
from licenses.operations.revoke_instance_key import revoke_instance_key
from licenses.operations.switch_off_destination import switch_off_destination
from rollcall.intake.events import SINGLE
from rollcall.signing import SigningKey
from rollcall.signing.reporter_versions import versions_of
from tests.billing.signing import activated, sent
from tests.billing.story import APRIL, MARCH, MAY, Story, at, export, people
from tests.billing.test_reported_counts import licence_file, send
from tests.cast import BUILDER, House, terms_of_b
from tests.databases import TestServer, clone
from tests.licenses.test_license_files import answer
from tests.portal.conftest import Played, play
from usage.models import ActiveUserCount, ExcusedDay, UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.gather_events import gather_events
from usage.operations.preview_report import preview_report
from usage.operations.read_report import read_report
from usage.operations.recall_reporter import recall_reporter
from usage.operations.receive_events import receive_events
from usage.operations.receive_report import receive_report
from usage.operations.record_reported_count import record_reported_count
from usage.operations.sniff_report import sniff_report
from usage.operations.waive_rows import waive_rows

# Everybody who knocks at a route. The objects asked for are those of customer B.
PEOPLE = ("anonymous", "customer_admin_a", "customer_admin_b", "stranger", "account_manager", "finance")
VENDOR = {"account_manager", "finance"}


@dataclass(frozen=True, kw_only=True)
class World:
    """What stands; `true_up` and `draft` are customer B's, like the foreign invoice and report of `played`."""

    played: Played
    true_up: TrueUp
    draft: Invoice
    plan: Plan
    replay: Job
    run: BillingRun
    first_run: FirstRunImport
    database: str

    @property
    def house(self) -> House:
        return self.played.house

    def client(self, person: str) -> Client:
        """A browser in which this person of the cast is signed in."""
        client = Client(raise_request_exception=False)
        if person != "anonymous":
            client.force_login(getattr(self.house, person).user)
        return client

    @property
    def difference(self) -> Difference:
        """What nobody explained yet of customer B's numbers."""
        return Difference.objects.filter(customer=self.house.customer_b, billing_period__isnull=False).order_by("pk")[0]

    def object_of_b(self, model: type[models.Model]) -> models.Model:
        """A row of customer B in a model that the desk lists; KeyError for a model that is new here."""
        customer = self.house.customer_b
        of_b: dict[str, Any] = {
            "licenses.customer": customer,
            "licenses.legalentity": self.house.legal_entity,
            "licenses.contract": self.house.contract_b,
            "licenses.instance": self.house.instance_b,
            "licenses.licensefile": LicenseFile.objects.filter(customer=customer).first(),
            "licenses.provisionedcount": ProvisionedCount.objects.filter(customer=customer).first(),
            "licenses.user": self.house.customer_admin_b.user,
            "usage.usagereport": self.played.foreign_report,
            "usage.activeusercount": ActiveUserCount.objects.filter(customer=customer).first(),
            "billing.invoice": self.played.foreign_invoice,
            "billing.billingperiod": BillingPeriod.objects.filter(invoice=self.played.foreign_invoice).first(),
            "billing.trueup": self.true_up,
            "billing.openbalance": OpenBalance.objects.filter(customer=customer).first(),
            "ground.job": Job.objects.filter(customer_id=customer.pk).first(),
        }
        return of_b[model._meta.label_lower]


def desk_models() -> list[type[models.Model]]:
    """Every model that the desk lists, once the map of addresses has closed what it does not."""
    assert get_resolver().url_patterns
    return [model for model in apps.get_models() if admin.site.is_registered(model)]


@contextmanager
def own_database(server: TestServer, template: str) -> Iterator[str]:
    """Lead Django to a clone in which the block may commit; give its name."""
    before = dict(settings.DATABASES["default"])
    with clone(server, template) as name:
        connections.close_all()
        settings.DATABASES["default"].update(Env.db_url_config(server.app(name)))
        yield name
        connections.close_all()
        settings.DATABASES["default"].update(before)


def build_world(database: str) -> World:
    """Play the portal's story, and give customer B what it still lacks: one row in every table of customers."""
    played = play()
    house = played.house
    of_b = Story(
        house=replace(house, customer_admin_a=house.customer_admin_b),
        contract=house.contract_b,
        instance=house.instance_b,
    )
    send_with_a_finding(of_b)
    record_provisioned_count(
        actor=BUILDER, contract=of_b.contract, users=50, date=date(2026, 4, 30), source="directory", now=at(4, 30)
    )
    record_reported_count(actor=BUILDER, contract=of_b.contract, period=APRIL, users=8, source="console", now=at(5, 1))
    send(of_b, licence_file({date(2026, 4, 30): 8}), covers=APRIL, now=at(5, 8))
    of_b.deliver(people(9, first=5000), APRIL, now=at(5, 9))
    of_b.deliver(people(6, first=5000), MAY, now=at(6, 1))
    draft = of_b.close(MAY, now=at(6, 2)).invoice
    assert draft is not None
    accept_what_is_counted(of_b)
    license_and_activate(house.instance_a)
    with tempfile.TemporaryDirectory() as folder:
        report_by_itself(of_b, Path(folder) / "home")
    for customer in (house.customer_a, house.customer_b):
        make_api_key(actor=BUILDER, name="reader", scopes=[Scope.USAGE_READ], customer=customer, now=at(6, 2))
        call_as_a_program(customer, {house.customer_a: house.instance_a}.get(customer, house.instance_b))
    tell_others(of_b)
    tell_before_the_bill(of_b, draft)
    look_for_differences(actor=BUILDER, contract=of_b.contract, now=at(6, 2))
    return World(
        played=played,
        true_up=TrueUp.objects.get(customer=house.customer_b),
        draft=draft,
        plan=draft_plan_version(actor=BUILDER, terms=terms_of_b(), name="Team").plan,
        replay=replay_of(of_b),
        run=run_over(of_b),
        first_run=bring_in_and_send(of_b, played.foreign_invoice),
        database=database,
    )


def tell_others(story: Story) -> None:
    """A receiver was told of customer B and asked about its seats; it is switched off, so that nothing is sent."""
    contract, finance = story.contract, story.house.finance.actor
    told = register_destination(
        actor=finance,
        url="https://93.184.216.34/in",
        note="Provisioning of Birch",
        event_types=[EventKind.TRUE_UP_PROPOSED],
        customer=contract.customer,
        now=at(6, 2),
    ).destination
    announce(
        kind=EventKind.TRUE_UP_PROPOSED, key="isolation", data=dict, customer_id=contract.customer_id, now=at(6, 2)
    )
    CheckoutQuestion.objects.create(
        destination=told,
        customer=contract.customer,
        contract=contract,
        asked_by="Fiona Nance",
        asked_at=at(6, 2),
        body="{}",
        is_allowed=False,
    )
    switch_off_destination(actor=finance, destination=told, now=at(6, 2))


def license_and_activate(instance: Instance) -> None:
    """The contract has a licence, and its instance a key that the next licence names."""
    row = issue_license(actor=BUILDER, contract=instance.contract, now=at(6, 2))
    activate_instance(actor=BUILDER, text=answer(row, instance.public_id, SigningKey.generate()), now=at(6, 2))
    issue_license(actor=BUILDER, contract=instance.contract, now=at(6, 2))


def report_by_itself(story: Story, folder: Path) -> None:
    """The instance was activated, and signed a report of one day, which has its receipt."""
    site = activated(story, folder, now=at(6, 2)).did("u@birch.example", at(6, 1, 18))
    site.now = at(6, 2, 10)
    (path,) = site.write_until(date(2026, 6, 2)).paths
    assert sent(story, path, now=at(6, 2, 11)).state == "accepted"
    recall_reporter(
        actor=story.manager,
        reporter="rollcall",
        versions=versions_of("0.0.1 to 999"),
        since=None,
        reason="It counts the users of two days twice.",
        cure="Install the newest version.",
        now=at(6, 3),
    )
    # A key before it was lost, so that the list of refused keys has an entry.
    activated(story, folder.with_name("anew"), sign=SigningKey(bytes(range(32))), now=at(6, 3))
    lost = InstanceKey.objects.filter(instance=story.instance, replaced_at__isnull=False).earliest("pk")
    revoke_instance_key(actor=BUILDER, key=lost, from_seq=None, reason="Its disk was stolen.", now=at(6, 3))
    issue_license(actor=BUILDER, contract=story.contract, now=at(6, 3))


def call_as_a_program(customer: Customer, instance: Instance) -> None:
    """A program of the customer sent an event that became the report of its day, and one request that is remembered."""
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "s",
        "type": "login",
        "subject": "u",
        "time": "2026-05-02T09:00Z",
    }
    receive_events(
        actor=BUILDER,
        instance=instance,
        form=SINGLE,
        stream=io.BytesIO(json.dumps(event).encode()),
        now=at(6, 2),
    )
    gather_events(instance_id=instance.pk, now=at(6, 2))
    AnsweredRequest.objects.create(
        customer_id=customer.pk, caller=f"{customer.pk:012d}", key="k", request_sha256="0" * 64, status=201
    )


def bring_in_and_send(story: Story, invoice: Invoice) -> FirstRunImport:
    """Customer B owes something from before, and its invoice is on its way to its billing contact."""
    contract = story.contract
    add_billing_contact(actor=BUILDER, contract=contract, email="ap@birch.example", name="Ap Payable", now=at(6, 2))
    record_open_balance(
        actor=BUILDER,
        customer=contract.customer,
        number="OLD-17",
        currency="USD",
        amount=Decimal("12.50"),
        due_date=date(2026, 1, 15),
        now=at(6, 2),
    )
    if invoice.documents.filter(kind="pdf").exists():
        send_invoice(actor=BUILDER, invoice=invoice, now=at(6, 2))
    return FirstRunImport.objects.create(
        files=[{"name": "first-run.xlsx", "storage_key": "0/first_run/x", "sha256": "0" * 64, "size": 1}],
        asked_by="Fiona Nance",
        asked_at=at(6, 2),
        state=FirstRunImport.State.REFUSED,
        problem="There is no table in it.",
    )


def run_over(story: Story) -> BillingRun:
    """Finance asked to count and draft what customer B used in May, and no worker came to it yet."""
    lines = [line for line in month_lines(actor=BUILDER, month=MAY.start) if line.period.contract == story.contract]
    plan = plan_run(actor=BUILDER, kind="draft", month=MAY.start, lines=lines, now=at(6, 2))
    return start_billing_run(actor=BUILDER, plan=plan, token="isolation", now=at(6, 2))


def tell_before_the_bill(story: Story, draft: Invoice) -> None:
    """Somebody took an adjustment back, and the running month has an estimate and a notice."""
    row = adjust_draft(
        actor=story.manager,
        invoice=draft,
        amount=Decimal("1.00"),
        reason="Typed on the wrong draft of this month.",
        now=at(6, 2),
    )
    withdraw_adjustment(actor=story.manager, adjustment=row, reason="typed on the wrong draft", now=at(6, 2))
    open_periods(actor=BUILDER, contract=story.contract, today=date(2026, 6, 2))
    watch_contract(actor=BUILDER, contract=story.contract, now=at(6, 2), today=date(2026, 6, 2))
    set_notice_preference(
        actor=story.manager,
        contract=story.contract,
        off_kinds=["cap"],
        is_sent_to_customer=True,
        is_sent_to_vendor=False,
        now=at(6, 2),
    )
    Notice.objects.create(
        customer=story.contract.customer,
        contract=story.contract,
        charge_key="seats",
        period=draft.period,
        kind=Notice.Kind.AHEAD,
        percent=0,
        words="Birch runs ahead of the last three periods.",
        at=at(6, 2),
    )


def replay_of(story: Story) -> Job:
    """The account manager asked what the past months of the customer's contract would have been."""
    args = {"contract_id": story.contract.pk, "terms": terms_of_b(), "periods": 1, "asked_by": "Amir Manders"}
    return enqueue_job(key="billing.replay:isolation", kind="billing.replay", args=args)


def accept_what_is_counted(story: Story) -> None:
    """Somebody of the customer accepts the definition of its contract."""
    version = story.contract.versions.get()
    (card,) = definition_cards(version=version)
    accept_definition(
        actor=story.house.customer_admin_b.actor,
        user=story.house.customer_admin_b.user,
        version=version,
        metric_name=card.metric_name,
        definition_digest=card.digest,
        cases=[case.to_json() for case in card.cases],
        seen_digest=card.cases_digest,
        now=at(5, 2),
    )


def send_with_a_finding(story: Story) -> UsageReport:
    """One more file, of March, with a line that is quarantined."""
    days = [date(2026, 3, day) for day in range(1, 32)]
    content = (
        export(people(3, first=5000), days, zone_offset="-05:00") + b"user5009@birch.example,yesterday,login,e-9\n"
    )
    actor = story.house.customer_admin_b.actor
    report = receive_report(
        actor=actor, instance=story.instance, file_name="march.csv", stream=io.BytesIO(content), now=at(4, 1)
    ).report
    sniff_report(report_id=report.pk, now=at(4, 1))
    report.refresh_from_db()
    said: dict[str, Any] = {"mapping": None, "source_timezone": "", "covers": MARCH, "generated_at": at(4, 1)}
    preview_report(actor=actor, report=report, now=at(4, 1), **said)
    confirm_report(actor=actor, report=report, now=at(4, 1), **said)
    report = read_report(report_id=report.pk, now=at(4, 1))
    assert report.findings.count() == 1, report.state
    waive_rows(actor=story.manager, report=report, reason="A line of the export's footer.", now=at(4, 2))
    ExcusedDay.objects.create(
        contract=report.contract,
        customer=report.customer,
        day=date(2026, 3, 9),
        is_excused=True,
        reason="A load test of the vendor.",
        decided_by="Amir Manders",
        decided_at=at(4, 2),
    )
    return report
