"""Run by `python -m tests.bench.numbering`: eight processes finalize drafts at once, every tenth is rolled back.

Beside it, in turns, runs the same finalizing with numbers of a PostgreSQL sequence, in a database in which numbers may
have holes and documents are not chained. Numbers without holes must cost almost nothing, and have no hole.
"""

import os

import psycopg
import pytest
from django.db import connection, connections

from tests.bench.crowd import CLOSED_AT, DRAFTED, begun_story, copied, settled_statistics
from tests.bench.drawing import SEQUENCE, WRITERS, Finalized, finalized_by_all
from tests.billing.story import APRIL
from tests.cast import House
from tests.databases import TestServer, clone

ROUNDS = 3
DRAFTS = int(os.environ.get("BENCH_DRAFTS", "720"))
USERS = 20
LEAST_RATIO = 0.9
OURS, PEER = "counter row, last statement", "sequence, no chain"


def test_numbers_without_holes_cost_what_a_sequence_costs(
    committed_house: House, database_server: TestServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Finalize the same drafts in both databases, in turns."""
    story = begun_story(committed_house, users=USERS)
    closing = story.close(APRIL, now=CLOSED_AT)
    crowd = copied(story, times=DRAFTS, tables=DRAFTED)
    # The first document opens the series and the vendor's key.
    story.finalize(closing, now=CLOSED_AT)
    database = str(connection.settings_dict["NAME"])
    settled_statistics(database_server, database)
    connections.close_all()
    rounds: dict[str, list[Finalized]] = {OURS: [], PEER: []}
    with clone(database_server, database) as peer:
        _let_numbers_have_holes(database_server, peer)
        share = DRAFTS // ROUNDS
        for turn in range(ROUNDS):
            drafts = crowd.copies[turn * share : (turn + 1) * share]
            for words, where in ((OURS, database), (PEER, peer)):
                done = finalized_by_all(drafts, database=where, from_sequence=words == PEER)
                assert len(done.each) + done.failed == share
                rounds[words].append(done)
        holes = {OURS: _holes(database_server, database), PEER: _holes(database_server, peer)}
    rates = {words: max(len(done.each) / done.taken for done in found) for words, found in rounds.items()}
    ratio = rates[OURS] / rates[PEER]
    with capsys.disabled():
        print(f"\n{WRITERS} writers, {DRAFTS:,} drafts in {ROUNDS} rounds, every tenth rolled back.")
        print(f"  {'':<28}{'a second':>10}{'half, ms':>10}{'99 %, ms':>10}{'holes':>7}")
        for words, found in rounds.items():
            every = sorted(one * 1000 for done in found for one in done.each)
            half, most = every[len(every) // 2], every[int(len(every) * 0.99)]
            print(f"  {words:<28}{rates[words]:>10.1f}{half:>10.0f}{most:>10.0f}{holes[words]:>7}")
        print(f"  of a sequence: {ratio:.2f} (at least {LEAST_RATIO}); holes: {holes[OURS]} (none)")
    assert holes[OURS] == 0
    assert ratio >= LEAST_RATIO


def _let_numbers_have_holes(server: TestServer, database: str) -> None:
    """Take away what forbids holes, and add a sequence."""
    with psycopg.connect(server.owner(database), autocommit=True) as owner:
        owner.execute("DROP TRIGGER billing_number_is_the_next ON billing_invoice")
        owner.execute("DROP TRIGGER billing_series_has_no_gap ON billing_invoiceseries")
        owner.execute(f"CREATE SEQUENCE {SEQUENCE} START 2; GRANT USAGE ON {SEQUENCE} TO rollcall_app")


def _holes(server: TestServer, database: str) -> int:
    """Return how many numbers up to the last one no document has."""
    with psycopg.connect(server.app(database)) as app:
        [(last, documents)] = app.execute(
            "SELECT max(sequence), count(*) FROM billing_invoice WHERE state = 'finalized'"
        ).fetchall()
    return int(last - documents)
