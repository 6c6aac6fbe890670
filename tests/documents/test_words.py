"""What the document says, sentence by sentence, for the cases an accountant asks about."""

import pytest

from billing.documents.first_page import address_of, first_page, lead, pay_words
from billing.documents.snapshot import read_snapshot
from billing.documents.wording import wording_of
from billing.documents.working import billed_words, working
from tests.documents.samples_on_disk import snapshot


def words_of(name="floor", **changes):
    return wording_of(read_snapshot(snapshot(name, **changes)))


def plainly(text: str) -> str:
    return text.replace("\u00a0", " ")


def counts(active, billable=None, billed=None, provisioned=1000):
    there = {"users": provisioned, "date": "2026-09-30", "source": "user_list"} if provisioned else None
    billable = active if billable is None else billable
    return {
        "active": active,
        "billable": billable,
        "billed": billable if billed is None else billed,
        "provisioned": there,
    }


ONE_LINE = [snapshot("floor")["lines"][0]]
LEADS = [
    ("the floor", {}, "In September 2026, 320 of your 1,000 provisioned users were active on Veldrane Atlas. "
     "Your contract bills at least 400, so 80 are added as shortfall."),
    ("one active, one missing", {"counts": counts(1, billed=2), "lines": ONE_LINE},
     "In September 2026, 1 of your 1,000 provisioned users was active on Veldrane Atlas. "
     "Your contract bills at least 2, so 1 is added as shortfall."),
    ("no provisioned count", {"counts": counts(320, provisioned=None), "lines": ONE_LINE},
     "In September 2026, 320 users were active on Veldrane Atlas."),
    ("more active than provisioned", {"counts": counts(320, provisioned=300), "lines": ONE_LINE},
     "In September 2026, 320 users were active on Veldrane Atlas."),
    ("excluded people", {"counts": counts(320, billable=317), "lines": ONE_LINE},
     "In September 2026, 320 of your 1,000 provisioned users were active on Veldrane Atlas. "
     "Your contract excludes 3 of them."),
    ("included users", {"counts": counts(320, billed=300), "lines": ONE_LINE},
     "In September 2026, 320 of your 1,000 provisioned users were active on Veldrane Atlas. "
     "Your contract bills 300 of them."),
    ("a floor in money", {"counts": counts(320)},
     "In September 2026, 320 of your 1,000 provisioned users were active on Veldrane Atlas. "
     "Your contract has a minimum amount, so EUR 2,320.00 is added to reach it."),
    ("nobody", {"counts": counts(0), "lines": ONE_LINE},
     "In September 2026, 0 of your 1,000 provisioned users were active on Veldrane Atlas."),
    ("not a whole month", {"counts": counts(320, provisioned=None), "lines": ONE_LINE,
                           "period": {"start": "2026-08-15", "end": "2026-09-15"}},
     "From 15 August to 14 September 2026, 320 users were active on Veldrane Atlas."),
    ("a day without report", {"counts": counts(320), "lines": ONE_LINE,
                              "missing_days": [{"instance": "a", "days": ["2026-09-03"]}, {"instance": "b", "days": ["2026-09-03"]}]},
     "In September 2026, 320 of your 1,000 provisioned users were active on Veldrane Atlas. "
     "For 1 day a report is missing; the bill is of what is known (page 2)."),
    ("German", {"language": "de"}, "Im September 2026 waren 320 Ihrer 1.000 angelegten Nutzer auf Veldrane Atlas aktiv. "
     "Ihr Vertrag berechnet mindestens 400, daher kommen 80 als Fehlmenge hinzu."),
    ("French", {"language": "fr"}, "En septembre 2026, 320 de vos 1 000 utilisateurs créés ont été actifs sur Veldrane Atlas. "
     "Votre contrat en facture au moins 400 : 80 s’ajoutent comme complément."),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "changes", "said"), LEADS, ids=[case for case, _, _ in LEADS])
def test_one_sentence_tells_the_people(_case, changes, said):
    assert plainly(lead(words_of(**changes))) == said


def test_a_true_up_is_told_with_its_month_and_amount():
    assert plainly(lead(words_of("true-up"))).endswith(
        "Line 2 settles September 2026 after reports that arrived later: EUR 174.00."
    )


