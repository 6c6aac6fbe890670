"""Many contracts made of one: its rows are copied inside the database, its evidence is linked on the disk.

One contract goes the real way, from its file to its count; what a bench needs a thousand times is copied from it by
INSERT ... SELECT, so that preparing costs little beside what is measured. Every copy is a customer with a contract, an
instance, a report and evidence of its own, and every rule of the database has looked at every row.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, transaction

from licenses.models import Contract
from tests.billing.story import APRIL, Story, at, people, per_user, story_of, terms_json
from tests.cast import House
from tests.databases import TestServer
from usage.models import EvidenceFile

# Rows of a month per user: each on another day.
DAYS_OF_A_USER = 3
# Copies have keys of their own far above those that the database gives.
FIRST_COPY = 1_000_000
CLOSED_AT = at(5, 3)


@dataclass(frozen=True)
class Table:
    """Rows to copy: which, and the SQL of every column in which the n-th copy differs."""

    name: str
    which: str
    changes: dict[str, str]


_NEW = {"id": "n", "public_id": "'bench' || n"}
_OWN = _NEW | {"customer_id": "n", "contract_id": "n"}
_OF_CONTRACT = "contract_id = {contract}"
# In an order in which every row finds what it refers to.
AGREED = (
    Table("licenses_customer", "id = {customer}", _NEW | {"number": "'B-' || n", "name": "'Copied ' || n"}),
    Table("licenses_contract", "id = {contract}", _NEW | {"customer_id": "n", "number": "'B-' || n"}),
    Table("licenses_contractsecret", _OF_CONTRACT, {"contract_id": "n"}),
    Table("licenses_contractversion", _OF_CONTRACT, _OWN),
    Table("licenses_instance", _OF_CONTRACT, _OWN),
    Table("usage_usagereport", _OF_CONTRACT, _OWN | {"instance_id": "n", "storage_key": "n || '/raw/bench'"}),
    Table(
        "usage_evidencefile",
        _OF_CONTRACT,
        _OWN | {"report_id": "n", "storage_key": "n || '/evidence/bench'", "names_key": "n || '/names/bench'"},
    ),
)
# A month that is counted and rated and on no draft.
COUNTED = (
    Table("usage_activeusercount", _OF_CONTRACT, _OWN),
    Table(
        "billing_billingperiod",
        f"{_OF_CONTRACT} AND state = 'drafted'",
        _OWN | {"count_id": "n", "contract_version_id": "n", "invoice_id": "NULL", "state": "'counted'"},
    ),
)
DRAFTED = (
    *AGREED,
    Table("usage_activeusercount", _OF_CONTRACT, _OWN),
    Table("billing_invoice", _OF_CONTRACT, _OWN),
    Table(
        "billing_billingperiod",
        f"{_OF_CONTRACT} AND state = 'drafted'",
        _OWN | {"count_id": "n", "contract_version_id": "n", "invoice_id": "n"},
    ),
    Table(
        "billing_invoiceline",
        "customer_id = {customer}",
        _OWN | {"invoice_id": "n", "billing_period_id": "n"},
    ),
)


@dataclass(frozen=True)
class Crowd:
    """One contract that went the real way, and its copies."""

    story: Story
    copies: range


def begun_story(house: House, *, users: int) -> Story:
    """A contract from April on, whose users have been reported for April."""
    terms = terms_json(
        charges=per_user("2.00"),
        term={"start": "2026-04-01", "end": "2027-04-01"},
        cycle={"unit": "month", "anchor": "2026-04-01"},
    )
    story = story_of(house, terms=terms)
    busy = [name for name in people(users) for _ in range(DAYS_OF_A_USER)]
    story.deliver(busy, APRIL, now=at(5, 1), days=list(APRIL.each_day())[:29])
    return story


def copied(story: Story, *, times: int, tables: tuple[Table, ...] = AGREED) -> Crowd:
    """Copy the rows of a story's contract so many times, and link its evidence as often."""
    copies = range(FIRST_COPY, FIRST_COPY + times)
    # The rules that are looked at on commit need a whole contract.
    with transaction.atomic():
        for table in tables:
            copy_rows(table, story.contract, copies)
    _link(story.contract, copies)
    return Crowd(story, copies)


def contracts_of(crowd: Crowd) -> list[Contract]:
    """Return the copies."""
    return list(Contract.objects.filter(pk__in=crowd.copies).order_by("pk"))


def settled_statistics(server: TestServer, database: str, *, vacuum: bool = False) -> None:
    """Let the planner know the tables, as it does a while after rows arrive; with `vacuum` dead rows go too."""
    with psycopg.connect(server.owner(database), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE" if vacuum else "ANALYZE")


def copy_rows(table: Table, contract: Contract, copies: range) -> None:
    """Copy the rows of one table as often as there are numbers in `copies`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [table.name],
        )
        names = [name for (name,) in cursor.fetchall()]
        given = ", ".join(table.changes.get(name, f'"{name}"') for name in names)
        which = table.which.format(contract=contract.pk, customer=contract.customer_id)
        columns = ", ".join(f'"{name}"' for name in names)
        cursor.execute(
            f"INSERT INTO {table.name} ({columns}) SELECT {given}"
            f" FROM {table.name}, generate_series({copies.start}, {copies.stop - 1}) AS n WHERE {which}"
        )


def _link(contract: Contract, copies: range) -> None:
    """Give every copy evidence at a path of its own; the bytes lie on the disk once."""
    root = Path(settings.STORAGE_ROOT)
    [file] = EvidenceFile.objects.filter(contract=contract)
    for number in copies:
        for kind, key in (("evidence", file.storage_key), ("names", file.names_key)):
            path = root / f"{number}/{kind}/bench"
            path.parent.mkdir(parents=True, exist_ok=True)
            # Another test of this run may have had a copy of the same number.
            path.unlink(missing_ok=True)
            os.link(root / key, path)
