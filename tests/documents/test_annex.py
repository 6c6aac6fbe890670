"""The list of users as pages: everybody stands there once, numbered, in any number of parts; it is quick and small."""

import hashlib
import resource
import time

import pytest

from billing.documents import Enclosed, Section, render_pdf
from billing.documents.layout import Layout
from tests.documents.checker import check, texts_of
from tests.documents.samples_on_disk import snapshot


def rows(users: int) -> tuple[tuple[str, int, int], ...]:
    return tuple((hashlib.sha256(b"%d" % user).hexdigest(), user % 30 + 1, user * 7) for user in range(users))


@pytest.mark.parametrize("parts", [(320,), (1, 320), (31, 60, 229), (0,)], ids=str)
def test_every_part_is_numbered_and_whole(parts: tuple[int, ...]) -> None:
    sections = tuple(
        Section(heading=f"Plant {part}" if len(parts) > 1 else "", rows=rows(part)) for part in parts if part
    )
    found = check(texts_of(render_pdf(snapshot("floor"), enclosed=Enclosed(annex=sections))))
    assert (found.wrong, found.rows["annex"]) == ([], len(sections))


def test_a_list_that_lacks_somebody_is_noticed() -> None:
    pages = texts_of(render_pdf(snapshot("floor"), enclosed=Enclosed(annex=(Section(heading="", rows=rows(319)),))))
    assert check(pages).wrong == ["users of the list: 319 is not 320"]


def test_two_thousand_users_cost_little_beside_the_document_without_them() -> None:
    layout, sample = Layout(), snapshot("floor")
    layout.pdf(sample)

    def cost(enclosed: Enclosed) -> float:
        begun = time.process_time()
        layout.pdf(sample, enclosed)
        return time.process_time() - begun

    without = min(cost(Enclosed()) for _ in range(3))
    with_list = min(cost(Enclosed(annex=(Section(heading="", rows=rows(2000)),))) for _ in range(2))
    # Two pages take about a fifth of a second of a quiet core, so this holds the list to one second.
    assert with_list - without <= 5 * without
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 400 * 1024
