"""The engine's sentences in German and French: whole or not at all, with the digits of the English."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from billing.documents import phrases as module
from billing.documents.format import NO_BREAK, Style
from billing.documents.labels import labels
from billing.documents.layout import Layout
from billing.documents.phrases import paragraph, phrases, translated
from rollcall.terms.activity import ActivityDefinition
from tests.documents.samples_on_disk import snapshot

GERMAN, FRENCH = (Style(language=language, currency="EUR", places=2) for language in ("de", "fr"))
SAID = {
    "Active users": ("aktive Nutzer", "utilisateurs actifs"),
    "Active users 1 to 8,000, tier 1": (
        "aktive Nutzer 1 bis 8.000, Stufe 1",
        "utilisateurs actifs 1 à 8 000, palier 1",
    ),
    "Shortfall to the floor of 400 users: 400 − 320 = 80 users, at the price of an active user": (
        "Fehlmenge zum Minimum (400 Nutzer): 400 − 320 = 80 Nutzer, je zum Preis: aktiver Nutzer",
        "Complément jusqu’au minimum (400 utilisateurs) : 400 − 320 = 80 utilisateurs, au prix : utilisateur actif",
    ),
    "Above the cap of EUR 1,000.00 per month: 1,500.50 − 1,000.00": (
        "Über der Obergrenze von 1.000,00 EUR je Monat: 1.500,50 − 1.000,00",
        "Au-dessus du plafond de 1 000,00 EUR par mois : 1 500,50 − 1 000,00",
    ),
    "At least 100 users are billed each month; a user that is missing to it costs as much as an active one.": (
        "Je Monat werden mindestens 100 berechnet (Nutzer); wer dazu fehlt, kostet so viel wie ein aktiver.",
        "Au moins 100 sont facturés par mois (utilisateurs) ; celui qui manque coûte autant qu’un actif.",
    ),
    "1 to 30 Nov 2025 was billed at EUR 2,320.00 and is rated again at EUR 2,378.00: EUR 58.00 more.": (
        "1. bis 30. Nov. 2025: mit 2.320,00 EUR berechnet, neu bewertet mit 2.378,00 EUR: 58,00 EUR mehr.",
        "1er au 30 nov. 2025 : facturé 2 320,00 EUR, tarifé à nouveau 2 378,00 EUR : 58,00 EUR de plus.",
    ),
    "At least EUR 4,500.00 before tax is billed each month.": (
        "Mindestbetrag je Monat: 4.500,00 EUR vor Steuer.",
        "Minimum par mois : 4 500,00 EUR hors taxe.",
    ),
    "Given back, 10 of 206: seats: Active users 501 to 706, tier 2": (
        "Erstattet, 10 von 206: seats: aktive Nutzer 501 bis 706, Stufe 2",
        "Remboursé, 10 sur 206 : seats : utilisateurs actifs 501 à 706, palier 2",
    ),
    "Given back, EUR 250.00 of EUR 750.00: support: Fixed amount": (
        "Erstattet, 250,00 EUR von 750,00 EUR: support: Fester Betrag",
        "Remboursé, 250,00 EUR sur 750,00 EUR : support : Montant fixe",
    ),
    "Given back: Fixed amount": ("Erstattet: Fester Betrag", "Remboursé : Montant fixe"),
    "Welcome: 6,000.00 of 6,000.00 burned, 0.00 left": (
        "Welcome: 6.000,00 von 6.000,00 verbraucht, 0,00 übrig",
        "Welcome : 6 000,00 sur 6 000,00 consommés, reste 0,00",
    ),
    "Credit welcome: EUR 6,000.00 on 1 Nov 2025; it ends with the term; it pays before tax and has no cash value.": (
        "Guthaben welcome: 6.000,00 EUR am 1. Nov. 2025; es endet mit der Vertragslaufzeit, zahlt vor Steuer und wird "
        "nicht ausgezahlt.",
        "Crédit welcome : 6 000,00 EUR le 1er nov. 2025 ; il prend fin avec le contrat, règle hors taxe et ne se "
        "rembourse pas.",
    ),
    "Credit free credits: 180.00 of 180.00 burned, 0.00 left": (
        "Guthaben free credits: 180,00 von 180,00 verbraucht, 0,00 übrig",
        "Crédit free credits : 180,00 sur 180,00 consommés, reste 0,00",
    ),
}


def digits_of(english):
    return [Decimal(number.replace(",", "")) for number in re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?", english)]


@pytest.mark.parametrize("english", SAID)
def test_a_sentence_of_the_engine_is_said_in_both_languages(english):
    said = [translated(english, style).replace(NO_BREAK, " ") for style in (GERMAN, FRENCH)]
    assert tuple(said) == SAID[english]


def test_a_true_up_is_said_whole_and_the_reason_stays_as_a_person_wrote_it():
    words = (
        "True-up of 1 to 30 Sep 2026 (Europe/Paris), invoice R-0055: 270 active users then, 287 now (17 new, 0 gone). "
        "1 to 30 Sep 2026 was billed at EUR 4,995.00 and is rated again at EUR 5,309.50: EUR 314.50 more. "
        "Reason: The ward was offline. It synchronized late."
    )
    assert paragraph(words, GERMAN).replace(NO_BREAK, " ") == (
        "Nachberechnung für 1. bis 30. Sept. 2026 (Europe/Paris), Rechnung R-0055: damals 270 aktive Nutzer, jetzt 287 "
        "(17 neu, 0 entfallen). 1. bis 30. Sept. 2026: mit 4.995,00 EUR berechnet, "
        "neu bewertet mit 5.309,50 EUR: 314,50 EUR mehr. Grund: The ward was offline. It synchronized late."
    )
    assert "Motif : The ward was offline. It synchronized late." in paragraph(words, FRENCH)


def test_an_adjustment_is_led_in_the_language_and_its_reason_stays_as_a_person_wrote_it():
    words = "Adjustment: The outage of 14 October. It was promised on 2 November."
    own = "The outage of 14 October. It was promised on 2 November."
    assert paragraph(words, GERMAN) == f"Anpassung: {own}"
    assert paragraph(words, FRENCH) == f"Ajustement : {own}"
    assert paragraph(f"Given back: {words}", GERMAN) == f"Erstattet: Anpassung: {own}"


@pytest.mark.parametrize("english", SAID)
def test_no_digit_changes(english):
    german = translated(english, GERMAN).replace(NO_BREAK, " ")
    numbers = re.findall(r"\d[\d.]*(?:,\d+)?", german)
    found = [Decimal(number.rstrip(".").replace(".", "").replace(",", ".")) for number in numbers]
    assert sorted(found) == sorted(digits_of(english))


DEFINITIONS = [
    (
        {},
        "did anything in the billed period",
        "im berechneten Zeitraum irgendetwas getan hat",
        "a fait quoi que ce soit",
    ),
    (
        {"actions": ("login",)},
        "did login in",
        "im berechneten Zeitraum login ausgeführt hat",
        "a fait login pendant la",
    ),
    (
        {"actions": ("login", "report.open", "file.*"), "min_events": 3, "min_days": 2, "window_days": 28},
        "at least 3 times on at least 2 days within 28 days",
        "mindestens 3-mal an mindestens 2 Tagen innerhalb von 28 Tagen login, report.open oder file.* ausgeführt hat",
        "a fait login, report.open ou file.* au moins 3 fois au moins 2 jours en 28 jours",
    ),
    (
        {"window_days": 28, "evaluate": "daily", "look_back_before_start": True, "per_instance": True},
        "read at the end of every day",
        "am Ende jedes Tages",
        "à la fin de chaque jour",
    ),
    (
        {"excluded_users": ("svc-*", "*[[]bot]")},
        "Never counted: svc-*, *[[]bot].",
        "Nie gezählt: svc-*",
        "Jamais comptés",
    ),
]


@pytest.mark.parametrize(("said", "english", "german", "french"), DEFINITIONS)
def test_a_definition_is_said_whole_in_both_languages(said, english, german, french):
    definition = ActivityDefinition(**({"actions": ("*",), "timezone": "Europe/Berlin"} | said))
    for words in (definition.words(), definition.words_of_a_day()):
        assert paragraph(words, GERMAN)
        assert paragraph(words, FRENCH)
    assert english in definition.words()
    assert german in paragraph(definition.words(), GERMAN)
    assert french in paragraph(definition.words(), FRENCH)


def test_a_paragraph_with_one_strange_sentence_stays_as_it_is():
    known = ActivityDefinition(actions=("*",)).words()
    assert paragraph(known, GERMAN)
    assert paragraph(f"{known} The customer's own rule.", GERMAN) == ""


@pytest.mark.parametrize(
    "text", ["", "212 Nutzer zu je 9,50 EUR", "Active users: 60 counted in another way", "Each gizmo"]
)
def test_what_no_phrase_fits_stays_as_it_is(text):
    assert translated(text, GERMAN) == ""


def test_english_needs_no_translation():
    assert translated("Active users", Style(language="en", currency="EUR", places=2)) == ""


def test_every_phrase_has_the_same_gaps_in_every_language():
    table = json.loads((Path(module.__file__).parent / "phrases.json").read_text("utf-8"))
    gap = re.compile(r"\{(\w+?)\d*\}")
    for english, *others in table["phrases"]:
        for words in others:
            assert set(gap.findall(words)) == set(gap.findall(english)), words
    assert len(phrases()[0]) == len(table["phrases"])


def test_lines_and_steps_of_a_german_document_are_german():
    html = Layout().html(snapshot("floor", language="de")).replace(NO_BREAK, " ")
    assert "Fehlmenge zum Minimum (400 Nutzer)" in html
    assert "Shortfall to the floor" not in html
    assert labels("de")["working"] in html
