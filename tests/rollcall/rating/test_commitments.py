"""Commitments: what is drawn, what is above, what is missing; per cycle without carry-over, or over the term."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import charges_of, lines, nets, rate, sentences, terms_of, words_of
from tests.rollcall.rating.oracle import half_up

TIERS = {
    "model": "graduated",
    "bound": "inclusive",
    "tiers": [{"up_to": 10, "unit_price": "5.00"}, {"up_to": None, "unit_price": "3.00"}],
}


def committed(amount=None, quantity=None, factor="1.5", shortfall="billed_at_end", price="1.00", **more):
    what = {"amount": amount} if amount is not None else {"quantity": quantity}
    overage = {"overage": {"factor": factor}} if factor is not None else {}
    commitment = {**what, "shortfall": shortfall, **overage, **more}
    return terms_of(price=price, commitment=commitment)


def test_overage_is_billed_at_its_own_price_and_what_is_drawn_is_shown():
    (rating,) = rate(committed("1000.00"), 1500)
    assert lines(rating) == [
        ("seats/price", "1500", "1500.00"),
        ("seats/commitment", "1", "0.00"),
        ("seats/commitment/above", "-1", "-500.00"),
        ("seats/overage", "1.5", "750.00"),
    ]
    assert words_of(rating, "seats/commitment") == (
        "Drawn from the commitment of EUR 1,000.00: 1,000.00; 0.00 are left"
    )
    assert words_of(rating, "seats/overage") == "Overage above the commitment of EUR 1,000.00: 1.5 × 500.00"
    assert str(rating.net_amount) == "1750.00"


def test_a_shortfall_is_billed_at_the_end_or_not_at_all():
    (billed,) = rate(committed("1000.00"), 300)
    assert lines(billed)[1:] == [("seats/commitment", "1", "0.00"), ("seats/shortfall", "1", "700.00")]
    assert words_of(billed, "seats/shortfall") == "Shortfall to the commitment of EUR 1,000.00: 1,000.00 − 300.00"
    assert nets(committed("1000.00", shortfall="none"), 300) == ["300.00"]


@pytest.mark.parametrize(
    ("case", "document", "users", "net"),
    [
        # flexprice, three windows: 5 within and 15 above at twice the price; below without a shortfall; below with one.
        ("above", committed("5", factor="2", shortfall="none", price="2"), 10, "35.00"),
        ("below, not billed", committed("5", factor="2", shortfall="none", price="2"), 1, "2.00"),
        ("below, billed", committed("10", factor="2"), 3, "10.00"),
        ("a committed quantity", committed(quantity=4, factor="2", shortfall="none"), 10, "16.00"),
        ("a plan of 19.99 beside it", committed("5", price="0.01"), 100, "5.00"),
    ],
)
def test_published_windows(case, document, users, net):
    assert nets(document, users) == [net], case


def test_charges_draw_on_the_commitment_of_the_contract_in_their_order():
    """flexprice: 5,000 at 1 and 2,500 at 2 on a commitment of 1,000, overage 1.5: 1,000 + 6,000 + 7,500."""
    document = charges_of(
        {"a": "1.00", "b": "1.00"},
        commitment={"amount": "1000.00", "overage": {"factor": "1.5"}, "shortfall": "none"},
    )
    (rating,) = rate(document, 5000)
    assert lines(rating)[2:] == [
        ("contract/commitment", "1", "0.00"),
        ("contract/commitment/above", "-1", "-9000.00"),
        ("contract/overage/a", "1.5", "6000.00"),
        ("contract/overage/b", "1.5", "7500.00"),
    ]
    assert str(rating.net_amount) == "14500.00"


def test_a_quantity_above_is_taken_off_its_tiers_and_billed_as_overage():
    (rating,) = rate(committed(quantity=8, factor="2", shortfall="none", price=TIERS), 12)
    assert lines(rating) == [
        ("seats/price/tier-1", "10", "50.00"),
        ("seats/price/tier-2", "2", "6.00"),
        ("seats/commitment", "8", "0.00"),
        ("seats/commitment/above/tier-1", "-2", "-10.00"),
        ("seats/commitment/above/tier-2", "-2", "-6.00"),
        ("seats/overage/tier-1", "2", "20.00"),
        ("seats/overage/tier-2", "2", "12.00"),
    ]
    agreed = committed(quantity=8, factor=None, shortfall="none", price=TIERS, overage={"unit_price": "7.00"})
    assert lines(rate(agreed, 12)[0])[-1] == ("seats/overage", "4", "28.00")


def test_a_missing_quantity_is_priced_by_tiers_or_at_an_agreed_price():
    by_tiers = committed(quantity=12, price=TIERS, shortfall_priced_by="tiers")
    assert lines(rate(by_tiers, 9)[0])[-2:] == [("seats/shortfall/tier-1", "1", "5.00"),
                                                ("seats/shortfall/tier-2", "2", "6.00")]  # fmt: skip
    assert words_of(rate(by_tiers, 9)[0], "seats/shortfall/tier-2") == (
        "Shortfall to the commitment of 12 users: 12 − 9 = 3 users, of them 2 priced as users 11 to 12"
    )
    agreed = committed(quantity=12, price=TIERS, shortfall_priced_by="1.50")
    assert lines(rate(agreed, 9)[0])[-1] == ("seats/shortfall", "3", "4.50")


def test_a_commitment_over_the_term_runs_down_and_is_settled_with_the_last_period():
    document = committed("100.00", per="term")
    rated = rate(document, 60, 60, *[5] * 10)
    assert [str(rating.net_amount) for rating in rated] == ["60.00", "70.00", *["7.50"] * 10]
    assert words_of(rated[1], "seats/commitment") == (
        "Drawn from the commitment of EUR 100.00 for the term: 40.00; 0.00 are left"
    )
    short = rate(document, *[5] * 12)
    assert [str(rating.net_amount) for rating in short] == [*["5.00"] * 11, "45.00"]
    assert lines(short[-1])[-1] == ("seats/shortfall", "1", "40.00")


def test_a_quantity_over_the_term_runs_down_too():
    document = committed(quantity=40, per="term", factor=None, overage={"unit_price": "2.00"})
    assert nets(document, 30, 15, *[0] * 10) == ["30.00", "20.00", *["0.00"] * 10]
    assert nets(document, *[3] * 12)[-1] == "7.00", "36 were used, so that 4 are missing beside the 3"


def test_nothing_is_carried_from_one_cycle_to_the_next():
    document = committed("100.00")
    assert nets(document, 0, 150) == ["100.00", "175.00"]
    said = sentences(document)
    assert (
        "The commitment is EUR 100.00 in each month; what is above it costs 1.5 times its price; what is missing to it "
        "is billed with each month, and nothing is carried to the next month." in said
    )


def test_what_is_not_used_is_carried_where_the_terms_say_so():
    """30 of 100 used and 70 paid as shortfall: of 150 in the next month 50 are paid already; then 20 are left."""
    document = committed("100.00", carry_over=True)
    january, february, march = rate(document, 30, 150, 140)
    assert [str(rating.net_amount) for rating in (january, february, march)] == ["100.00", "100.00", "130.00"]
    assert lines(february)[1:] == [("seats/commitment", "1", "0.00"), ("seats/commitment/carried", "-1", "-50.00")]
    assert words_of(february, "seats/commitment/carried") == (
        "Drawn from what earlier months left, paid with them: 50.00; 20.00 are left there"
    )
    assert lines(march)[2:] == [
        ("seats/commitment/carried", "-1", "-20.00"),
        ("seats/commitment/above", "-1", "-20.00"),
        ("seats/overage", "1.5", "30.00"),
    ]
    assert sentences(document)[1].endswith(
        "and what a month leaves is there for the months after it, where it is paid already."
    )
    with pytest.raises(TermsRefused, match="give the usage of every period"):
        rate(document, 10, ends=["2026-02-01", "2026-03-01"])


def test_what_is_carried_and_was_not_billed_is_billed_when_it_is_drawn():
    document = committed("100.00", carry_over=True, shortfall="none")
    january, february, march = rate(document, 30, 150, 140)
    assert [str(rating.net_amount) for rating in (january, february, march)] == ["30.00", "150.00", "150.00"]
    assert lines(february)[2:] == [("seats/commitment/carried", "1", "0.00")]


def test_a_reduced_commitment_in_a_part_of_a_cycle():
    document = committed("310.00", in_part_periods="reduced")
    document["term"]["start"] = "2026-01-15"
    (rating,) = rate(document, 10, ends=["2026-01-15", "2026-02-01"])
    assert str(rating.net_amount) == "170.00"


@pytest.mark.parametrize(
    ("commitment", "place", "sentence"),
    [
        ({"overage": {"factor": "1"}, "shortfall": "none"}, "", "only one of them"),
        ({"amount": "5", "shortfall": "none"}, ".overage", "say what is above the commitment costs"),
        ({"amount": "5", "overage": {}, "shortfall": "none"}, ".overage", 'where "1" is the ordinary price'),
        ({"amount": "5", "overage": {"factor": "1"}}, ".shortfall", "say whether what is missing"),
        ({"amount": "5", "overage": {"unit_price": "1"}, "shortfall": "none"}, ".overage.unit_price", "write a factor"),
        ({"amount": "0", "overage": {"factor": "1"}, "shortfall": "none"}, ".amount", "promises nothing"),
        ({"quantity": 0, "overage": {"factor": "1"}, "shortfall": "none"}, ".quantity", "at least 1"),
        ({"amount": "5", "overage": {"factor": "1"}, "shortfall": "none", "shortfall_priced_by": "1"},
         ".shortfall_priced_by", "belongs to a quantity"),
        ({"amount": "5", "per": "term", "in_part_periods": "reduced", "overage": {"factor": "1"}, "shortfall": "none"},
         ".in_part_periods", "a term is no part of itself"),
        ({"amount": "5", "overage": {"factor": "1"}, "shortfall": "none", "carry": True}, ".carry", "is not a key of"),
        ({"amount": "5", "per": "term", "overage": {"factor": "1"}, "shortfall": "none", "carry_over": True},
         ".carry_over", "an amount for each cycle"),
        ({"quantity": 5, "overage": {"factor": "1"}, "shortfall": "none", "carry_over": True},
         ".carry_over", "an amount for each cycle"),
        ({"amount": "5", "overage": {"factor": "1"}, "shortfall": "none", "carry_over": "yes"},
         ".carry_over", "true or false"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(commitment, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(terms_of(commitment=commitment))
    assert refused.value.path == f"charges.seats.commitment{place}"
    assert sentence in refused.value.sentence


@pytest.mark.parametrize(
    ("more", "place", "sentence"),
    [
        ({"floor": {"minimum_amount": "5"}}, "floor", "both lift the bill by an amount"),
        ({"cap": {"amount": "99.99"}}, "commitment", "cannot be above the cap"),
    ],
)
def test_a_commitment_that_contradicts_another_limit_is_refused(more, place, sentence):
    document = committed("100.00")
    document["charges"]["seats"] |= more
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(document)
    assert refused.value.path == f"charges.seats.{place}"
    assert sentence in refused.value.sentence
    document["charges"]["seats"]["commitment"]["shortfall"] = "none"
    assert ContractTerms.from_json(document)


def test_commitment_and_floor_in_users_are_one_too_many():
    document = committed(quantity=10)
    document["charges"]["seats"]["floor"] = {"minimum_users": 5}
    with pytest.raises(TermsRefused, match="both lift the bill by users"):
        ContractTerms.from_json(document)


def test_the_contract_commits_to_an_amount():
    with pytest.raises(TermsRefused, match="the whole contract commits to an amount"):
        ContractTerms.from_json(
            terms_of(limits={"commitment": {"quantity": 5, "overage": {"factor": "1"}, "shortfall": "none"}})
        )


factors = st.decimals(min_value=0, max_value=3, places=2).map(str)


@given(
    amount=st.integers(1, 400),
    factor=factors,
    users=st.lists(st.integers(0, 300), min_size=1, max_size=12),
    per=st.sampled_from(["cycle", "term"]),
)
def test_the_bill_is_what_was_drawn_plus_overage_plus_shortfall(amount, factor, users, per):
    rated = rate(committed(str(amount), factor=factor, **({"per": per} if per == "term" else {})), *users)
    left = Fraction(amount)
    for number, (rating, used) in enumerate(zip(rated, users, strict=True), start=1):
        left = Fraction(amount) if per == "cycle" else left
        drawn, above = min(Fraction(used), left), max(Fraction(used) - left, Fraction(0))
        left -= drawn
        shortfall = left if per == "cycle" or number == 12 else Fraction(0)
        assert Fraction(rating.net_amount) == drawn + half_up(above * Fraction(factor), "EUR") + shortfall
        sums = {
            kind: sum(line.amount for line in rating.lines if line.kind == kind) for kind in ("overage", "shortfall")
        }
        assert Fraction(sums["overage"]) == half_up(above * Fraction(factor), "EUR")
        assert Fraction(sums["shortfall"]) == shortfall


@given(quantity=st.integers(1, 40), users=st.integers(0, 80))
def test_overage_at_the_ordinary_price_and_no_shortfall_changes_nothing(quantity, users):
    plain = nets(terms_of(price=TIERS), users)
    assert nets(committed(quantity=quantity, factor="1", shortfall="none", price=TIERS), users) == plain
    assert nets(committed("50.00", factor="1", shortfall="none", price=TIERS), users) == plain
    assert Decimal(nets(committed("50.00", price=TIERS), users)[0]) >= 50


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (committed(quantity=12),
         "The commitment is 12 users in each month; what is above it costs 1.5 times its price; a user that is missing "
         "to it costs as much as an active one, billed with each month, and nothing is carried to the next month."),
        (committed(quantity=1, price=TIERS, shortfall_priced_by="tiers", factor="1"),
         "The commitment is 1 user in each month; what is above it costs its ordinary price; users that are missing to "
         "it cost the price of the tiers in which they would have been counted, billed with each month, and nothing is "
         "carried to the next month."),
        (committed(quantity=90, per="term", factor=None, overage={"unit_price": "2"}, shortfall="none"),
         "The commitment is 90 users over the term; what is above it costs EUR 2.00 for each user; what is missing to "
         "it is not billed."),
        (committed("90", per="term"),
         "The commitment is EUR 90.00 over the term; what is above it costs 1.5 times its price; what is missing to it "
         "is billed with the last month."),
        (committed("90", shortfall="none", carry_over=True, in_part_periods="reduced"),
         "The commitment is EUR 90.00 in each month; a part of a month has its share of this; what is above it costs 1.5 "
         "times its price; what is missing to it is not billed, and what a month leaves is there for the months after "
         "it."),
    ],
)  # fmt: skip
def test_the_terms_say_the_commitment(document, sentence):
    assert sentence in sentences(document)


@pytest.mark.parametrize(
    ("users", "words"),
    [
        (10, "Drawn from the commitment of 12 users: 10 users; 2 users are left"),
        (11, "Drawn from the commitment of 12 users: 11 users; 1 user is left"),
        (12, "Drawn from the commitment of 12 users: 12 users; 0 users are left"),
    ],
)
def test_what_is_left_of_a_commitment_in_users_is_said(users, words):
    (rating,) = rate(committed(quantity=12), users)
    assert words_of(rating, "seats/commitment") == words
