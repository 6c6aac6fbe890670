"""Laws of giving back: no cent is lost, no line and no invoice gives back more than it billed, parts add back exactly."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing.credit_parts import (
    CreditState,
    LineLeft,
    OfAmount,
    OfLine,
    OfUsers,
    Part,
    PartRefused,
    Whole,
    divide,
    require_within,
    spread,
)
from billing.crediting import credit_lines
from billing.models import Invoice, InvoiceLine
from billing.settling_documents import MoreThanHeld
from billing.totals import added_up, tax_entries, totals_of
from rollcall.money import exact_difference, exact_sum, exponent, part_of_product, round_half_up
from rollcall.period import Period
from rollcall.rating import TaxTotal

CURRENCIES = st.sampled_from(("EUR", "JPY", "KWD"))
RATES = st.sampled_from(("19", "7", "25", "5.5", "0"))
MONTH = Period(date(2026, 4, 1), date(2026, 5, 1))


def amount(currency: str, smallest_units: int) -> Decimal:
    return Decimal(smallest_units).scaleb(-exponent(currency))


@st.composite
def invoices(draw: st.DrawFn) -> CreditState:
    """A state of an invoice: tiers of one charge, a discount, a fixed amount at another tax; some of it is gone."""
    currency = draw(CURRENCIES)
    invoice = Invoice(number="R-0001", currency=currency)
    rows: list[LineLeft] = []

    def add(key: str, kind: str, quantity: int, price: Decimal, rate: str, share: str = "1") -> None:
        product = part_of_product(Decimal(quantity), price, Fraction(share), currency)
        line = InvoiceLine(
            pk=len(rows) + 1,
            invoice=invoice,
            position=len(rows) + 1,
            key=key,
            charge_key=key.split("/")[0],
            kind=kind,
            quantity=Decimal(quantity),
            unit_price=price,
            share=share,
            amount=product,
            tax_category="S",
            tax_rate=Decimal(rate),
            words="Words",
        )
        rows.append(LineLeft(line=line, left=product, is_per_user=kind == "usage" and product > 0))

    share = draw(st.sampled_from(("1", "16/31", "1/3")))
    for tier in range(1, draw(st.integers(1, 3)) + 1):
        price = Decimal(draw(st.integers(1, 9_999))).scaleb(-draw(st.sampled_from((0, 2, 3))))
        add(f"seats/price/tier-{tier}", "usage", draw(st.integers(1, 500)), price, "19", share)
    gross = exact_sum(row.line.amount for row in rows)
    off = draw(st.integers(0, max(int(gross.scaleb(exponent(currency))) - 1, 0)))
    if off:
        add("seats/discount", "discount", -1, amount(currency, off), "19")
    if draw(st.booleans()):
        add("fee/price", "flat", 1, amount(currency, draw(st.integers(1, 10_000))), draw(RATES))
    room = exact_sum(row.line.amount for row in rows)
    return CreditState(invoice=invoice, lines=tuple(rows), room=room)


PARTS: st.SearchStrategy[list[Part]] = st.lists(
    st.one_of(
        st.builds(OfUsers, position=st.integers(1, 3), users=st.integers(1, 400)),
        st.builds(OfLine, position=st.integers(1, 5), amount=st.none()),
        st.builds(OfAmount, amount=st.integers(1, 50_000).map(Decimal)),
    ),
    min_size=1,
    max_size=3,
)


def after(state: CreditState, lines: Sequence[InvoiceLine]) -> CreditState:
    """What is left when a credit note with these lines is final."""
    gone = {line.credited_line_id: line.amount for line in lines}
    rest = [
        LineLeft(
            line=row.line,
            left=exact_difference(row.left, gone.get(row.line.pk, Decimal(0))),
            is_per_user=row.is_per_user,
        )
        for row in state.lines
    ]
    return CreditState(
        invoice=state.invoice, lines=tuple(rest), room=exact_difference(state.room, exact_sum(gone.values()))
    )


@given(
    over=st.lists(st.integers(-5_000, 20_000), min_size=1, max_size=12).filter(lambda units: sum(units) > 0),
    part=st.fractions(0, 1),
    currency=CURRENCIES,
)
def test_an_amount_that_is_spread_loses_nothing_and_no_part_outgrows_its_line(
    over: list[int], part: Fraction, currency: str
) -> None:
    lines = [amount(currency, units) for units in over]
    whole = amount(currency, int(sum(over) * part))
    parts = spread(whole, lines, currency)

    assert sum(parts) == whole
    for one, line in zip(parts, lines, strict=True):
        assert min(line, Decimal(0)) <= one <= max(line, Decimal(0))
        assert one == round_half_up(one, currency)


@given(state=invoices(), several=st.lists(PARTS, min_size=0, max_size=4))
def test_credit_notes_add_back_to_the_invoice_to_its_lines_and_to_its_tax(
    state: CreditState, several: list[list[Part]]
) -> None:
    currency, billed = state.invoice.currency, [row.line for row in state.lines]
    owed = totals_of(billed, currency=currency)
    before: list[TaxTotal] = []
    net, tax, gross = Decimal(0), Decimal(0), Decimal(0)
    rest: list[Part] = [Whole()]
    for parts in (*several, rest):
        try:
            given_back = divide(state=state, parts=parts)
            require_within(state=state, given=given_back)
        except (PartRefused, MoreThanHeld):
            continue
        lines = credit_lines(given_back, currency=currency)
        for line in lines:
            assert part_of_product(line.quantity, line.unit_price, Fraction(line.share), currency) == line.amount
            assert line.unit_price >= 0
        totals = totals_of(lines, currency=currency, before=before)
        assert all(one.tax >= 0 for one in totals.taxes)
        before = added_up(tax_entries([*before, *totals.taxes], currency))
        state = after(state, lines)
        for row in state.lines:
            assert min(row.line.amount, Decimal(0)) <= row.left <= max(row.line.amount, Decimal(0))
        net, tax, gross = net + totals.net, tax + totals.tax, gross + totals.gross
    assert state.room == 0
    assert all(row.left == 0 for row in state.lines)
    assert (net, tax, gross) == (owed.net, owed.tax, owed.gross)


@given(state=invoices(), users=st.integers(1, 600))
def test_users_given_back_one_after_the_other_come_to_what_they_come_to_together(
    state: CreditState, users: int
) -> None:
    most = sum(row.users_left for row in state.lines if row.is_per_user)
    # Where a user costs less than the smallest coin some cost nothing, and nobody can say how many are left.
    cents = [Fraction(row.line.unit_price) * Fraction(row.line.share) for row in state.lines if row.is_per_user]
    assume(most and state.lines[0].is_per_user and min(cents) > Fraction(1, 10 ** exponent(state.invoice.currency)))
    users = min(users, most)
    given_back = divide(state=state, parts=[OfUsers(position=1, users=users)])
    assert sum(one.users or 0 for one in given_back) == users
    rest = after(state, credit_lines(given_back, currency=state.invoice.currency))
    if users == most:
        assert sum(row.left for row in rest.lines if row.is_per_user) == 0
    else:
        again = divide(state=rest, parts=[OfUsers(position=1, users=most - users)])
        assert exact_sum(one.amount for one in again if one.users) == exact_sum(
            row.left for row in rest.lines if row.is_per_user
        )


@pytest.mark.parametrize(
    ("case", "billed", "rate", "given_back", "expected"),
    [
        ("lago-credit-note-200", "200.00", "25", "193.33", ("48.33", "241.66")),
        ("lago-credit-note-160", "160.00", "25", "154.67", ("38.67", "193.34")),
    ],
)
def test_published_credit_notes_come_out_and_the_rest_adds_back(
    case: str, billed: str, rate: str, given_back: str, expected: tuple[str, str]
) -> None:
    line = InvoiceLine(
        pk=1,
        invoice=Invoice(number=case, currency="EUR"),
        position=1,
        key="fee/price",
        charge_key="fee",
        kind="flat",
        quantity=Decimal(1),
        unit_price=Decimal(billed),
        share="1",
        amount=Decimal(billed),
        tax_category="S",
        tax_rate=Decimal(rate),
        words="Plan",
    )
    whole = totals_of([line], currency="EUR")
    row = LineLeft(line=line, left=line.amount, is_per_user=False)
    state = CreditState(invoice=line.invoice, lines=(row,), room=line.amount)
    first = credit_lines(divide(state=state, parts=[OfAmount(amount=Decimal(given_back))]), currency="EUR")
    part = totals_of(first, currency="EUR")
    assert (str(part.tax), str(part.gross)) == expected
    rest = credit_lines(divide(state=after(state, first), parts=[Whole()]), currency="EUR")
    left = totals_of(rest, currency="EUR", before=part.taxes)
    assert (part.net + left.net, part.tax + left.tax, part.gross + left.gross) == (whole.net, whole.tax, whole.gross)
