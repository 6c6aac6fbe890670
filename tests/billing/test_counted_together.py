"""Many contracts counted in one child: the same counts, and one contract's trouble stays its own."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from billing.gathering import Facts
from billing.models import Invoice
from billing.operations.close_period import close_period
from billing.operations.gather_together import PeriodToClose, gather_together
from ground.faults import InjectedFault
from ground.storage import StoredFileDamaged
from licenses.models import Contract, Instance
from tests.bench.crowd import AGREED, CLOSED_AT, Crowd, begun_story, contracts_of, copied
from tests.billing.story import APRIL, at, lines_of, people
from tests.cast import House
from usage import count_sandbox
from usage.count_sandbox import CountFailed
from usage.models import ActiveUserCount
from usage.operations import count_together as counting

COPIES, USERS = 4, 12
# What two counts of the same evidence under two contracts must agree in.
SAME = (
    "metric_digest",
    "evidence_set_digest",
    "active_users",
    "daily",
    "funnel",
    "verdicts_digest",
    "digest",
    "series",
)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules whose `main` was run in a child, in order."""
    started: list[str] = []
    run_child = count_sandbox.run_child

    def run(document: object, *, module: str, seconds: int) -> dict[str, Any]:
        started.append(module)
        return run_child(document, module=module, seconds=seconds)

    monkeypatch.setattr(count_sandbox, "run_child", run)
    return started


@pytest.fixture
def crowd(committed_house: House) -> Crowd:
    """A contract whose users were reported, and its copies; nothing is counted yet."""
    return copied(begun_story(committed_house, users=USERS), times=COPIES)


def gathered(crowd: Crowd) -> dict[Contract, Facts]:
    closings = [PeriodToClose(contract=one, period=APRIL, today=CLOSED_AT.date()) for one in contracts_of(crowd)]
    facts = gather_together(actor=crowd.story.finance, closings=closings, now=CLOSED_AT)
    return {closing.contract: found for closing, found in facts.items()}


def closed(crowd: Crowd, contract: Contract, facts: Facts | None) -> Invoice:
    closing = close_period(
        actor=crowd.story.finance,
        contract=contract,
        period=APRIL,
        now=CLOSED_AT,
        today=CLOSED_AT.date(),
        facts=facts,
    )
    assert closing.invoice is not None, closing
    return closing.invoice


def counted(contract: Contract) -> dict[str, Any]:
    return ActiveUserCount.objects.values(*SAME).get(contract=contract)


def counts_of(crowd: Crowd) -> int:
    return ActiveUserCount.objects.filter(contract__in=crowd.copies).count()


def test_contracts_counted_together_have_the_counts_and_drafts_of_contracts_counted_alone(
    crowd: Crowd, children: list[str]
) -> None:
    # Its report was reviewed when it came, and counted alone then.
    alone = lines_of(crowd.story.close(APRIL, now=CLOSED_AT).invoice)
    assert children == []

    facts = gathered(crowd)
    drafts = [closed(crowd, contract, facts[contract]) for contract in contracts_of(crowd)]

    assert children == ["usage.count_child"]
    assert [lines_of(draft) for draft in drafts] == [alone] * COPIES
    assert [counted(contract) for contract in contracts_of(crowd)] == [counted(crowd.story.contract)] * COPIES
    assert len({count.verdicts_key for count in ActiveUserCount.objects.all()}) == COPIES + 1


def test_what_was_counted_before_is_not_counted_again(crowd: Crowd, children: list[str]) -> None:
    first = gathered(crowd)
    again = gathered(crowd)
    assert children == ["usage.count_child"]
    assert {key.pk: facts.counts for key, facts in again.items()} == {key.pk: one.counts for key, one in first.items()}


def test_large_evidence_is_counted_in_more_children(
    crowd: Crowd, children: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "ROWS_OF_A_CHILD", 2 * USERS * 3)
    assert len(gathered(crowd)) == COPIES
    assert children == ["usage.count_child"] * (COPIES // 2)


def test_a_report_that_comes_between_counting_and_closing_is_counted(crowd: Crowd) -> None:
    # The contract whose report comes is the one that went the real way.
    story = crowd.story
    asked = PeriodToClose(contract=story.contract, period=APRIL, today=CLOSED_AT.date())
    facts = gather_together(actor=story.finance, closings=[asked], now=CLOSED_AT)
    second = Instance.objects.create(
        customer=story.house.customer_a, contract=story.contract, name="Late-1", reports_from=APRIL.start
    )
    story.deliver(people(5, first=USERS + 1), APRIL, now=at(5, 3), instance=second, review=False)

    draft = closed(crowd, story.contract, facts[asked])

    assert story.count(APRIL).active_users == USERS + 5
    assert draft.net_amount == 2 * (USERS + 5)


def test_a_damaged_file_holds_up_its_own_contract_alone(crowd: Crowd) -> None:
    harmed, *sound = contracts_of(crowd)
    path = Path(settings.STORAGE_ROOT) / f"{harmed.pk}/evidence/bench"
    path.unlink()
    path.write_bytes(b"something else")

    facts = gathered(crowd)

    assert list(facts) == sound
    with pytest.raises(StoredFileDamaged):
        closed(crowd, harmed, None)


def test_a_file_that_fails_the_child_leaves_the_others_to_be_counted_alone(committed_house: House) -> None:
    story = begun_story(committed_house, users=USERS)
    crowd = copied(story, times=COPIES, tables=tuple(_one_unreadable()))
    harmed, *sound = contracts_of(crowd)
    path = Path(settings.STORAGE_ROOT) / f"{harmed.pk}/evidence/bench"
    path.unlink()
    path.write_bytes(UNREADABLE)

    assert gathered(crowd) == {}
    assert {closed(crowd, contract, None).net_amount for contract in sound} == {2 * USERS}
    with pytest.raises(CountFailed):
        closed(crowd, harmed, None)


UNREADABLE = b"not evidence, though its hash is as stored"


def _one_unreadable() -> Iterator[Any]:
    """The tables of an agreed contract; the first copy's evidence states the hash of other bytes."""
    digest = hashlib.sha256(UNREADABLE).hexdigest()
    for table in AGREED:
        if table.name == "usage_evidencefile":
            harmed = f"CASE WHEN n = 1000000 THEN '{digest}' ELSE storage_sha256 END"
            yield replace(table, changes={**table.changes, "storage_sha256": harmed})
        else:
            yield table


@pytest.mark.parametrize("point", ["ingest.after_count", "ingest.before_count_commit"])
def test_ended_between_two_of_them_and_begun_again_every_contract_has_one_count(
    crowd: Crowd, armed: Callable[..., None], point: str
) -> None:
    armed(point, visit=3)
    with pytest.raises(InjectedFault):
        gathered(crowd)
    assert counts_of(crowd) == 2

    facts = gathered(crowd)

    assert sorted(contract.pk for contract in facts) == list(crowd.copies)
    assert counts_of(crowd) == COPIES
    assert {closed(crowd, contract, facts[contract]).net_amount for contract in contracts_of(crowd)} == {2 * USERS}


def test_a_period_that_is_not_over_is_left_out(crowd: Crowd) -> None:
    early = [PeriodToClose(contract=one, period=APRIL, today=at(4, 30).date()) for one in contracts_of(crowd)]
    assert gather_together(actor=crowd.story.finance, closings=early, now=at(4, 30)) == {}
    assert counts_of(crowd) == 0
