"""Golden folders: whole bills that a finance person has read, and a second opinion on every amount."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from rollcall.cli import main
from tests.rollcall.rating.oracle import net_amounts

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir())

# The net amounts that the sources of the cases publish, or that anybody can work out by hand.
AGREED = {
    "320-of-1000-employees": ["9280.00"],
    "floor-of-400-users": ["11600.00", "11600.00", "11629.00"],
    "100000-accounts-from-a-directory": ["185600.00"],
    "ladder-of-5-2-1": ["0.00", "50.00", "52.00", "130.00", "131.00", "217.00"],
    "ladder-with-exclusive-bounds": ["45.00", "47.00", "125.00", "126.00"],
    "shortfall-over-three-tiers": ["6400.00", "6400.00", "6400.00"],
    "shortfall-at-an-agreed-price": ["5010.00", "5900.00"],
    "floor-in-money": ["1000.00", "1000.00", "1000.00", "1008.00"],
    "cap-of-50000": ["49975.00", "50000.00", "50000.00", "50000.00"],
    "first-50-users-included": ["0.00", "0.00", "0.00", "29.00", "20000.00"],
    "64-clinicians-floor-of-100": ["6900.00"],
    "yen-has-no-decimals": ["3602", "4802"],
    "dinar-has-three-decimals": ["0.003", "325.003"],
    "months-from-the-31st": ["50.00", "70.00", "50.00", "50.00"],
    "readers-and-editors": ["3800.00"],
}


def command(capsys, case, *flags):
    status = main(["rate", str(GOLDEN / case / "terms.json"), str(GOLDEN / case / "usage.json"), *flags])
    assert status == 0
    return capsys.readouterr().out


def test_every_folder_has_an_agreed_amount():
    assert sorted(AGREED) == CASES


@pytest.mark.parametrize("case", CASES)
def test_the_bill_for_people(case, capsys):
    assert command(capsys, case, "--explain") == (GOLDEN / case / "bill.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_the_bill_for_programs(case, capsys):
    printed = command(capsys, case, "--json")
    assert printed == (GOLDEN / case / "bill.json").read_text(encoding="utf-8")
    assert [period["net_amount"] for period in json.loads(printed)["periods"]] == AGREED[case]


@pytest.mark.parametrize("case", CASES)
def test_the_oracle_agrees(case):
    terms, usage = (json.loads((GOLDEN / case / name).read_text()) for name in ("terms.json", "usage.json"))
    assert [str(amount) for amount in net_amounts(terms, usage)] == AGREED[case]


@pytest.mark.parametrize("case", CASES)
def test_every_line_multiplies_out_and_the_lines_add_up(case):
    bill = json.loads((GOLDEN / case / "bill.json").read_text())
    places = {"JPY": "1", "KWD": "0.001"}.get(bill["currency"], "0.01")
    for period in bill["periods"]:
        for line in period["lines"]:
            product = Decimal(line["quantity"]) * Decimal(line["unit_price"])
            rounded = product.quantize(Decimal(places), "ROUND_HALF_UP")
            assert rounded == Decimal(line["amount"])
            assert Decimal(line["unit_price"]) >= 0
            assert ("rounded half up" in line["words"]) == (rounded != product)
        assert sum(Decimal(line["amount"]) for line in period["lines"]) == Decimal(period["net_amount"])


def test_provisioned_users_change_nothing(capsys, tmp_path):
    folder = GOLDEN / "floor-of-400-users"
    usage = json.loads((folder / "usage.json").read_text())
    bills = set()
    for users in (0, 320, 1000, 10**9, None):
        usage["provisioned_users"] = users if users is None else {"users": users, "date": "2026-09-30", "source": "x"}
        (tmp_path / "usage.json").write_text(json.dumps(usage))
        assert main(["rate", str(folder / "terms.json"), str(tmp_path / "usage.json"), "--json"]) == 0
        bills.add(capsys.readouterr().out)
    assert bills == {(folder / "bill.json").read_text(encoding="utf-8")}
