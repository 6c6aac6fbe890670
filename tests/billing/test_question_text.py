"""What the customer is asked about a difference stands in one language: that of the customer."""

from datetime import date

import pytest

from billing.documents.format import Style
from billing.models import BillingPeriod, Difference
from billing.operations.look_for_differences import look_for_differences
from billing.question_text import Question, question_about
from billing.question_words import SENTENCES, words_for_customer
from licenses.models import Customer, Instance
from rollcall.period import Period
from tests.billing.story import APRIL, Story, at, people
from usage.operations.record_reported_count import record_reported_count

Code = Difference.Code
STYLES = {language: Style(language=language, currency="", places=0) for language in ("en", "de", "fr")}
FACTS = {
    Code.REPORTED_AGAINST_COUNTED: {"steps": {"claimed": 1210, "active": 1200}},
    Code.INSTANCE_AGAINST_INSTANCE: {"shared": 40, "people": {"York-1": 100, "Leeds-1": 90}},
    Code.MONTH_AGAINST_TREND: {"usual": 200},
    Code.EVIDENCE_GRADE: {"files": [{"file": "june.csv"}]},
    Code.DAYS_MISSING: {"instance": "York-1", "days": ["2026-04-17"]},
    Code.QUARANTINED_SHARE: {"rows": 3, "file": "june.csv", "instance": "York-1", "lines": []},
    Code.MIXED_NAMESPACES: {"ids": {"plain": 20, "customer_key": 8}},
    Code.BILLED_AGAINST_COUNTED: {"billed": 100, "counted": 110},
}
SPIKES = (
    {"day": "2026-04-17", "people": 90, "middle": 20, "only": 3},
    {"events": 41000, "middle": 12, "user_ref": "aa"},
    {"instance": "York-1", "people": 90, "before": 40, "only": 3},
)
ALL = (
    *FACTS.items(),
    *((Code.SPIKE, facts) for facts in SPIKES),
    *((Code.HELD, {"held_code": code}) for code in BillingPeriod.HeldCode.values),
)


@pytest.mark.parametrize(("code", "facts"), ALL)
def test_every_kind_of_difference_is_said_in_every_language(code: str, facts: dict[str, object]) -> None:
    difference = Difference(code=code, facts=facts, users=-10, words="In English.")
    said = {words_for_customer(difference, style) for style in STYLES.values()}
    assert len(said) == 3
    assert "In English." in said
    assert not any("{" in words for words in said)


def test_both_languages_say_the_same_kinds() -> None:
    assert set(SENTENCES["de"]) == set(SENTENCES["fr"])


def asked(story: Story, language: str, code: str) -> Question:
    """The mail about the open difference of a kind, to a customer of this language."""
    Customer.objects.filter(pk=story.contract.customer_id).update(language=language)
    look_for_differences(actor=story.manager, contract=story.contract, now=at(5, 3))
    return question_about(Difference.objects.get(code=code, state="open"))


def three_days_missing(story: Story) -> None:
    Instance.objects.update(reports_from=APRIL.start)
    story.deliver(people(150), Period(APRIL.start, date(2026, 4, 17)), now=at(5, 1))
    story.deliver(people(150), Period(date(2026, 4, 20), APRIL.end), now=at(5, 1))
    story.close(APRIL, now=at(5, 3))


@pytest.mark.parametrize("code", [Code.HELD, Code.DAYS_MISSING])
def test_a_german_customer_is_asked_for_missing_days_in_german(plain_story: Story, code: str) -> None:
    three_days_missing(plain_story)

    question = asked(plain_story, "de", code)

    assert question.subject.endswith(": eine Frage zu 1. bis 30. April 2026")
    assert "Für diese Tage fehlt der Bericht:\n\n- Hamburg-9: 17. bis 19. April 2026\n" in question.body
    for english in ("Days", "Held", " to ", "silent"):
        assert english not in question.body


def test_a_french_customer_is_asked_about_a_claim_in_french(plain_story: Story) -> None:
    Instance.objects.update(reports_from=APRIL.start)
    plain_story.deliver(people(200), APRIL, now=at(5, 1))
    plain_story.close(APRIL, now=at(5, 2))
    record_reported_count(
        actor=plain_story.manager,
        contract=plain_story.contract,
        period=APRIL,
        users=210,
        source="their own tables",
        now=at(5, 1),
    )

    question = asked(plain_story, "fr", Code.REPORTED_AGAINST_COUNTED)

    assert question.subject.endswith(" : une question sur 1er au 30 avril 2026")
    assert "210 utilisateurs déclarés, 200 comptés : 10 ne s’expliquent pas." in question.body


def test_an_english_customer_reads_the_words_of_the_desk(plain_story: Story) -> None:
    three_days_missing(plain_story)

    question = asked(plain_story, "en", Code.HELD)

    assert question.subject.endswith(": a question about 1 to 30 April 2026")
    assert "Held: Days without a report, Hamburg-9: 17 to 19 Apr 2026 (3 days)." in question.body
    assert "- Hamburg-9: 17 to 19 April 2026" in question.body
