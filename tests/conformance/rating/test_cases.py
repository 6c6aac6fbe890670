"""The published cases, under their own numbers and under others, and the table that tells what is not met."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from tests.cases import FOLDER
from tests.conformance.rating import document, terms
from tests.conformance.rating.invoices import rescaled_invoice, sums_of
from tests.conformance.rating.rescaled import amount_of, rescaled
from tests.conformance.rating.results import NoCases, cases_of, exact_amount, faults_of, rated, results

CASES = [case for _, case in cases_of(FOLDER / "rating")]
OF_PRICES = [case for case in CASES if case["kind"] in terms.KINDS]


def named(case):
    return case["id"]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_published_case_is_met(case):
    assert list(faults_of(case)) == []


def test_every_kind_is_there():
    assert len(CASES) == 100
    assert {case["kind"] for case in CASES} == {*terms.KINDS, "invoice_totals"}


@pytest.mark.parametrize("case", [case for case in OF_PRICES if "amount" in case["expected"]], ids=named)
def test_the_oracle_knows_the_published_amounts(case):
    assert amount_of(case) == Fraction(case["expected"]["amount"])


@pytest.mark.parametrize("case", OF_PRICES, ids=named)
def test_under_other_names_prices_and_bounds_the_results_are_scaled(case):
    """Prices times 7, bounds and quantities times 3: a price of units 21 times as much, a flat amount 7 times."""
    other = rescaled(case, number=CASES.index(case), price=7, bound=3)
    assert other["terms"] != case["terms"]
    of_units = {True: Fraction(0), False: Fraction(0)}
    for line in rated(case).lines:
        of_units[line.kind in ("usage", "included")] += Fraction(line.quantity) * Fraction(line.unit_price)
    by_engine = exact_amount(rated(other))
    assert by_engine == 21 * of_units[True] + 7 * of_units[False]
    assert by_engine == amount_of(other)
    assert by_engine == 7 * exact_amount(rated(rescaled(case, number=1, price=1, bound=3)))


@pytest.mark.parametrize("factor", [2, 11])
@pytest.mark.parametrize("case", OF_PRICES, ids=named)
def test_the_unit_of_a_quantity_changes_no_flat_amount(case, factor):
    other = rescaled(case, number=1, price=1, bound=factor)
    assert exact_amount(rated(other)) == amount_of(other)


INVOICES = [case for case in CASES if case["kind"] == "invoice_totals" and "use" not in case]


@pytest.mark.parametrize("case", INVOICES, ids=named)
def test_the_oracle_knows_the_published_invoices(case):
    stated = {**case["expected"], **case["expected"].get("totals", {})}
    net, _, gross = sums_of(case)
    assert net == Fraction(stated.get("tax_exclusive", stated.get("total")))
    assert gross == Fraction(stated.get("tax_inclusive", stated.get("total_with_tax")))


@pytest.mark.parametrize(("price", "quantity"), [(7, 3), (1, 9), (13, 1)])
@pytest.mark.parametrize("case", INVOICES, ids=named)
def test_invoices_with_other_prices_and_quantities_agree_with_the_oracle(case, price, quantity):
    other = rescaled_invoice(case, price=price, quantity=quantity)
    totals = document.totals_of(other)
    assert (Fraction(totals.net), Fraction(totals.tax), Fraction(totals.gross)) == sums_of(other)


def test_no_translation_knows_a_case_or_a_source():
    families = {source for source, _ in cases_of(FOLDER / "rating")}
    for module in (terms, document):
        code = Path(module.__file__).read_text(encoding="utf-8").lower()
        assert not [word for word in families | {case["id"] for case in CASES} if word.lower() in code]
    assert len({translate.__name__ for translate in terms.KINDS.values()}) == len(terms.KINDS)


def changed(case, **expected):
    return {**case, "expected": {**case["expected"], **expected}}


def case_of(name):
    return next(case for case in CASES if case["id"] == name)


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        (changed(case_of("flexprice-flat-7"), amount="5.01"), "amount 5.00 (5.0 before rounding), expected 5.01"),
        (changed(case_of("lago-percentage-small"), amount="0.117"), "amount 0.12 (0.116 before rounding)"),
        (changed(case_of("metrifox-graduated-2500"), lines=["100", "121"]), "lines ["),
        (changed(case_of("metrifox-graduated-2500"), lines=["220"]), "lines ["),
        (changed(case_of("lago-graduated-decimal-0.5"), lines=[{"units": "0.2", "amount": "1.0"}, {"amount": "2.0"}]), "lines"),
        (changed(case_of("supabase-package-999"), packages="2"), "packages 1, expected 2"),
        (changed(case_of("openmeter-packages-11"), units="3"), "units 2, expected 3"),
        (changed(case_of("lago-package-free10"), units="111"), "units 121, expected 111"),
        ({**case_of("meteroid-unit"), "kind": "spiral"}, "no translation of the kind spiral"),
        ({**case_of("meteroid-unit"), "terms": {}}, "fields that cannot be translated"),
        ({**case_of("meteroid-unit"), "terms": {"unit_amount": "-1"}}, "refused: "),
        (changed(case_of("gobl-gb-b2b"), tax="324.01"), "tax: 324.00, expected 324.01"),
        (changed(case_of("gobl-gb-b2b"), payable="1"), "payable: 1944.00, expected 1"),
        (changed(case_of("gobl-gb-b2b"), tax_breakdown=[]), ""),
        (changed(case_of("gobl-gb-b2b"), amount="1943.99"), "amount: 1944.00, expected 1943.99"),
        (changed(case_of("gobl-gb-b2b"), advance="44.00", due="1900.00"), ""),
        (changed(case_of("gobl-gb-b2b"), advance="44.00", due="1944.00"), "due: 1900.00, expected 1944.00"),
        (changed(case_of("en16931-peppol-base"), line_net_amounts=["2800", "-1501"]), "line 2: -1500.00, expected -1501"),
        (changed(case_of("en16931-peppol-base"), totals={"payable": "0"}), "payable: 1656.25, expected 0"),
        (changed(case_of("en16931-peppol-base"), taxes=[{"currency": "EUR", "amount": "1", "subtotals": []}]), "tax: 331.25"),
    ],
)  # fmt: skip
def test_what_differs_is_told(case, fault):
    faults = list(faults_of(case))
    assert any(found.startswith(fault) for found in faults) if fault else faults == []


def test_what_nobody_looks_at_is_told(tmp_path):
    case = case_of("meteroid-unit")
    odd = {**case, "terms": {**case["terms"], "moon": "full"}, "expected": {**case["expected"], "tide": "high"}}
    (tmp_path / "odd.json").write_text(json.dumps([odd]))
    (result,) = results(tmp_path)
    assert (result.faults, result.group) == ((), "per_unit, odd")
    assert result.remarks == ("terms.moon is not read", "expected.tide is not compared")


def test_another_folder_is_run_and_an_empty_one_refused(tmp_path):
    with pytest.raises(NoCases, match="has no file of cases"):
        list(results(tmp_path))
    cases = [case_of("meteroid-unit"), changed(case_of("flexprice-flat-7"), amount="6")]
    (tmp_path / "mixed.json").write_text(json.dumps({"cases": cases}))
    environment = {**os.environ, "ONLY": "rating", "CASES": str(tmp_path)}
    command = [sys.executable, "-m", "tests.conformance"]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 1
    assert done.stdout.rstrip().endswith("rating: 1 of 2")
    assert "rating/flexprice-flat-7: amount 5.00 (5.0 before rounding), expected 6" in done.stdout
    assert "per_unit, mixed" in done.stdout
