"""Laws of counting: what must hold of any evidence, whichever counter is asked.

The numbers in the test names' comments are those of the list of invariants by which a billing system is judged: order
and shards (1), union (2), repetition (3), bounds (5), monotony (6, 8, 9), idle people (7), renaming (11).
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.counting.answer import CountResult
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution, resolve, user_ref
from tests.rollcall.counting import world
from tests.rollcall.counting.world import JUNE, define, ref

Rows = list[EvidenceRow]
# Files are written and opened for the fast counter; the plain one takes rows as they are.
sampled = settings(deadline=None, max_examples=10 * world.CAMPAIGN)
plainly = settings(deadline=None, max_examples=60 * world.CAMPAIGN)
WHOLE = Period(date(2026, 5, 1), date(2026, 8, 1))


def fast(*files: Rows, definition: ActivityDefinition, period: Period = JUNE) -> CountResult:
    """Count files with the fast counter, verdicts included."""
    with tempfile.TemporaryDirectory() as temporary:
        paths = [world.store(file, Path(temporary) / str(number)) for number, file in enumerate(files)]
        result = world.count_by_columns(paths, definition, period)
        return replace(result, verdicts=result.verdicts.held())


def counted(result: CountResult) -> set[tuple[str, str]]:
    """Return who counts."""
    return {(verdict.user_ref, verdict.instance) for verdict in result.verdicts if verdict.counted}


@sampled
@given(
    rows=world.evidence, definition=world.definitions, order=st.randoms(use_true_random=False), parts=st.integers(1, 3)
)
def test_order_and_shards_do_not_matter(
    rows: Rows, definition: ActivityDefinition, order: random.Random, parts: int
) -> None:
    shuffled = rows.copy()
    order.shuffle(shuffled)
    whole = world.count_plainly(rows, definition, JUNE)
    assert world.count_plainly(shuffled, definition, JUNE).digest == whole.digest
    files = [shuffled[part::parts] for part in range(parts)]
    assert fast(*files, definition=definition).digest == whole.digest


@plainly
@given(rows=world.evidence, definition=world.definitions, shards=st.integers(1, 5))
def test_shards_by_person_add_up(rows: Rows, definition: ActivityDefinition, shards: int) -> None:
    pieces = [[found for found in rows if int(found.user_ref, 16) % shards == shard] for shard in range(shards)]
    sums = sum(world.count_plainly(piece, definition, JUNE).active_users for piece in pieces)
    assert sums == world.count_plainly(rows, definition, JUNE).active_users


@sampled
@given(
    one=world.evidence, other=world.evidence, per_instance=st.booleans(), actions=st.sampled_from(world.ACTION_CHOICES)
)
def test_union_counts_people_of_both_once(one: Rows, other: Rows, per_instance: bool, actions: list[str]) -> None:
    definition = define(actions=actions, per_instance=per_instance)
    first, second = fast(one, definition=definition), fast(other, definition=definition)
    in_both = len(counted(first) & counted(second))
    assert fast(one, other, definition=definition).active_users == first.active_users + second.active_users - in_both


@sampled
@given(rows=world.evidence, definition=world.definitions, times=st.integers(2, 4))
def test_the_same_file_again_changes_nothing(rows: Rows, definition: ActivityDefinition, times: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        path = world.store(rows, Path(temporary) / "evidence")
        once = world.count_by_columns([path], definition, JUNE)
        again = world.count_by_columns([path] * times, definition, JUNE)
        assert again.digest == once.digest


@sampled
@given(rows=world.evidence, per_instance=st.booleans())
def test_bounds(rows: Rows, per_instance: bool) -> None:
    result = world.count_plainly(rows, define(per_instance=per_instance), JUNE)
    ids = {(found.user_ref, found.instance if per_instance else "") for found in rows}
    assert 0 <= result.active_users <= len(ids)
    assert max(result.daily_active_users.values(), default=0) <= result.active_users
    assert fast(rows, definition=define(per_instance=per_instance)).digest == result.digest


@plainly
@given(rows=world.evidence, more=world.evidence_rows, definition=world.definitions)
def test_a_row_more_never_lowers_the_count(rows: Rows, more: EvidenceRow, definition: ActivityDefinition) -> None:
    before = world.count_plainly(rows, definition, JUNE)
    after = world.count_plainly([*rows, more], definition, JUNE)
    assert counted(before) <= counted(after)
    assert all(after.daily_active_users[day] >= users for day, users in before.daily_active_users.items())


@plainly
@given(rows=world.evidence, idle=st.lists(st.text(min_size=1), max_size=5), definition=world.definitions)
def test_idle_people_change_nothing(rows: Rows, idle: list[str], definition: ActivityDefinition) -> None:
    people = {ref(name): name for name in (*world.PEOPLE, *idle)}
    with_idle = resolve(people, definition, salt=b"salt")
    assert with_idle == Resolution({}, frozenset())
    assert (
        world.count_plainly(rows, definition, JUNE, with_idle).digest
        == world.count_plainly(rows, definition, JUNE).digest
    )


@plainly
@given(rows=world.evidence, days=st.integers(1, 5), events=st.integers(1, 5), instances=st.booleans())
def test_a_higher_threshold_never_raises_the_count(rows: Rows, days: int, events: int, instances: bool) -> None:
    def people(min_days: int, min_events: int) -> set[tuple[str, str]]:
        definition = define(min_days=min_days, min_events=min_events, per_instance=instances)
        return counted(world.count_plainly(rows, definition, JUNE))

    assert people(days + 1, events) <= people(days, events)
    assert people(days, events + 1) <= people(days, events)


@plainly
@given(rows=world.evidence, fewer=st.sampled_from(world.ACTION_CHOICES), more=st.sampled_from(world.ACTION_CHOICES))
def test_fewer_actions_never_raise_the_count(rows: Rows, fewer: list[str], more: list[str]) -> None:
    narrow = world.count_plainly(rows, define(actions=fewer), JUNE)
    wide = world.count_plainly(rows, define(actions=[*fewer, *more]), JUNE)
    assert counted(narrow) <= counted(wide)


@plainly
@given(rows=world.evidence, definition=world.definitions, period=world.periods)
def test_a_wider_window_never_lowers_the_count(rows: Rows, definition: ActivityDefinition, period: Period) -> None:
    narrow = world.count_plainly(rows, definition, period)
    assert counted(narrow) <= counted(world.count_plainly(rows, definition, WHOLE))


@sampled
@given(rows=world.evidence, definition=world.definitions, salt=st.binary(min_size=1, max_size=8))
def test_renaming_everybody_keeps_every_count(rows: Rows, definition: ActivityDefinition, salt: bytes) -> None:
    renamed = [found._replace(user_ref=user_ref(salt, found.user_ref)) for found in rows]
    before, after = world.count_plainly(rows, definition, JUNE), fast(renamed, definition=definition)
    assert (after.active_users, after.daily_active_users) == (before.active_users, before.daily_active_users)
    assert sorted(v[1:] for v in after.verdicts) == sorted(v[1:] for v in before.verdicts)
