"""Floors and caps: per cycle or per term, whole or reduced in a part of a cycle, in users or money, of all charges."""

from dataclasses import replace

import pytest

from rollcall.rating import TermUsage, billed_users, explain, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import charges_of, lines, nets, rate, sentences, terms_of, usage_of, words_of

# A term that begins in the middle of January: 17 of its 31 days.
FROM_THE_15TH = {"start": "2026-01-15", "end": "2027-01-01"}
ENDS = ["2026-01-15", "2026-02-01", "2026-03-01"]
VOLUME = {
    "model": "volume",
    "bound": "inclusive",
    "tiers": [{"up_to": 10, "unit_price": "5.00"}, {"up_to": None, "unit_price": "3.00"}],
}
PACKAGE = {"model": "package", "size": "10", "package_price": "15.00", "rounding": "up"}


def partly(document):
    return {**document, "term": FROM_THE_15TH}


@pytest.mark.parametrize(
    ("case", "charge", "users", "expected"),
    [
        ("a floor in money is whole", {"floor": {"minimum_amount": "310.00"}}, 5, ["310.00", "310.00"]),
        ("a floor in money is reduced", {"floor": {"minimum_amount": "310.00", "in_part_periods": "reduced"}}, 5,
         ["170.00", "310.00"]),
        ("a floor in users is reduced to whole users",
         {"floor": {"minimum_users": 100, "in_part_periods": "reduced"}}, 5, ["55.00", "100.00"]),
        ("a cap is reduced", {"cap": {"amount": "310.00", "in_part_periods": "reduced"}}, 400, ["170.00", "310.00"]),
        ("a cap in users is reduced", {"cap": {"maximum_users": 100, "in_part_periods": "reduced"}}, 400,
         ["55.00", "100.00"]),
        ("included users are whole", {"included": 100}, 400, ["300.00", "300.00"]),
        ("included users are reduced", {"included": {"quantity": 100, "in_part_periods": "reduced"}}, 400,
         ["345.00", "300.00"]),
    ],
)  # fmt: skip
def test_parts_of_a_cycle(case, charge, users, expected):
    assert nets(partly(terms_of(**charge)), users, users, ends=ENDS) == expected, case


def test_a_reduced_floor_says_its_share():
    (rating,) = rate(
        partly(terms_of(floor={"minimum_amount": "310.00", "in_part_periods": "reduced"})), 5, ends=ENDS[:2]
    )
    assert words_of(rating, "seats/floor") == (
        "Shortfall to the floor of EUR 170.00 (17/31 of what is agreed for a month): 170.00 − 5.00"
    )


def test_a_published_floor_that_shrinks_with_the_days():
    """25 of 28 days of a floor of 10.00, with 8.00 used: 0.93 are missing. Two of 29 days of 10,000.00 are 689.66."""
    document = {**terms_of(price="8", floor={"minimum_amount": "10.00", "in_part_periods": "reduced"})}
    document["term"] = {"start": "2023-02-01", "end": "2023-02-26"}
    document["cycle"]["anchor"] = "2023-01-01"
    (rating,) = rate(document, 1, ends=["2023-02-01", "2023-02-26"])
    assert lines(rating) == [("seats/price", "1", "8.00"), ("seats/floor", "1", "0.93")]
    document["term"] = {"start": "2024-02-28", "end": "2024-03-01"}
    document["charges"]["seats"]["floor"]["minimum_amount"] = "10000.00"
    assert nets(document, 0, ends=["2024-02-28", "2024-03-01"]) == ["689.66"]


def test_a_floor_over_the_term_is_settled_with_its_last_period():
    document = terms_of(price="10.00", floor={"minimum_amount": "1000.00", "per": "term"})
    rated = rate(document, *[8] * 11, 3)
    assert [str(rating.net_amount) for rating in rated] == ["80.00"] * 11 + ["120.00"]
    assert words_of(rated[-1], "seats/floor") == (
        "Shortfall to the floor of EUR 1,000.00 for the term: 1,000.00 − 910.00"
    )
    assert explain(rated[1])[-1]["arithmetic"] == "so far 160.00 of 1,000.00; settled with the last month"
    assert nets(document, *[10] * 12)[-1] == "100.00", "nothing is missing"