@pytest.mark.parametrize(
    ("_case", "changes", "said"),
    [
        ("thirty days", {}, "Payable without deduction within 30 days, by 31 October 2026."),
        ("at once", {"payment": {"days": 0}}, "Payable at once without deduction."),
        ("nothing", {"totals": {"gross": "0.00"}}, "Nothing to pay."),
        ("in favor", {"totals": {"gross": "-10.00"}}, "Nothing to pay: the amount is in your favor."),
    ],
)
def test_how_to_pay(_case, changes, said):
    assert plainly(pay_words(words_of(**changes))) == said


def test_no_account_is_printed_when_there_is_nothing_to_pay():
    assert first_page(words_of(totals={"gross": "0.00"}))["bank"] == []
    assert [name for name, _ in first_page(words_of())["bank"]] == ["Payee", "IBAN", "BIC", "Reference"]


def test_the_country_is_named_where_the_letter_crosses_a_border():
    abroad = words_of("tiers")
    assert address_of(abroad, "buyer")[-1] == "IRELAND"
    assert address_of(abroad, "seller")[-1] == "Germany"
    assert address_of(words_of("floor"), "buyer")[-1] == "20000 Hamburg"
    named = words_of("tiers", buyer={"address_lines": ["Dublin", "Ireland"]})
    assert address_of(named, "buyer") == ["Dublin", "Ireland"]


def test_a_line_is_named_by_its_kind_and_explained_by_its_words():
    page = first_page(words_of())
    named = [(plainly(line["title"]), plainly(line["note"])) for line in page["lines"]]
    assert named == [
        ("Active users of Veldrane Atlas", ""),
        ("Shortfall to the floor of 400 users", "400 − 320 = 80 users, at the price of an active user"),
    ]


def test_what_was_looked_at_without_an_amount_is_said():
    said = working(words_of("true-up"))["explained"]
    assert [(plainly(row["words"])[:33], plainly(row["arithmetic"])) for row in said] == [
        ("At least 400 users are billed eac", "Not needed: 428 users, the floor is 400 users"),
        ("No report from hamburg-1 for 24 a", ""),
    ]
    assert working(words_of("floor"))["explained"] == []


FUNNEL = [
    ("Provisioned", "1,000", "Accounts on 30 Sep 2026 (list of users). Existing costs nothing."),
    ("Reported", "324", "As your instances state: 4 more than counted; never billed."),
    ("Active", "320", "1,000 − 680 who do not meet the definition below."),
    ("Billable", "320", "320 − 0; people the contract excludes were left out before."),
    ("Billed", "400", "320 + 80 shortfall to the minimum of 400."),
]


def test_each_count_says_how_it_came_from_the_one_before():
    stages = working(words_of())["funnel"]
    assert [(stage["name"], stage["users"], plainly(stage["words"])) for stage in stages] == FUNNEL
    assert stages[-1]["bars"] == [("bill", "32.0"), ("fill", "8.0")]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "320 + 0; no minimum and no maximum of users applied."),
        ("de", "320 + 0; kein Minimum und kein Maximum an Nutzern griff."),
        ("fr", "320 + 0 ; ni minimum ni maximum d’utilisateurs appliqué."),
    ],
)
def test_limits_in_money_are_not_told_among_the_users(language, said):
    told = words_of(language=language, counts=counts(320))
    assert plainly(billed_words(told, 320, 320)) == said


def test_reverse_charge_is_explained_by_its_code():
    page = first_page(words_of("tiers"))
    assert {line["rate"] for line in page["lines"]} == {"RC"}
    assert page["tax_notes"] == [
        "RC: Reverse charge: the customer owes the VAT (Articles 44 and 196, Directive 2006/112/EC)."
    ]


def test_without_a_count_the_document_still_says_what_is_billed():
    nothing = {"active": None, "billable": None, "billed": None, "reported": None, "provisioned": None}
    page = first_page(words_of(counts=nothing))
    assert page["lead"] == ""
    assert len(page["answer"]) == 3
    assert working(words_of(counts=nothing))["funnel"] == []
    # The bundle holds terms and rating of an invoice that counts nobody, too; without a bundle there is no command.
    assert (
        working(words_of(counts=nothing))["verify"]["command"] == "rollcall verify INV-2026-000184.zip --key vendor.pub"
    )
    assert working(words_of(counts=nothing, signing={"fingerprint": ""}))["verify"]["command"] == ""


