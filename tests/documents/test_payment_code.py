"""The payment code: what it says, when there is one, and that its squares say it too, read by a reader of our own."""

import io
import re
from typing import Any

import pypdf
import pytest

from billing.documents import render_pdf
from billing.documents.epc import drawn, payment_code
from billing.documents.snapshot import read_snapshot
from tests.billing.einvoice.documents import credit_note, in_favor, prepaid
from tests.documents.samples_on_disk import snapshot

LINES = [
    *("BCD", "002", "1", "SCT", "VELDDE99XXX", "Veldrane Software GmbH", "DE07999999990000184200", "EUR13804.00"),
    *("", "", "INV-2026-000184"),
]


def code_of(found: dict[str, Any]) -> list[str]:
    return payment_code(read_snapshot(found))


def test_the_code_says_payee_account_amount_and_number():
    assert code_of(snapshot("floor")) == LINES


def test_what_credits_paid_already_is_not_asked_for_again():
    assert code_of(prepaid("3804.00", "10000.00"))[7] == "EUR10000.00"


WITHOUT = {
    "another currency": lambda: snapshot("floor", currency="USD"),
    "a credit note": credit_note,
    "nothing due": lambda: prepaid("13804.00", "0.00"),
    "in favor": in_favor,
    "an account of another area": lambda: snapshot("floor", seller={"iban": "BR1500000000000010932840814P2"}),
    "wrong check digits": lambda: snapshot("floor", seller={"iban": "DE08999999990000184200"}),
    "no account": lambda: snapshot("floor", seller={"iban": ""}),
}


@pytest.mark.parametrize("case", WITHOUT)
def test_there_is_none_where_it_cannot_be_paid_with_one(case):
    assert code_of(WITHOUT[case]()) == []


def test_a_long_name_is_cut_where_the_standard_ends():
    assert len(code_of(snapshot("floor", seller={"name": "V" * 100}))[5]) == 70


def test_the_drawn_squares_are_read_back_as_the_same_lines():
    assert read_squares(drawn(LINES).decode()) == "\n".join(LINES)


def test_the_page_carries_the_code_with_a_text_for_those_who_do_not_see_it():
    with_code, without = (render_pdf(found) for found in (snapshot("floor"), snapshot("floor", seller={"iban": ""})))
    assert "Scan to pay" in pypdf.PdfReader(io.BytesIO(with_code)).pages[0].extract_text()
    assert "Scan to pay" not in pypdf.PdfReader(io.BytesIO(without)).pages[0].extract_text()


def read_squares(svg: str) -> str:
    """Read a code of version 5 to 9, level M, mask 3 and bytes (ISO/IEC 18004), trusting every square: no correction."""
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    dark = {
        (int(x) + step, int(y)) for x, y, run in re.findall(r"M(\d+) (\d+)\.5h(\d+)", svg) for step in range(int(run))
    }
    version = (size - 17) // 4
    # Data codewords of each block at level M.
    blocks = {5: [43] * 2, 6: [27] * 4, 7: [31] * 4, 8: [38] * 2 + [39] * 2, 9: [36] * 3 + [37] * 2}[version]
    bits = [(square in dark) != ((square[0] + square[1]) % 3 == 0) for square in data_squares(size, version)]
    words = [sum(bit << (7 - at) for at, bit in enumerate(bits[start : start + 8])) for start in range(0, len(bits), 8)]
    parts: list[list[int]] = [[] for _ in blocks]
    taken = iter(words)
    for at in range(max(blocks)):
        for part, length in zip(parts, blocks, strict=True):
            if at < length:
                part.append(next(taken))
    stream = "".join(f"{word:08b}" for part in parts for word in part)
    assert stream[:4] == "0100", "the mode is bytes"
    length = int(stream[4:12], 2)
    return bytes(int(stream[12 + 8 * at : 20 + 8 * at], 2) for at in range(length)).decode("utf-8")


def data_squares(size: int, version: int):
    """Walk over the squares that hold data, in their order: two columns at a time, up and down, from the right."""
    centers = [6, *{5: (30,), 6: (34,), 7: (22, 38), 8: (24, 42), 9: (26, 46)}[version]]
    corners = {(6, 6), (6, centers[-1]), (centers[-1], 6)}
    fixed = {(x, y) for x in range(9) for y in range(9)}
    fixed |= {(size - 1 - x, y) for x in range(8) for y in range(9)} | {
        (x, size - 1 - y) for x in range(9) for y in range(8)
    }
    fixed |= {(6, at) for at in range(size)} | {(at, 6) for at in range(size)}
    for x in centers:
        for y in centers:
            if (x, y) not in corners:
                fixed |= {(x + dx, y + dy) for dx in range(-2, 3) for dy in range(-2, 3)}
    if version >= 7:
        fixed |= {(size - 11 + a, b) for a in range(3) for b in range(6)} | {
            (b, size - 11 + a) for a in range(3) for b in range(6)
        }
    upwards, right = True, size - 1
    while right > 0:
        right -= right == 6
        for y in reversed(range(size)) if upwards else range(size):
            for x in (right, right - 1):
                if (x, y) not in fixed:
                    yield x, y
        upwards, right = not upwards, right - 2