def test_a_floor_in_users_over_the_term_adds_up_the_users_of_all_periods():
    floor = {"minimum_users": 100, "per": "term", "shortfall_priced_by": "2.50"}
    rated = rate(terms_of(price=VOLUME, floor=floor), *[7] * 12)
    assert lines(rated[-1]) == [("seats/price", "7", "35.00"), ("seats/floor", "16", "40.00")]
    assert "At least 100 users are billed over the term; what is missing comes with its last month; " in "".join(
        sentences(terms_of(price=VOLUME, floor=floor))
    )


@pytest.mark.parametrize(
    ("case", "months", "floor", "nets_of_months"),
    [
        ("50 a month, 10 of them included: 150 of 300 are missing", (50, 50, 50), {},
         ["400.00", "400.00", "1900.00"]),
        ("at an agreed price of 2.50", (50, 50, 50), {"shortfall_priced_by": "2.50"}, ["400.00", "400.00", "775.00"]),
        ("100 a month are 300", (100, 100, 100), {}, ["900.00", "900.00", "900.00"]),
        ("five of ten included ones used: the other five would have cost nothing", (5, 50, 50), {},
         ["0.00", "400.00", "2300.00"]),
    ],
)  # fmt: skip
def test_the_included_users_of_every_month_count_towards_a_floor_of_the_term(case, months, floor, nets_of_months):
    document = terms_of(
        price="10.00",
        included={"quantity": 10, "counts_towards_floor": True},
        floor={"minimum_users": 300, "per": "term", **floor},
    )
    document["term"] = {"start": "2026-01-01", "end": "2026-04-01"}
    rated = rate(document, *months)
    assert [str(rating.net_amount) for rating in rated] == nets_of_months, case
    assert "included ones counted" in explain(rated[1])[-1]["arithmetic"]


def test_a_cap_over_the_term_runs_down():
    document = terms_of(price="10.00", cap={"amount": "250.00", "per": "term"})
    rated = rate(document, 10, 12, 9, 1)
    assert [str(rating.net_amount) for rating in rated] == ["100.00", "120.00", "30.00", "0.00"]
    assert words_of(rated[2], "seats/cap") == (
        "Above what is left of the EUR 250.00 for the term: 250.00 − 220.00 = 30.00: 90.00 − 30.00"
    )


def test_a_cap_in_users_over_the_term_runs_down():
    document = terms_of(price="10.00", cap={"maximum_users": 25, "per": "term"})
    rated = rate(document, 10, 12, 9, 1)
    assert [str(rating.net_amount) for rating in rated] == ["100.00", "120.00", "30.00", "0.00"]
    assert words_of(rated[2], "seats/cap") == (
        "Above the cap of 25 users for the term, of which 3 are left: 9 − 3 = 6 users, not billed"
    )


@pytest.mark.parametrize(
    ("limit", "month"),
    [
        ({"cap": {"amount": "250.00", "per": "term"}}, 2),
        ({"floor": {"minimum_amount": "250.00", "per": "term"}}, 12),
        ({"commitment": {"amount": "9", "per": "term", "overage": {"factor": "1"}, "shortfall": "none"}}, 2),
    ],
)
def test_what_holds_over_the_term_needs_the_periods_before(limit, month):
    from_there = [f"2026-{month:02}-01", f"2026-{month + 1:02}-01" if month < 12 else "2027-01-01"]
    with pytest.raises(TermsRefused, match="give the usage of every period from 2026-01-01 on"):
        rate(terms_of(**limit), 10, ends=from_there)


def test_a_floor_over_the_term_asks_for_earlier_periods_only_at_its_end():
    document = terms_of(floor={"minimum_amount": "250.00", "per": "term"})
    assert nets(document, 10, ends=["2026-06-01", "2026-07-01"]) == ["10.00"]


