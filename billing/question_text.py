"""What the customer is asked about a difference: a mail with the lines concerned, for a person to read before it goes.

Owns: the first words of the mail, in the customer's language. Does not own: sending it, and what the person changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.documents.format import NO_BREAK, Style
from billing.gaps import gaps_of
from billing.models import BillingPeriod, Difference
from billing.question_words import words_for_customer
from billing.terms_in_force import terms_in_force
from usage.queries import spans_of_days
from usage.reminders import language_of

SUBJECTS = {
    "en": "{product}: a question about {period}",
    "de": "{product}: eine Frage zu {period}",
    "fr": "{product} : une question sur {period}",
}
BODIES = {
    "en": """Good day,

we are reconciling {product}, {period} ({contract}), and cannot explain this:

{words}
{lines}
Please tell us what happened, or send a corrected file: {address}

{vendor}
""",
    "de": """Guten Tag,

beim Abgleich von {product}, {period} ({contract}), können wir Folgendes nicht erklären:

{words}
{lines}
Bitte sagen Sie uns, was geschehen ist, oder senden Sie eine berichtigte Datei: {address}

{vendor}
""",
    "fr": """Bonjour,

en rapprochant {product}, {period} ({contract}), nous ne pouvons pas expliquer ceci :

{words}
{lines}
Dites-nous ce qui s’est passé, ou envoyez un fichier corrigé : {address}

{vendor}
""",
}


LINE_WORDS = {"en": ("line", "whole row"), "de": ("Zeile", "ganze Zeile"), "fr": ("ligne", "ligne entière")}


@dataclass(frozen=True, kw_only=True)
class Question:
    """A mail that is not sent yet."""

    subject: str
    body: str


def _plain(text: str) -> str:
    """Mails have no blanks that hold words together."""
    return text.replace(NO_BREAK, " ")


def question_about(difference: Difference) -> Question:
    """Return the mail that asks the customer about a difference."""
    contract = difference.contract
    entity = contract.customer.legal_entity
    language = language_of(contract.customer.language)
    style = Style(language=language, currency="", places=0)
    facts = {
        "product": contract.product_name,
        "contract": contract.number,
        "period": _plain(style.period(difference.span.start, difference.span.end)),
        "words": words_for_customer(difference, style),
        "lines": lines_in_words(_with_days(difference), style),
        "address": f"{entity.portal_url.rstrip('/')}/usage/",
        "vendor": entity.name,
    }
    return Question(subject=SUBJECTS[language].format(**facts), body=BODIES[language].format(**facts))


def _with_days(difference: Difference) -> Mapping[str, Any]:
    """The facts of a difference, with the days that are missing now where they are what holds the period."""
    facts: Mapping[str, Any] = difference.facts
    row = difference.billing_period
    if facts.get("held_code") != BillingPeriod.HeldCode.DAYS_MISSING or row is None:
        return facts
    force = terms_in_force(contract=row.contract, period=row.span)
    return {**facts, "missing": gaps_of(contract=row.contract, force=force, period=row.span).missing}


def lines_in_words(facts: Mapping[str, Any], style: Style) -> str:
    """Return the lines or days that a difference names, one below the other, with an empty line around them.

    What is wrong with a line is known in English alone, so in another language its place is named.
    """
    line_word, whole = LINE_WORDS[style.language]
    lines: Sequence[dict[str, Any]] = facts.get("lines", [])
    listed = [
        f"- {facts['file']}, {line_word} {one['line']}, {one['column'] or whole}"
        + (f": {one['message']}" if style.language == "en" else "")
        for one in lines
    ]
    silent: dict[str, Sequence[date]] = dict(facts.get("missing", {}))
    if facts.get("days"):
        silent[facts["instance"]] = [date.fromisoformat(day) for day in facts["days"]]
    days = [
        f"- {name}: {', '.join(_plain(style.period(span.start, span.end)) for span in spans_of_days(missing))}"
        for name, missing in silent.items()
    ]
    found = [*listed, *days]
    return "\n{}\n".format("\n".join(found)) if found else ""
