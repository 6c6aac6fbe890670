"""A snapshot that is incomplete, unprintable, or does not add up never becomes a document."""

import copy

import pytest

from billing.documents import SnapshotRefused, check_snapshot
from billing.documents.printable import plain, unprintable
from tests.documents.samples_on_disk import NAMES, snapshot


@pytest.mark.parametrize("name", NAMES)
def test_the_samples_pass(name):
    check_snapshot(snapshot(name))


def changed(path: str, value: object) -> dict:
    """Give the floor sample with one value put in, by a path such as `lines.0.amount`."""
    sample = snapshot("floor")
    *parents, last = path.split(".")
    place = sample
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[int(last) if isinstance(place, list) else last] = value
    return sample


WRONG = [
    ("lines.0.amount", "9280.01", "Line 1 does not multiply out: 320 × 29.00 is 9280.00, not 9280.01."),
    ("lines.1.quantity", "81", "Line 2 does not multiply out: 81 × 29.00 is 2349.00, not 2320.00."),
    ("lines.0.share", "16/31", "320 × 29.00 × 16/31 is 4789.68, not 9280.00."),
    ("lines.0.share", "half", "'half' is not a part of a cycle, as in 16/31."),
    ("lines.0.share", "16/0", "'16/0' is not a part of a cycle, as in 16/31."),
    ("totals.net", "11600.01", "The lines add up to 11600.00, the net total says 11600.01."),
    ("totals.taxes.0.base", "11599.00", "The bases of the taxes are not the sums of their lines."),
    ("totals.taxes", [], "The bases of the taxes are not the sums of their lines."),
    ("lines.1.tax_rate", "7", "The bases of the taxes are not the sums of their lines."),
    ("totals.taxes.0.tax", "2204.01", "Tax of 19 % on 11600.00 is 2204.00, not 2204.01."),
    ("totals.gross", "13804.01", "Net and tax add up to 13804.00, the total says 13804.01."),
    ("totals.prepaid", "100.00", "13804.00 less 100.00 prepaid is 13704.00, not 13804.00."),
    ("schema", 2, "This program prints snapshots of schema 1, not 2."),
    ("currency", "XYZ", "The snapshot has a value that cannot be read"),
    ("issue_date", "1 October", "The snapshot has a value that cannot be read"),
    ("period.end", "2026-09-01", "has no days; the end is exclusive"),
    ("totals.gross", 13804.0, "Amounts are written as text, 13804.0 is not."),
    ("totals.gross", "NaN", "'NaN' is not an amount."),
    ("lines.0.unit_price", "twenty", "'twenty' is not an amount."),
    ("seller.accent", "red; } @import 'x'", "The accent color is # and six hexadecimal digits"),
    ("buyer.name", "株式会社", "No bundled font can print '株式会社' in buyer.name."),
    ("attachments", {"VIRUS.exe": {}}, "'VIRUS.exe' is not a file that an invoice carries"),
    ("attachments", {"DEFINITION.json": {"actions": ["*"]}}, "The attached DEFINITION.json has the digest"),
]


@pytest.mark.parametrize(("path", "value", "words"), WRONG, ids=[f"{path}={value}" for path, value, _ in WRONG])
def test_a_wrong_value_is_refused_in_a_sentence(path, value, words):
    with pytest.raises(SnapshotRefused) as refused:
        check_snapshot(changed(path, value))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "path",
    [
        "number", "issue_date", "seller.iban", "buyer.address_lines", "contract.sentences", "definition.words",
        "counts.billed", "count.evidence_set_digest", "lines.0.unit_price", "totals.taxes.0.rate", "payment.days",
    ],
)  # fmt: skip
def test_a_missing_value_is_named(path):
    sample = snapshot("floor")
    *parents, last = path.split(".")
    place = sample
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place[key]
    del place[last]
    with pytest.raises(SnapshotRefused, match=f"lacks '{last}'"):
        check_snapshot(sample)


def test_half_a_cent_is_rounded_up_per_line_and_per_rate():
    sample = changed(
        "lines", [snapshot("floor")["lines"][0] | {"quantity": "1", "unit_price": "0.125", "amount": "0.13"}]
    )
    sample["totals"] = {
        "net": "0.13",
        "taxes": [{"category": "S", "rate": "19", "base": "0.13", "tax": "0.02"}],
        "gross": "0.15",
    }
    check_snapshot(sample)


def test_checking_changes_nothing():
    sample = snapshot("floor")
    before = copy.deepcopy(sample)
    check_snapshot(sample)
    assert sample == before


@pytest.mark.parametrize(
    ("_case", "text", "printed"),
    [
        ("decomposed", "Mu\u0308ller", "Müller"),
        ("right-to-left override", "EUR \u202e00.1", "EUR 00.1"),
        ("zero width", "A\u200bB", "AB"),
        ("line breaks", " A \n\t B ", "A B"),
        ("control", "A\x00B\x1b[31m", "AB[31m"),
        ("a no-break space stays", "10\u00a0000", "10\u00a0000"),
    ],
)
def test_a_text_is_printed_plainly(_case, text, printed):
    assert plain(text) == printed


@pytest.mark.parametrize(
    "text", ["Łódź Ćevapčići", "Ångström & Søn", "Ελλάδα", "Київ Їжак", "İstanbul ₺", "Ștefan Țepeș"]
)
def test_european_names_are_printable(text):
    assert unprintable(text) == ""


def test_unprintable_characters_are_named_once_each():
    assert unprintable("漢字漢 Oy") == "漢字"