@pytest.mark.parametrize(
    ("case", "price", "users", "expected"),
    [
        ("volume: three users at 5.00, twelve at 3.00", VOLUME, 3, [("seats/price", "15.00"), ("seats/floor", "21.00")]),
        ("volume: the price falls, so that nothing is missing", VOLUME, 9, [("seats/price", "45.00")]),
        ("packages: one is there, a second is missing", PACKAGE, 3, [("seats/price", "15.00"), ("seats/floor", "15.00")]),
        ("packages: the second is there", PACKAGE, 11, [("seats/price", "30.00")]),
    ],
)  # fmt: skip
def test_a_shortfall_where_one_more_changes_the_price_of_all(case, price, users, expected):
    floor = {"minimum_users": 12, "shortfall_priced_by": "tiers"}
    (rating,) = rate(terms_of(price=price, floor=floor), users)
    assert [(key, amount) for key, _, amount in lines(rating)] == expected, case


def test_a_cap_in_users_takes_off_the_last_ones():
    graduated = {
        "model": "graduated",
        "bound": "inclusive",
        "tiers": [{"up_to": 10, "unit_price": "5.00"}, {"up_to": None, "unit_price": "3.00"}],
    }
    document = terms_of(price=graduated, cap={"maximum_users": 8})
    (rating,) = rate(document, 12)
    assert lines(rating) == [
        ("seats/price/tier-1", "10", "50.00"),
        ("seats/price/tier-2", "2", "6.00"),
        ("seats/cap/tier-1", "-2", "-10.00"),
        ("seats/cap/tier-2", "-2", "-6.00"),
    ]
    assert words_of(rating, "seats/cap/tier-1") == (
        "Above the cap of 8 users: 12 − 8 = 4 users, of them 2 priced as users 9 to 10"
    )
    assert nets(document, 8) == ["40.00"]
    assert "No more than 8 users are billed in each month." in sentences(document)


def test_limits_of_the_whole_contract():
    document = charges_of({"a": "1.00", "b": "2.00"}, floor={"minimum_amount": "90.00"}, cap={"amount": "120.00"})
    below, between, above = rate(document, 10, 35, 50)
    assert lines(below)[-1] == ("contract/floor", "1", "60.00")
    assert [str(rating.net_amount) for rating in (below, between, above)] == ["90.00", "105.00", "120.00"]
    assert lines(above)[-1] == ("contract/cap", "-1", "-30.00")
    said = sentences(document)
    assert "All charges together: At least EUR 90.00 before tax is billed each month." in said
    assert "All charges together: No month costs more than EUR 120.00 before tax." in said


def test_limits_of_the_whole_contract_over_the_term():
    document = charges_of(
        {"a": "1.00", "b": "2.00"},
        floor={"minimum_amount": "500.00", "per": "term"},
        cap={"amount": "600.00", "per": "term"},
    )
    assert nets(document, *[10] * 12)[-1] == "170.00"
    assert nets(document, *[100] * 12)[:3] == ["300.00", "300.00", "0.00"]


@pytest.mark.parametrize(
    ("case", "limits", "place", "sentence"),
    [
        ("a floor in a part of a cycle above a reduced cap",
         {"floor": {"minimum_amount": "200"}, "cap": {"amount": "300", "in_part_periods": "reduced"}},
         "charges.seats.floor", "in 15 to 31 Jan 2026 the floor asks for EUR 200.00 and the cap allows EUR 164.52"),
        ("twelve floors above the cap of the term",
         {"floor": {"minimum_amount": "100"}, "cap": {"amount": "1199.99", "per": "term"}},
         "charges.seats.floor", "over the term the floor asks for EUR 1,200.00"),
        ("the floor of the term above twelve caps",
         {"floor": {"minimum_amount": "1200.01", "per": "term"}, "cap": {"amount": "100"}},
         "charges.seats.floor", "the cap allows EUR 1,200.00"),
        ("a floor in money above 8 users at 17/31 of their price",
         {"price": "10.00", "in_part_periods": "reduced", "floor": {"minimum_amount": "60"}, "cap": {"maximum_users": 8}},
         "charges.seats.floor",
         "in 15 to 31 Jan 2026 the floor asks for EUR 60.00 and the cap allows EUR 43.87"),
        ("a floor in users above a cap in users", {"floor": {"minimum_users": 9}, "cap": {"maximum_users": 8}},
         "charges.seats.floor", "the floor asks for 9 users and the cap allows 8"),
        ("a floor in money above what a cap in users comes to",
         {"floor": {"minimum_amount": "9"}, "cap": {"maximum_users": 8}}, "charges.seats.floor",
         "the floor asks for EUR 9.00 and the cap allows EUR 8.00"),
        ("a reduced floor over the term", {"floor": {"minimum_amount": "9", "per": "term",
                                                     "in_part_periods": "reduced"}},
         "charges.seats.floor.in_part_periods", "a term is no part of itself"),
        ("a cap of nothing that is said", {"cap": {"per": "cycle"}}, "charges.seats.cap", "only one of them"),
        ("a floor in users of the contract", {}, "limits.floor.minimum_users", "belongs to one charge"),
        ("a cap in users of the contract", {}, "limits.cap.maximum_users", "belongs to one charge"),
    ],
)  # fmt: skip
def test_limits_that_cannot_be_meant_are_refused(case, limits, place, sentence):
    of_contract = {"floor": {"minimum_users": 1}} if "floor" in place else {"cap": {"maximum_users": 1}}
    document = terms_of(**limits) if limits else terms_of(limits=of_contract)
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(partly(document))
    assert refused.value.path == place, case
    assert sentence in refused.value.sentence, case


