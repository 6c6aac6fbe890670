"""Every number of a document follows from the other numbers of the same document, read from its text alone."""

import re
from functools import cache

import pytest

from billing.documents import render_pdf
from tests.documents.checker import check, texts_of
from tests.documents.samples_on_disk import NAMES, snapshot

ROWS = {
    "floor": {"lines": 2, "steps": 3, "funnel": 5, "files": 1, "annex": 0},
    "tiers": {"lines": 2, "steps": 3, "funnel": 5, "files": 2, "annex": 0},
    "true-up": {"lines": 2, "steps": 3, "funnel": 5, "files": 2, "annex": 0},
    "long": {"lines": 64, "steps": 65, "funnel": 5, "files": 64, "annex": 0},
    "german": {"lines": 3, "steps": 5, "funnel": 5, "files": 1, "annex": 0},
    "french": {"lines": 1, "steps": 2, "funnel": 5, "files": 1, "annex": 0},
    "several": {"lines": 5, "steps": 6, "funnel": 5, "files": 1, "annex": 0},
    "yen": {"lines": 1, "steps": 2, "funnel": 5, "files": 1, "annex": 0},
}


@cache
def texts(name: str) -> tuple[str, ...]:
    return tuple(texts_of(render_pdf(snapshot(name))))


@pytest.mark.parametrize("name", NAMES)
def test_a_document_recomputes_from_its_own_text(name):
    found = check(list(texts(name)))
    assert found.wrong == []
    assert found.rows == ROWS[name]
    assert found.done >= 20


def test_every_changed_amount_is_noticed():
    """Raise each amount of the tables and the box by one cent, one at a time: the checker must see every one."""
    pages = list(texts("floor"))
    unnoticed, changed = [], 0
    for page, text in enumerate(pages):
        for match in re.finditer(r"(?<=  )(?:EUR )?[\d,]+\.\d\d(?=\s)|(?<=VAT 19% on )[\d,.]+\d", text):
            digit = str((int(match[0][-1]) + 1) % 10)
            altered = text[: match.end() - 1] + digit + text[match.end() :]
            changed += 1
            if not check([*pages[:page], altered, *pages[page + 1 :]]).wrong:
                unnoticed.append(match[0])
    assert changed == 16
    assert unnoticed == []


@pytest.mark.parametrize(
    ("_case", "old", "new"),
    [
        ("a running sum", "Carried forward EUR 38,048.00", "Carried forward EUR 38,049.00"),
        ("a sum brought forward", "Brought forward EUR 87,058.00", "Brought forward EUR 87,059.00"),
        ("a position", "\n24 ", "\n25 "),
        ("a page number", "Page 3 of", "Page 4 of"),
        ("active users", "4,144", "4,145"),
    ],
)
def test_a_falsified_copy_is_noticed(_case, old, new):
    pages = list(texts("long"))
    assert old in "\n".join(pages)
    page = next(index for index, text in enumerate(pages) if old in text)
    pages[page] = pages[page].replace(old, new, 1)
    assert check(pages).wrong
