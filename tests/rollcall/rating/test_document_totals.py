"""Totals of a whole document: allowances and charges, second and withheld taxes, what is payable in the end."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.money import NotAnAmount
from rollcall.rating import TaxedAmount, total
from rollcall.rating.totals import line_net

D = Decimal


def taxed(amount, category="S", rate="25"):
    return TaxedAmount(amount=D(amount), category=category, rate=D(rate))


@pytest.mark.parametrize(
    ("case", "given_line", "net"),
    [
        ("quantity times price", {"quantity": "3", "unit_price": "4.79"}, "14.37"),
        ("half a cent goes up", {"quantity": "5.5", "unit_price": "443.91"}, "2441.51"),
        ("also below zero", {"quantity": "-5.5", "unit_price": "443.91"}, "-2441.51"),
        ("the price of two", {"quantity": "10", "unit_price": "200", "base_quantity": "2"}, "1000.00"),
        ("the price of three", {"quantity": "1", "unit_price": "1", "base_quantity": "3"}, "0.33"),
        ("with a charge and an allowance", {"quantity": "10", "unit_price": "410", "allowances": ["101"], "charges": ["1"]},
         "4000.00"),
        ("a product is rounded before its allowance", {"quantity": "0.5", "unit_price": "0.01", "allowances": ["0.01"]},
         "0.00"),
    ],
)  # fmt: skip
def test_the_net_amount_of_a_line(case, given_line, net):
    numbers = {key: [D(v) for v in value] if isinstance(value, list) else D(value) for key, value in given_line.items()}
    assert str(line_net(currency="EUR", **numbers)) == net, case


def test_a_line_that_is_not_rounded_keeps_its_digits():
    assert line_net(quantity=D("5.5"), unit_price=D("443.905"), currency="EUR", rounding="sums") == D("2441.4775")
    assert line_net(quantity=D(1), unit_price=D(1), base_quantity=D(8), currency="EUR", rounding="sums") == D("0.125")
    with pytest.raises(NotAnAmount, match="never end"):
        line_net(quantity=D(1), unit_price=D(1), base_quantity=D(3), currency="EUR", rounding="sums")
    with pytest.raises(NotAnAmount, match="base quantity is zero"):
        line_net(quantity=D(1), unit_price=D(1), base_quantity=D(0), currency="EUR")


def test_allowances_and_charges_change_the_base_of_their_own_tax():
    totals = total(
        amounts=[taxed("6900"), taxed("2000", rate="15")],
        allowances=[taxed("100")],
        charges=[taxed("200"), taxed("50", rate="15")],
        currency="NOK",
        prepaid=D("1000"),
        payable_rounding=D("0.50"),
    )
    assert (totals.lines, totals.allowances, totals.charges, totals.net) == (8900, 100, 250, 9050)
    assert [(tax.rate, tax.base, tax.tax) for tax in totals.taxes] == [(15, 2050, D("307.50")), (25, 7000, 1750)]
    assert (totals.tax, totals.gross, totals.payable) == (D("2057.50"), D("11107.50"), D("10108.00"))
    assert str(totals.payable) == "10108.00"


def test_a_second_tax_is_on_the_same_amount_and_a_withheld_one_is_kept_back():
    totals = total(
        amounts=[taxed("1620.00", "VAT", "21")],
        taxed_again=[taxed("1620.00", "VAT surcharge", "5.2")],
        withheld=[taxed("1620.00", "IRPF", "15")],
        currency="EUR",
    )
    assert (totals.lines, totals.net) == (1620, 1620)
    assert [(tax.category, tax.tax) for tax in totals.taxes] == [("VAT", D("340.20")), ("VAT surcharge", D("84.24"))]
    assert (totals.tax, totals.gross) == (D("424.44"), D("2044.44"))
    assert (totals.withheld_amount, totals.payable) == (D("243.00"), D("1801.44"))


def test_what_is_rounded_first_changes_a_cent():
    """Two lines of 0.125: rounded one by one they are no lines of 0.125 any more, added up first they are 0.25."""
    each = total(amounts=[taxed("0.10", rate="19"), taxed("0.10", "L", "7")], currency="EUR")
    sums = total(amounts=[taxed("0.125", rate="19"), taxed("0.125", "L", "7")], currency="EUR", rounding="sums")
    assert (each.tax, each.gross) == (D("0.03"), D("0.23"))
    assert (sums.net, sums.tax, sums.gross) == (D("0.25"), D("0.03"), D("0.28"))
    assert [(tax.base, tax.tax) for tax in sums.taxes] == [(D("0.13"), D("0.01")), (D("0.13"), D("0.02"))]
    with pytest.raises(NotAnAmount, match="round lines before"):
        total(amounts=[], charges=[taxed("0.125")], currency="EUR")
    with pytest.raises(NotAnAmount, match="round lines before"):
        total(amounts=[], withheld=[taxed("0.125")], currency="EUR")


AMOUNTS = st.lists(
    st.builds(
        lambda cents, rate: taxed(D(cents).scaleb(-2), rate=rate),
        st.integers(-(10**7), 10**7),
        st.sampled_from(["0", "5.5", "7", "19"]),
    ),
    max_size=6,
)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_the_printed_numbers_of_a_document_agree_with_each_other(lines, less, more):
    totals = total(amounts=lines, allowances=less, charges=more, currency="EUR")
    assert totals.net == totals.lines - totals.allowances + totals.charges == sum(tax.base for tax in totals.taxes)
    assert totals.tax == sum(tax.tax for tax in totals.taxes)
    assert totals.payable == totals.gross == totals.net + totals.tax
    for tax in totals.taxes:
        exact = Fraction(tax.base) * Fraction(tax.rate) / 100
        whole = (abs(exact) * 100 * 2 + 1) // 2
        assert Fraction(tax.tax) == Fraction(whole, 100) * (-1 if exact < 0 else 1)
    exactly = total(amounts=lines, allowances=less, charges=more, currency="EUR", rounding="sums")
    assert (exactly.net, exactly.taxes) == (totals.net, totals.taxes)
    assert abs(exactly.gross - totals.gross) <= D("0.02")