@pytest.mark.parametrize(
    ("case", "limits"),
    [
        ("both reduced", {"floor": {"minimum_amount": "300", "in_part_periods": "reduced"},
                          "cap": {"amount": "300", "in_part_periods": "reduced"}}),
        ("100 users at 17/31 of their price under a reduced cap",
         {"in_part_periods": "reduced", "floor": {"minimum_users": 100},
          "cap": {"amount": "100", "in_part_periods": "reduced"}}),
        ("a reduced floor under a whole cap", {"floor": {"minimum_amount": "300", "in_part_periods": "reduced"},
                                               "cap": {"amount": "300"}}),
        ("twelve floors within the cap of the term", {"floor": {"minimum_amount": "100"},
                                                      "cap": {"amount": "1200.00", "per": "term"}}),
    ],
)  # fmt: skip
def test_limits_that_touch_are_accepted(case, limits):
    assert ContractTerms.from_json(partly(terms_of(**limits))), case


def test_billed_users_see_floor_cap_and_included_users():
    def billed(users, **charge):
        return billed_users(charge=ContractTerms.from_json(terms_of(**charge)).charges["seats"], active_users=users)

    assert billed(5, floor={"minimum_users": 8}) == 8
    assert billed(5, floor={"minimum_users": 8, "per": "term"}) == 5
    assert billed(50, cap={"maximum_users": 8}) == 8
    assert billed(50, included=10, cap={"maximum_users": 8}) == 18
    beyond = {"included": {"quantity": 10, "counts_towards_floor": False}, "floor": {"minimum_users": 8}}
    assert [billed(users, **beyond) for users in (5, 12, 30)] == [13, 18, 30]
    among = {"included": {"quantity": 10, "counts_towards_floor": True}, "floor": {"minimum_users": 18}}
    assert [billed(users, **among) for users in (5, 12, 30)] == [18, 18, 30]


def estimated(document, *, before, known):
    """Rate two months, the second with three missing days, under the rule that looks at the month before."""
    usage = usage_of(before, known)
    second = replace(usage.periods[1], missing_days=3)
    terms = ContractTerms.from_json({**document, "gap_rule": {"rule": "prior_period"}})
    return rate_term(terms=terms, usage=TermUsage(periods=(usage.periods[0], second))).periods[1]


@pytest.mark.parametrize(
    ("case", "charge", "net"),
    [
        ("no limit: 4 known, 6 estimated", {}, "100.00"),
        ("a cap in users sees the estimate", {"cap": {"maximum_users": 8}}, "80.00"),
        ("so does a floor in users", {"floor": {"minimum_users": 12}}, "120.00"),
        ("and a commitment in users",
         {"commitment": {"quantity": 8, "overage": {"factor": "2"}, "shortfall": "none"}}, "120.00"),
        ("6 are included, 2 of them estimated ones", {"included": 6, "cap": {"maximum_users": 3}},
         "30.00"),
    ],
)  # fmt: skip
def test_limits_in_users_see_estimated_users(case, charge, net):
    assert str(estimated(terms_of(price="10.00", **charge), before=10, known=4).net_amount) == net, case


FIXED = {"model": "fixed", "amount": "200.00"}


