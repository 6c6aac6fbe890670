"""Run by `python -m tests.bench.storing`: what storing many drafts costs beside the database alone.

The drafts of many contracts, of five lines each, go through the function with which a billing run stores them. Beside
it, in turns, the database puts the same rows into the same tables by INSERT ... SELECT, under the same walls, rules and
triggers: nothing that stores them can be faster. Both times end with the commit.
"""

import os
import time
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.base import ModelState

from billing.drafting import DraftContent, DraftToWrite, store_drafts
from billing.models import BillingPeriod, Invoice, InvoiceLine
from billing.terms_in_force import terms_in_force
from licenses.models import Contract
from tests.bench.crowd import AGREED, CLOSED_AT, COUNTED, FIRST_COPY, copy_rows, settled_statistics
from tests.billing.story import APRIL, Story, at, people, story_of, terms_json
from tests.cast import House
from tests.databases import TestServer

INVOICES = int(os.environ.get("BENCH_INVOICES", "2000"))
ROUNDS = 5
MOST_OF_SQL = 1.3
TIERS = (4, 8, 12, 16, None)
USERS = 20
TABLES = ("billing_invoice", "billing_invoiceline")
Drafts = Sequence[tuple[DraftToWrite, DraftContent]]


def test_storing_drafts_costs_what_the_database_costs(
    committed_house: House, database_server: TestServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Store the same drafts both ways, in turns, and remove them each time."""
    story = _story(committed_house)
    copies = range(FIRST_COPY, FIRST_COPY + INVOICES)
    with transaction.atomic():
        for table in (*AGREED, *COUNTED):
            copy_rows(table, story.contract, copies)
    settled_statistics(database_server, str(connection.settings_dict["NAME"]))
    drafts = _drafts(story)
    _stored(drafts)
    for name in TABLES:
        _run(f"CREATE TEMP TABLE same_{name} AS SELECT * FROM {name} WHERE customer_id >= {FIRST_COPY} ORDER BY id")
    rows = (Invoice.objects.count(), InvoiceLine.objects.count())
    ways: dict[str, Callable[[], float]] = {"ours": lambda: _stored(_drafts(story)), "sql": _selected}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(ROUNDS):
        for way in sorted(ways, reverse=bool(turn % 2)):
            _removed(database_server)
            seconds[way].append(ways[way]())
            assert (Invoice.objects.count(), InvoiceLine.objects.count()) == rows
    ours, alone = min(seconds["ours"]), min(seconds["sql"])
    with capsys.disabled():
        print(f"\n{INVOICES:,} drafts of {len(TIERS)} lines stored, best of {ROUNDS} rounds in turns:")
        print(f"  by a billing run's function  {ours:7.2f} s  {INVOICES / ours:9,.0f} a second")
        print(f"  INSERT ... SELECT            {alone:7.2f} s  {INVOICES / alone:9,.0f} a second")
        print(f"  of the latter {ours / alone:.2f} (at most {MOST_OF_SQL})")
    assert ours <= alone * MOST_OF_SQL


def _story(house: House) -> Story:
    """A contract whose users of April fall into five bands, counted and not drafted any more."""
    tiers = [{"up_to": most, "unit_price": str(9 - place)} for place, most in enumerate(TIERS)]
    price = {"model": "graduated", "tiers": tiers, "bound": "inclusive"}
    terms = terms_json(
        charges={"seats": {"metric": "active", "bill": "in_arrears", "price": price}},
        term={"start": "2026-04-01", "end": "2027-04-01"},
        cycle={"unit": "month", "anchor": "2026-04-01"},
    )
    story = story_of(house, terms=terms)
    story.deliver(people(USERS), APRIL, now=at(5, 1))
    story.close(APRIL, now=CLOSED_AT)
    return story


def _drafts(story: Story) -> list[tuple[DraftToWrite, DraftContent]]:
    """What a run has in hand when it stores the copies: rated periods, and lines that are not stored."""
    force = terms_in_force(contract=story.contract, period=APRIL)
    own = DraftToWrite(contract=story.contract, rows=[story.row(APRIL)], force=force, draft=None)
    content = own.content()
    assert len(content.lines) == len(TIERS)
    contracts = Contract.objects.in_bulk(range(FIRST_COPY, FIRST_COPY + INVOICES))
    drafts = []
    for row in BillingPeriod.objects.filter(contract__in=contracts, state=BillingPeriod.State.COUNTED):
        wanted = replace(own, contract=contracts[row.contract_id], rows=[row])
        drafts.append((wanted, replace(content, lines=tuple(_line(line, row) for line in content.lines))))
    assert len(drafts) == INVOICES
    return drafts


def _line(line: InvoiceLine, row: BillingPeriod) -> InvoiceLine:
    new = copy(line)
    new._state = ModelState()
    new.customer_id, new.billing_period = row.customer_id, row
    return new


def _stored(drafts: Drafts) -> float:
    started = time.perf_counter()
    with transaction.atomic():
        stored = store_drafts(drafts=drafts, now=CLOSED_AT)
    seconds = time.perf_counter() - started
    assert all(changed for _, changed in stored)
    return seconds


def _selected() -> float:
    started = time.perf_counter()
    with transaction.atomic():
        for table in TABLES:
            _run(f"INSERT INTO {table} SELECT * FROM same_{table}")
    return time.perf_counter() - started


def _removed(server: TestServer) -> None:
    """Take the drafts away, and what they leave behind in the tables."""
    with transaction.atomic():
        for table in reversed(TABLES):
            _run(f"DELETE FROM {table} WHERE customer_id >= {FIRST_COPY}")
    settled_statistics(server, str(connection.settings_dict["NAME"]), vacuum=True)


def _run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
