"""Twenty uploads of four customers at once, on real workers with two hands: all end, each with its own count."""

from collections import Counter
from datetime import date, timedelta

from django.db.models import F

from ground.models import Job
from licenses.models import Instance
from licenses.operations.create_customer import create_customer
from licenses.operations.register_instance import register_instance
from rollcall.period import Period
from tests.cast import BUILDER, House, sign_contract, terms_json
from tests.usage.sending import confirm, days, receive
from tests.workers import Start, start, wait_until, worker, worker_environment
from usage.models import ReportState, UsageReport

__all__ = ["start", "worker_environment"]

# The first customer is in before all others, and sends most.
FILES = {0: 8, 1: 6, 2: 4, 3: 2}
PATIENCE = 300


def instances_of(house: House) -> list[Instance]:
    """One instance of each of four customers."""
    instances = [house.instance_a, house.instance_b]
    for number in (3, 4):
        customer = create_customer(
            actor=BUILDER,
            number=f"C-100{number}",
            name=f"Customer {number}",
            address_lines=["Street 1"],
            country="DE",
            legal_entity=house.legal_entity,
        )
        contract = sign_contract(customer, f"K-2026-00{number}", terms_json())
        instances.append(
            register_instance(actor=BUILDER, contract=contract, name=f"I-{number}", reports_from=date(2026, 1, 1))
        )
    return instances


def test_twenty_uploads_all_end_and_customers_take_turns(committed_house: House, start: Start) -> None:
    expected: dict[int, int] = {}
    for place, instance in enumerate(instances_of(committed_house)):
        for number in range(FILES[place]):
            # Other users on other days in every file, so that no two counts are alike by chance.
            users = [f"user{place}-{number}-{n}" for n in range(1 + place + 4 * number)]
            report = receive(instance, days(users, [number + 1]), name=f"{place}-{number}.csv").report
            expected[report.pk] = len(users)
    start("manage.py", "sweeper")
    worker(start)

    def is_looked_at() -> bool:
        return UsageReport.objects.filter(state=ReportState.NEEDS_CONFIRMATION).count() == 20

    wait_until(is_looked_at, "not all were looked at", PATIENCE)
    sniffed = started("usage.sniff_report")
    for report in UsageReport.objects.order_by("pk"):
        confirm(report, _one_day(report))
    wait_until(lambda: UsageReport.objects.filter(state=ReportState.ACCEPTED).count() == 20, "not all read", PATIENCE)

    assert {report.pk: report.users for report in UsageReport.objects.all()} == expected
    for order in (sniffed, started("usage.read_report")):
        assert len(order) == 20
        assert Counter(order) == {customer: FILES[place] for place, customer in enumerate(customers())}
        # Nobody waits behind the eight files that came first: the last customer's two are among the first turns.
        last = customers()[3]
        assert [place for place, customer in enumerate(order) if customer == last][-1] < 12, order
    assert side_by_side() == []


def _one_day(report: UsageReport) -> Period:
    day = date(2026, 9, 1 + int(report.file_name.partition("-")[2].removesuffix(".csv")))
    return Period(day, day + timedelta(days=1))


def customers() -> list[int]:
    """The customers, in the order in which they sent."""
    seen = UsageReport.objects.order_by("pk").values_list("customer_id", flat=True)
    return list(dict.fromkeys(seen))


def started(kind: str) -> list[int | None]:
    """Whose jobs of this kind began, in the order of their beginnings."""
    return list(Job.objects.filter(kind=kind).order_by("started_at").values_list("customer_id", flat=True))


def side_by_side() -> list[tuple[str, str]]:
    """Pairs of jobs of one customer that ran at the same time; none, as one hand is a customer's share."""
    jobs = list(Job.objects.filter(customer_id__isnull=False, finished_at__gt=F("started_at")).order_by("started_at"))
    return [
        (one.key, other.key)
        for place, one in enumerate(jobs)
        for other in jobs[place + 1 :]
        if one.customer_id == other.customer_id and _meet(one, other)
    ]


def _meet(one: Job, other: Job) -> bool:
    assert one.finished_at is not None
    assert other.started_at is not None
    return other.started_at < one.finished_at