def test_several_charges_are_named_by_what_they_bill():
    page = first_page(words_of("several"))
    assert [
        (line["title"], plainly(line["quantity"]), line["price"], plainly(line["amount"])) for line in page["lines"]
    ] == [
        ("Active users of Veldrane Atlas", "320", "29.00", "9,280.00"),
        ("Discount non-profit", "−1", "928.00", "−928.00"),
        ("Messages: Interactions", "41,200", "0.004", "164.80"),
        ("Flat amount", "1 × 16/31", "500.00", "258.06"),
        ("Credit welcome", "−1", "150.00", "−150.00"),
    ]


def test_the_working_shows_which_part_of_a_month_is_billed():
    steps = working(words_of("several"))["steps"]
    assert [plainly(step["arithmetic"]) for step in steps] == [
        "320 × 29.00",
        "−1 × 928.00",
        "41,200 × 0.004",
        "1 × 16/31 × 500.00",
        "−1 × 150.00",
        "8,624.86 × 19%",
    ]
    assert plainly(steps[-1]["running"]) == "10,263.58"


def test_what_credits_paid_after_tax_lowers_what_is_due_and_nothing_else():
    totals = snapshot("several")["totals"]
    page = first_page(words_of("several", totals=totals | {"prepaid": "263.58", "payable": "10000.00"}))
    assert [(plainly(name), plainly(amount)) for name, amount in page["totals"]] == [
        ("Total without VAT", "8,624.86"),
        ("VAT 19% on 8,624.86", "1,638.72"),
        ("Total with VAT", "10,263.58"),
        ("Paid from the contract’s credit", "−263.58"),
    ]
    assert plainly(page["due"]) == "EUR 10,000.00"


def test_an_invoice_for_which_nothing_is_counted_names_no_evidence():
    nothing = dict.fromkeys(("provisioned", "reported", "active", "billable", "billed"))
    words = words_of(
        "several",
        counts=nothing,
        definition={"words": "Nothing is counted for this contract.", "digest": ""},
        count={"digest": "", "evidence_set_digest": "", "engine_version": "", "tzdata_version": ""},
        evidence=[],
    )
    assert first_page(words)["proof"].startswith("terms ")
    assert "evidence" not in first_page(words)["proof"]
    assert [name for name, _ in working(words)["digests"]] == ["terms SHA-256"]


VERSIONS = [
    {"number": 1, "start": "2026-09-01", "end": "2026-09-11", "sentences": ["A user costs EUR 29.00.", "No floor."]},
    {"number": 2, "start": "2026-09-11", "end": "2026-09-21", "sentences": ["A user costs EUR 25.00."]},
    {"number": 3, "start": "2026-09-21", "end": "2026-10-01", "sentences": ["A user costs EUR 25.00."]},
]


@pytest.mark.parametrize(
    ("language", "contract", "said"),
    [
        (
            "en",
            "versions 1, 2, and 3",
            [
                ("Version 1, 1 to 10 Sep 2026:", "A user costs EUR 29.00. No floor."),
                ("Version 2, 11 to 20 Sep 2026, says otherwise:", "A user costs EUR 25.00."),
                ("It leaves out:", "No floor."),
                ("Version 3, 21 to 30 Sep 2026, says the same.", ""),
            ],
        ),
        (
            "de",
            "Fassungen 1, 2 und 3",
            [
                ("Fassung 1, 1. bis 10. Sept. 2026:", "A user costs EUR 29.00. No floor."),
                ("Fassung 2, 11. bis 20. Sept. 2026, sagt anderes:", "A user costs EUR 25.00."),
                ("Es entfällt:", "No floor."),
                ("Fassung 3, 21. bis 30. Sept. 2026, sagt dasselbe.", ""),
            ],
        ),
        (
            "fr",
            "versions 1, 2 et 3",
            [
                ("Version 1, 1er au 10 sept. 2026 :", "A user costs EUR 29.00. No floor."),
                ("La version 2, 11 au 20 sept. 2026, dit autre chose :", "A user costs EUR 25.00."),
                ("Elle ne reprend pas :", "No floor."),
                ("La version 3, 21 au 30 sept. 2026, dit la même chose.", ""),
            ],
        ),
    ],
)
def test_each_version_is_told_with_its_days_and_what_it_changes(language, contract, said):
    words = words_of("floor", language=language, contract={"versions": VERSIONS})
    assert [(plainly(part["lead"]), plainly(part["text"])) for part in working(words)["agreed"]] == said
    assert plainly(dict(first_page(words)["facts"])[words.say("contract")]).endswith(contract)
