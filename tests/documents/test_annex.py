"""The list of users as pages: everybody stands there once, numbered, in any number of parts; it is quick and small."""

import hashlib

import pytest

from billing.documents import Enclosed, Section, render_pdf
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
