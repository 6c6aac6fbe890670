"""Where things stand: page 1 holds the answer and the payment, nothing leaves the paper, long tables break well."""

import itertools
from functools import cache

import pytest

from billing.documents.enclosed import Enclosed
from billing.documents.layout import LAST_OF_FIRST_PAGE, MOST_LINES_ON_FIRST_PAGE, Layout, images_of
from billing.documents.snapshot import read_snapshot
from tests.documents.samples_on_disk import NAMES, snapshot

MM = 96 / 25.4  # the layout engine measures in CSS pixels
LEFT, RIGHT, BOTTOM = 20 * MM, 190 * MM, 297 * MM
TOLERANCE = 0.6 * MM


@cache
def layout():
    return Layout()


def pages(sample: dict, *, long: bool = False) -> list:
    images = images_of(read_snapshot(sample), Enclosed())
    return layout().press.lay_out(layout().html(sample, long=long), accent="#0b5c70", images=images).pages


def texts(page) -> list:
    return [box for box in page._page_box.descendants() if type(box).__name__ == "TextBox" and box.text.strip()]


def outside(page) -> list[str]:
    """Give the texts that stand outside the column or below the paper."""
    return [
        box.text
        for box in texts(page)
        if box.position_x < LEFT - TOLERANCE
        or box.position_x + box.width > RIGHT + TOLERANCE
        or box.position_y + box.height > BOTTOM
    ]


def overlapping(page) -> list[tuple[str, str]]:
    """Give pairs of texts that run into each other: more than a pixel in both directions."""
    return [
        (one.text, other.text)
        for one, other in itertools.combinations(texts(page), 2)
        if shared(one.position_x, one.width, other.position_x, other.width) > 1
        and shared(one.position_y, one.height, other.position_y, other.height) > 0.4 * min(one.height, other.height)
    ]


def shared(start: float, size: float, other_start: float, other_size: float) -> float:
    return min(start + size, other_start + other_size) - max(start, other_start)


def as_printed(sample: dict) -> list:
    long = len(sample["lines"]) > MOST_LINES_ON_FIRST_PAGE
    found = pages(sample, long=long)
    return found if long or LAST_OF_FIRST_PAGE in found[0].anchors else pages(sample, long=True)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_leaves_the_page_or_runs_into_its_neighbor(name):
    for page in as_printed(snapshot(name)):
        assert outside(page) == []
        assert overlapping(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_payment_stands_on_page_1(name):
    assert LAST_OF_FIRST_PAGE in as_printed(snapshot(name))[0].anchors


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("long", "true-up")])
def test_an_ordinary_invoice_takes_two_pages(name):
    assert len(as_printed(snapshot(name))) == 2


def repeated(lines: int) -> dict:
    """The floor sample with so many lines."""
    one = snapshot("floor")["lines"][0]
    return snapshot("floor", lines=[one | {"position": n} for n in range(1, lines + 1)])


@pytest.mark.parametrize(("lines", "fits"), [(1, True), (8, True), (10, True), (30, False)])
def test_lines_that_do_not_fit_follow_behind_page_1(lines, fits):
    assert (LAST_OF_FIRST_PAGE in pages(repeated(lines))[0].anchors) is fits
    assert LAST_OF_FIRST_PAGE in pages(repeated(lines), long=True)[0].anchors


WORD = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle"
EXTREMES = {
    "a long product": {"contract": {"product_name": "Veldrane Atlas Enterprise Edition for Regulated Industries " * 3}},
    "an endless word": {"buyer": {"name": WORD * 3, "address_lines": [WORD * 2]}, "contract": {"po_number": WORD * 2}},
    "wide capitals": {"contract": {"po_number": "W" * 60, "number": "M" * 40}, "buyer": {"vat_id": "W" * 30}},
    "many address lines": {"buyer": {"address_lines": [f"Line {n}" for n in range(12)]}},
    "a seller with much to say": {"seller": {"registration": "Managing directors: " + "Anna Beispiel, " * 20}},
    "large counts": {
        "counts": {
            "provisioned": {"users": 98_765_432, "date": "2026-09-30", "source": "x" * 60},
            "active": 87_654_321, "billable": 87_654_321, "billed": 87_654_321,
        }
    },
    "a period over new year": {
        "period": {"start": "2026-12-15", "end": "2027-01-15", "timezone": "America/Argentina/ComodRivadavia"}
    },
    "a long portal address": {"seller": {"portal_url": "https://" + "portal." * 30 + "example/"}},
    "a long definition": {"definition": {"words": "Active is who did " + ", ".join(f"action.{n}" for n in range(120))}},
    "long terms": {"contract": {"sentences": ["A sentence of the contract that goes on for a while."] * 60}},
}  # fmt: skip


@pytest.mark.parametrize("case", EXTREMES)
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_extreme_contents_stay_on_the_paper(case, language):
    for page in as_printed(snapshot("floor", language=language, **EXTREMES[case])):
        assert outside(page) == []
        assert overlapping(page) == []


LARGE = {"quantity": "87654321", "unit_price": "1234567.12345", "amount": "0.00", "tax_rate": "19.6"}


def test_large_amounts_stay_in_their_columns():
    sample = snapshot("floor")
    sample["lines"][0] |= LARGE | {"amount": "108215142743.11"}
    sample["totals"] = {
        "net": "108215145063.11",
        "taxes": [{"category": "S", "rate": "19", "base": "108215145063.11", "tax": "20560877561.99"}],
        "gross": "128776022625.10",
    }
    for page in as_printed(sample):
        assert outside(page) == []


def test_a_file_list_breaks_between_files_and_repeats_its_head():
    file = snapshot("floor")["evidence"][0]
    sample = snapshot("floor", evidence=[file | {"file_name": f"day-{n:03d}.csv"} for n in range(90)])
    with_files = [page for page in as_printed(sample) if any(box.text.startswith("day-") for box in texts(page))]
    assert len(with_files) > 2
    for page in with_files:
        words = [box.text for box in texts(page)]
        assert "Rows read" in words
        assert len([word for word in words if word.startswith("day-")]) * 2 == len(
            [word for word in words if "SHA-256" in word and len(word) < 20]
        ) - 4 * (page is with_files[-1] and "count SHA-256" in words)


def test_the_running_head_names_the_invoice_from_page_2_on():
    found = as_printed(snapshot("floor"))
    heads = [[box.text.replace("\u00a0", " ") for box in texts(page) if box.position_y < 18 * MM] for page in found]
    assert heads[0] == []
    assert heads[1] == [
        "Invoice INV-2026-000184 · Korbinth Marine Systems GmbH",
        "1 to 30 September 2026 (Europe/Berlin)",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_four_answers_stand_in_one_row(name):
    boxes = texts(as_printed(snapshot(name))[0])
    labels = {"Period", "Zeitraum", "Période", "Pay by", "Zahlbar bis", "Échéance"}
    rows = {round(box.position_y) for box in boxes if box.text in labels}
    assert len(rows) == 1
