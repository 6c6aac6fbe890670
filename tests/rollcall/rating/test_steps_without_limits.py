"""A step that a bill does not state is a mistake of the program, and never does nothing in silence."""

from datetime import date
from decimal import Decimal

import pytest

from rollcall.period import Period
from rollcall.rating.cap import NoCap, hold_to_cap
from rollcall.rating.commitment import NoCommitment, draw_commitment
from rollcall.rating.credits import NoCredits, burn_credits
from rollcall.rating.discount import NoDiscounts, take_discounts
from rollcall.rating.floor import NoFloor, lift_to_floor
from rollcall.rating.included import take_out_included
from rollcall.rating.lines import ChargeBill, NoCharge
from rollcall.rating.measured import Measured
from rollcall.rating.per_user_cap import NoPerUserCap, hold_users_to_cap
from rollcall.terms.charges import CONTRACT
from rollcall.terms.contract import ContractTerms
from rollcall.terms.nouns import UNITS
from tests.rollcall.rating.bills import terms_of


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (take_out_included, NoCharge),
        (hold_users_to_cap, NoPerUserCap),
        (take_discounts, NoDiscounts),
        (draw_commitment, NoCommitment),
        (lift_to_floor, NoFloor),
        (hold_to_cap, NoCap),
        (burn_credits, NoCredits),
    ],
)
def test_a_step_without_its_limit_is_refused(step, error):
    terms = ContractTerms.from_json(terms_of())
    bill = ChargeBill(
        key=CONTRACT,
        charge=None,
        limits=terms.limits,
        noun=UNITS,
        terms=terms,
        period=Period(date(2026, 1, 1), date(2026, 2, 1)),
        measured=Measured(quantity=Decimal(0)),
        to_price=Decimal(0),
    )
    with pytest.raises(error, match=CONTRACT):
        step(bill)