def test_a_fixed_amount_has_limits_in_money_and_none_in_users():
    document = terms_of(price=FIXED, floor={"minimum_amount": "250.00"})
    del document["charges"]["seats"]["metric"]
    assert nets(document, {}) == ["250.00"]
    for limit, place in (
        ({"floor": {"minimum_users": 5}}, "floor"),
        ({"cap": {"maximum_users": 5}}, "cap"),
        ({"commitment": {"quantity": 5, "overage": {"factor": "1"}, "shortfall": "none"}}, "commitment"),
    ):
        document = terms_of(price=FIXED, **limit)
        del document["charges"]["seats"]["metric"]
        with pytest.raises(TermsRefused) as refused:
            ContractTerms.from_json(document)
        assert refused.value.path.startswith(f"charges.seats.{place}")


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ({"floor": {"minimum_users": 1}},
         "At least 1 user is billed each month; a user that is missing to it costs as much as an active one."),
        ({"floor": {"minimum_users": 9, "in_part_periods": "reduced", "shortfall_priced_by": "2"}},
         "At least 9 users are billed each month; a part of a month has its share of this; a user that is missing to it "
         "costs EUR 2.00."),
        ({"floor": {"minimum_amount": "9", "per": "term"}},
         "At least EUR 9.00 before tax is billed over the term; what is missing comes with its last month."),
        ({"cap": {"amount": "9", "in_part_periods": "reduced"}},
         "No month costs more than EUR 9.00 before tax; a part of a month has its share of this."),
        ({"cap": {"amount": "9", "per": "term"}},
         "The whole term costs no more than EUR 9.00 before tax; every month takes from what is left of it."),
        ({"cap": {"maximum_users": 9, "per": "term"}}, "No more than 9 users are billed over the term."),
    ],
)  # fmt: skip
def test_the_terms_say_floors_and_caps(limit, sentence):
    assert sentence in sentences(terms_of(**limit))


@pytest.mark.parametrize(
    ("case", "charge", "active", "estimated", "billed"),
    [
        ("estimated users stand beside active ones", {}, 60, 25, 85),
        ("both together are lifted to the floor", {"floor": {"minimum_users": 100}}, 60, 25, 100),
        ("both together are above the floor", {"floor": {"minimum_users": 80}}, 60, 25, 85),
        ("both together are held to the cap", {"cap": {"maximum_users": 80}}, 60, 25, 80),
    ],
)
def test_billed_users_are_active_and_estimated_ones(case, charge, active, estimated, billed):
    (found,) = ContractTerms.from_json(terms_of(price="10.00", **charge)).charges.values()
    assert billed_users(charge=found, active_users=active, estimated_users=estimated) == billed, case


@pytest.mark.parametrize(
    ("case", "charge", "billed"),
    [
        ("900.00 and 500.00 were billed, 800.00 are missing to 2,200.00",
         {"floor": {"minimum_amount": "2200.00", "per": "term"}, "cap": {"amount": "900.00"}},
         ["900.00", "500.00", "800.00"]),
        ("1,300.00 are missing to 2,700.00, and no month costs more than 900.00",
         {"floor": {"minimum_amount": "2700.00", "per": "term"}, "cap": {"amount": "900.00"}},
         ["900.00", "500.00", "900.00"]),
        ("90 and 50 users were billed, 80 are missing to 220",
         {"floor": {"minimum_users": 220, "per": "term"}, "cap": {"maximum_users": 90}},
         ["900.00", "500.00", "800.00"]),
        ("what is included counts towards the floor: 10 and 90, 50, and 90 are missing to 240",
         {"floor": {"minimum_users": 240, "per": "term"}, "cap": {"maximum_users": 90},
          "included": {"quantity": 10, "counts_towards_floor": True}}, ["900.00", "400.00", "800.00"]),
    ],
)  # fmt: skip
def test_a_floor_over_the_term_counts_what_was_billed_under_a_cap_of_each_month(case, charge, billed):
    """150, 50 and 60 users at 10.00."""
    ends = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
    document = {**terms_of(price="10.00", **charge), "term": {"start": ends[0], "end": ends[-1]}}
    assert nets(document, 150, 50, 60, ends=ends) == billed, case
