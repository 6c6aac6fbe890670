"""Credits: granted, burned and expired, in what order, over one charge or the whole contract, before or after tax."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.rating import Rating, explain
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import charges_of, lines, nets, rate, sentences, terms_of, words_of

LADDER = {
    "model": "credit_ladder",
    "bound": "inclusive",
    "tiers": [{"up_to": 10, "credit": "5"}, {"up_to": 50, "credit": "2"}, {"up_to": 100, "credit": "1"}],
}
EACH_MONTH = {"name": "Free tier", "amount": "20.00", "granted": "each_cycle", "expires": "cycle"}
GIFT = {"name": "Gift", "amount": "30.00", "granted": "once", "on": "2026-02-10", "expires": {"days": 30}}
POOL = {"name": "Pool", "amount": "100.00", "granted": "each_term", "expires": "term"}


def credited(*credits, price="10.00", **charge):
    return terms_of(price=price, credits=list(credits), **charge)


def moves(rating):
    return [
        (entry.name, entry.kind, str(entry.date), str(entry.amount), str(entry.balance)) for entry in rating.credits
    ]


def test_a_pool_for_the_term_runs_down_and_what_is_left_expires_with_it():
    rated = rate(credited(POOL), 4, 4, 4, *[0] * 9)
    assert [str(rating.net_amount) for rating in rated[:4]] == ["0.00", "0.00", "20.00", "0.00"]
    assert [moves(rating) for rating in rated[:4]] == [
        [("Pool", "grant", "2026-01-01", "100.00", "100.00"), ("Pool", "burn", "2026-01-31", "40.00", "60.00")],
        [("Pool", "burn", "2026-02-28", "40.00", "20.00")],
        [("Pool", "burn", "2026-03-31", "20.00", "0.00")],
        [],
    ]
    assert words_of(rated[1], "seats/credits/pool") == "Credit Pool: 40.00 of 60.00 burned, 20.00 left"
    unused = rate(credited(POOL), *[0] * 12)
    assert moves(unused[-1]) == [("Pool", "expire", "2027-01-01", "100.00", "0.00")]


def test_what_a_cycle_leaves_is_gone_or_carried_up_to_a_most():
    assert nets(credited(EACH_MONTH), 0, 5) == ["0.00", "30.00"]
    rolled = rate(credited({**EACH_MONTH, "rollover_most": "15.00"}), 0, 0, 5)
    assert [moves(rating) for rating in rolled] == [
        [("Free tier", "grant", "2026-01-01", "20.00", "20.00"),
         ("Free tier", "expire", "2026-02-01", "5.00", "15.00")],
        [("Free tier", "grant", "2026-02-01", "20.00", "35.00"),
         ("Free tier", "expire", "2026-03-01", "15.00", "20.00"),
         ("Free tier", "expire", "2026-03-01", "5.00", "15.00")],
        [("Free tier", "grant", "2026-03-01", "20.00", "35.00"), ("Free tier", "burn", "2026-03-31", "15.00", "20.00"),
         ("Free tier", "burn", "2026-03-31", "20.00", "0.00")],
    ]  # fmt: skip
    assert str(rolled[-1].net_amount) == "15.00"


def test_a_grant_with_days_pays_for_every_month_that_begins_before_its_end():
    rated = rate(credited(GIFT), 1, 1, 1, 1)
    assert [str(rating.net_amount) for rating in rated] == ["10.00", "0.00", "0.00", "10.00"]
    assert moves(rated[2]) == [
        ("Gift", "burn", "2026-03-31", "10.00", "10.00"),
        ("Gift", "expire", "2026-04-01", "10.00", "0.00"),
    ]


@pytest.mark.parametrize(
    ("case", "credits", "burned"),
    [
        ("the earlier end first", [GIFT, EACH_MONTH], ["free-tier", "gift"]),
        ("the priority before that", [{**GIFT, "priority": 1}, {**EACH_MONTH, "priority": 2}], ["gift", "free-tier"]),
        ("of one end the earlier grant", [{**GIFT, "expires": "term"}, POOL], ["pool"]),
        ("granted before purchased", [{**POOL, "name": "Granted", "amount": "3.00"},
                                      {**POOL, "name": "Purchased", "amount": "7.00", "priority": 2}],
         ["granted", "purchased"]),
    ],
)  # fmt: skip
def test_the_order_in_which_credits_are_burned(case, credits, burned):
    february = rate(credited(*credits, price="4.00"), 0, 10)[1]
    keys = [line.key.removeprefix("seats/credits/") for line in february.lines if line.kind == "credit"]
    assert keys == burned, case


def test_a_line_may_be_paid_by_two_grants():
    """OpenMeter: 150 due, two grants of 75; Lago: 5.00 due, 3.00 granted and 2.00 of 7.00 purchased."""
    two = [{**POOL, "name": name, "amount": "75.00"} for name in ("First", "Second")]
    (rating,) = rate(credited(*two, price="15.00"), 10)
    assert lines(rating)[1:] == [("seats/credits/first", "-1", "-75.00"), ("seats/credits/second", "-1", "-75.00")]
    lago = [
        {**POOL, "name": "Granted", "amount": "3.00"},
        {**POOL, "name": "Purchased", "amount": "7.00", "priority": 2},
    ]
    (rating,) = rate(credited(*lago, price="5.00"), 1)
    assert lines(rating)[1:] == [("seats/credits/granted", "-1", "-3.00"), ("seats/credits/purchased", "-1", "-2.00")]


@pytest.mark.parametrize(
    ("users", "graduated", "whole_size"),
    [(0, "0.00", "0.00"), (10, "50.00", "50.00"), (60, "140.00", "60.00"), (100, "180.00", "100.00"), (130, "180.00", "0.00")],
)  # fmt: skip
def test_a_ladder_grants_free_credit_for_the_users_of_the_cycle(users, graduated, whole_size):
    for reading, granted in (("graduated", graduated), ("whole_size", whole_size)):
        credit = {**EACH_MONTH, "ladder": {**LADDER, "reading": reading}, "metric": "active"}
        del credit["amount"]
        (rating,) = rate(credited(credit, price="29.00"), users)
        assert sum(entry.amount for entry in rating.credits if entry.kind == "grant") == Decimal(granted)
        assert rating.net_amount == users * 29 - Decimal(granted)


def test_credits_before_or_after_the_cap_are_a_choice_that_changes_the_bill():
    document = credited(EACH_MONTH, cap={"amount": "50.00"})
    assert nets(document, 8) == ["30.00"]
    assert nets({**document, "steps": ["price", "credits", "cap"]}, 8) == ["50.00"]
    assert "The bill is made in this order: price, cap, credits." in sentences(document)


def test_a_pool_of_the_contract_pays_for_all_charges():
    document = charges_of({"a": "1.00", "b": "2.00"}, credits=[POOL])
    rated = rate(document, 30, 30)
    assert [str(rating.net_amount) for rating in rated] == ["0.00", "80.00"]
    assert lines(rated[1])[-1] == ("contract/credits/pool", "-1", "-10.00")
    assert {entry.pool for entry in rated[0].credits} == {"contract"}


def test_credit_that_pays_the_amount_with_tax_leaves_net_and_tax_alone():
    """Lago: a balance of 39.00, 24 % tax, 14.29 then 14.27: 17.72 and 17.69 are paid, 3.59 are left."""
    prepaid = {"name": "Prepaid", "amount": "39.00", "granted": "once", "on": "2026-01-01", "expires": "term",
               "applies": "after_tax"}  # fmt: skip
    document = {**terms_of(price="0.01", limits={"credits": [prepaid]}), "tax": {"category": "S", "rate": "24"}}
    first, second = rate(document, 1429, 1427)
    assert [(str(each.net_amount), str(each.prepaid_amount)) for each in (first, second)] == [
        ("14.29", "17.72"),
        ("14.27", "17.69"),
    ]
    assert [entry.balance for entry in second.credits] == [Decimal("3.59")]
    assert explain(second)[-1]["arithmetic"] == "17.69 with tax; Prepaid: 17.69 of 21.28 burned, 3.59 left; 0.00 to pay"
    assert second.to_json()["prepaid_amount"] == "17.69"
    assert [line.kind for line in first.lines] == ["usage"]


def test_prepaid_credit_lowers_what_is_owed_but_not_the_tax():
    """flexprice: 80 and 20, a quarter off the first, 10 off all, 5 prepaid, 8.25 % on 70.00: 5.78 tax, 70.78 to pay."""
    document = charges_of(
        {"a": "80.00", "b": "20.00"},
        discounts=[{"name": "Line", "percent": "25", "charges": ["a"]}, {"name": "All", "amount": "10"}],
        credits=[{**POOL, "amount": "5.00", "applies": "after_tax"}],
    )
    (rating,) = rate({**document, "tax": {"category": "S", "rate": "8.25"}}, 1)
    assert (str(rating.net_amount), str(rating.prepaid_amount)) == ("70.00", "5.00")
    assert explain(rating)[-1]["arithmetic"].endswith(
        "75.78 with tax; Pool: 5.00 of 5.00 burned, 0.00 left; 70.78 to pay"
    )


@pytest.mark.parametrize(
    ("start", "worth"), [("2026-01-01", "100.00"), ("2026-01-20", "38.71"), ("2026-01-31", "3.23")]
)
def test_a_grant_in_a_part_of_a_cycle_may_be_its_share(start, worth):
    credit = {**EACH_MONTH, "amount": "100.00", "in_part_periods": "reduced"}
    document = credited(credit)
    document["term"]["start"] = start
    (rating,) = rate(document, 0, ends=[start, "2026-02-01"])
    assert moves(rating)[0] == ("Free tier", "grant", start, worth, worth)


def test_a_stored_rating_keeps_its_credits_and_one_without_has_no_word_of_them():
    (rating,) = rate(credited(POOL), 4)
    stored = json.loads(json.dumps(rating.to_json()))
    assert stored["credits"][0] == {
        "pool": "seats", "name": "Pool", "kind": "grant", "date": "2026-01-01", "amount": "100.00", "balance": "100.00",
    }  # fmt: skip
    assert Rating.from_json(stored, currency="EUR").digest() == rating.digest()
    assert "credits" not in rate(terms_of(), 4)[0].to_json()


def test_a_balance_needs_the_periods_before_and_a_credit_of_one_cycle_does_not():
    february = ["2026-02-01", "2026-03-01"]
    with pytest.raises(TermsRefused, match="the pool of credits of seats reaches beyond one period"):
        rate(credited(POOL), 4, ends=february)
    assert nets(credited(EACH_MONTH), 4, ends=february) == ["20.00"]


def test_credits_are_said():
    assert sentences(credited(EACH_MONTH, {**GIFT, "priority": 2}))[1:4] == [
        "Credit Free tier: EUR 20.00 at the start of each month; it ends with that month; it pays before tax and has no "
        "cash value.",
        "Credit Gift: EUR 30.00 on 10 Feb 2026; it pays for the month of the grant and every month that begins within 30 "
        "days of it; it pays before tax and has no cash value.",
        "Credits are burned by priority (Free tier, Gift), those of one priority by the earlier end, then by the earlier "
        "grant.",
    ]


@pytest.mark.parametrize(
    ("case", "days", "billed"),
    [
        ("the month of the grant, and March, which begins 19 days later", 30, ["20.00", "0.00", "10.00", "20.00"]),
        ("March begins 19 days after the grant, which is within 20", 20, ["20.00", "0.00", "10.00", "20.00"]),
        ("and not within 19", 19, ["20.00", "0.00", "20.00", "20.00"]),
        ("a single day pays for the month of the grant", 1, ["20.00", "0.00", "20.00", "20.00"]),
    ],
)
def test_credit_of_some_days_pays_for_the_months_that_its_sentence_names(case, days, billed):
    gift = {**GIFT, "expires": {"days": days}}
    assert nets(credited(gift, price="5.00"), 4, 4, 4, 4) == billed, case
    said = f"the month of the grant and every month that begins within {days} day{'' if days == 1 else 's'} of it"
    assert any(said in sentence for sentence in sentences(credited(gift)))


@pytest.mark.parametrize(
    ("change", "place", "sentence"),
    [
        ({"amount": None}, "", "only one of them"),
        ({"granted": "daily"}, ".granted", '"once", "each_cycle" or "each_term"'),
        ({"expires": "never"}, ".expires", '{"days": 90}'),
        ({"expires": {"days": 0}}, ".expires.days", "at least 1"),
        ({"expires": {"days": 5, "hours": 1}}, ".expires.hours", "is not a key of"),
        ({"on": "2026-01-05"}, ".on", 'belongs to a credit that is granted "once"'),
        ({"granted": "once"}, ".on", "the day of the grant"),
        ({"granted": "once", "on": "2027-01-01"}, ".on", "would never be granted"),
        ({"rollover_most": "5", "expires": "term"}, ".rollover_most", 'expires with the "cycle"'),
        ({"priority": 0}, ".priority", "at least 1"),
        ({"priority": 1001}, ".priority", "at most 1000"),
        ({"applies": "after_tax"}, ".applies", "tax is on the sum of all"),
        ({"metric": "active"}, ".metric", "belongs to a ladder"),
        ({"in_part_periods": "reduced", "granted": "each_term"}, ".in_part_periods", "granted each cycle"),
        ({"amount": None, "ladder": {"model": "per_user", "unit_price": "1"}}, ".ladder.model", "ladder of credit"),
        ({"amount": None, "ladder": {**LADDER, "reading": "graduated"}, "metric": "actives"}, ".metric", "no metric"),
        ({"amount": None, "ladder": {**LADDER, "reading": "graduated"}, "granted": "each_term"}, ".granted",
         "looks up the users of each cycle"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(change, place, sentence):
    credit = {key: value for key, value in {**EACH_MONTH, **change}.items() if value is not None}
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(credited(credit))
    assert refused.value.path == f"charges.seats.credits[0]{place}"
    assert sentence in refused.value.sentence


def test_a_ladder_of_the_contract_names_its_metric():
    credit = {**EACH_MONTH, "ladder": {**LADDER, "reading": "graduated"}}
    del credit["amount"]
    with pytest.raises(TermsRefused, match=r"limits\.credits\[0\]\.metric: is missing"):
        ContractTerms.from_json(terms_of(limits={"credits": [credit]}))


amounts = st.decimals(min_value=0, max_value=200, places=2).map(str)


@st.composite
def some_credits(draw):
    found = []
    for number in range(draw(st.integers(1, 4))):
        granted = draw(st.sampled_from(["once", "each_cycle", "each_term"]))
        expires = draw(st.sampled_from(["cycle", "term", {"days": draw(st.integers(1, 200))}]))
        credit = {"name": f"c{number}", "amount": draw(amounts), "granted": granted, "expires": expires}
        credit |= (
            {"on": f"2026-{draw(st.integers(1, 12)):02}-{draw(st.integers(1, 28)):02}"} if granted == "once" else {}
        )
        credit |= {"priority": draw(st.integers(1, 3))}
        if (granted, expires) == ("each_cycle", "cycle") and draw(st.booleans()):
            credit["rollover_most"] = draw(amounts)
        found.append(credit)
    return found


@given(credits=some_credits(), users=st.lists(st.integers(0, 40), min_size=1, max_size=12))
def test_credits_never_overdraw_never_pay_more_than_the_bill_and_every_balance_adds_up(credits, users):
    balance = Decimal(0)
    by_name = {credit["name"]: Decimal(0) for credit in credits}
    for rating, used in zip(rate(credited(*credits), *users), users, strict=True):
        burned = sum(entry.amount for entry in rating.credits if entry.kind == "burn")
        assert rating.net_amount == used * 10 - burned >= 0
        assert -sum(line.amount for line in rating.lines if line.kind == "credit") == burned
        for entry in rating.credits:
            sign = 1 if entry.kind == "grant" else -1
            balance += sign * entry.amount
            by_name[entry.name] += sign * entry.amount
            assert entry.amount > 0
            assert entry.balance == balance >= 0
            assert by_name[entry.name] >= 0
    if len(users) == 12:
        assert balance == 0, "nothing outlives the term"


@pytest.mark.parametrize(
    ("day_count", "worth"), [("real_days", "6.45"), ("seconds", "6.46"), ("30_day_months", "3.33")]
)
def test_the_share_of_a_grant_is_measured_as_the_terms_say(day_count, worth):
    """30 and 31 March: 2 of 31 days; 48 of 743 hours, for the clock goes forward; one of 30 days, without a 31st."""
    document = credited({**EACH_MONTH, "amount": "100.00", "in_part_periods": "reduced"})
    document["term"]["start"] = "2026-03-30"
    document["day_count"] = day_count
    (rating,) = rate(document, 0, ends=["2026-03-30", "2026-04-01"])
    assert moves(rating)[0] == ("Free tier", "grant", "2026-03-30", worth, worth)


def test_a_few_cents_are_burned_too():
    cents = {**POOL, "amount": "0.53"}
    rated = rate(credited(cents, price="0.25"), 1, 1, 1)
    assert [str(rating.net_amount) for rating in rated] == ["0.00", "0.00", "0.22"]
    assert [moves(rating)[-1][3:] for rating in rated] == [("0.25", "0.28"), ("0.25", "0.03"), ("0.03", "0.00")]


def test_no_credit_is_burned_for_days_that_are_a_trial():
    january, february = rate(credited(POOL, trial_until="2026-02-01"), 4, 4)
    assert lines(january)[1:] == [("seats/trial", "-1", "-40.00")]
    assert lines(february)[1:] == [("seats/credits/pool", "-1", "-40.00")]
    assert [moves(rating)[-1][3:] for rating in (january, february)] == [("100.00", "100.00"), ("40.00", "60.00")]
