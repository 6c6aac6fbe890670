"""What the customer is asked about a difference: a mail with the lines concerned, for a person to read before it goes.

Owns: the first words of the mail, in the customer's language. Does not own: sending it, and what the person changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from billing.models import Difference
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


@dataclass(frozen=True, kw_only=True)
class Question:
    """A mail that is not sent yet."""

    subject: str
    body: str


def question_about(difference: Difference) -> Question:
    """Return the mail that asks the customer about a difference."""
    contract = difference.contract
    entity = contract.customer.legal_entity
    language = language_of(contract.customer.language)
    facts = {
        "product": contract.product_name,
        "contract": contract.number,
        "period": difference.span.words(),
        "words": difference.words,
        "lines": lines_in_words(difference.facts),
        "address": f"{entity.portal_url.rstrip('/')}/usage/",
        "vendor": entity.name,
    }
    return Question(subject=SUBJECTS[language].format(**facts), body=BODIES[language].format(**facts))


def lines_in_words(facts: dict[str, Any]) -> str:
    """Return the lines of a file that a difference names, one below the other, with an empty line around them."""
    lines: Sequence[dict[str, Any]] = facts.get("lines", [])
    listed = [
        f"- {facts['file']}, line {one['line']}, {one['column'] or 'whole row'}: {one['message']}" for one in lines
    ]
    days = [f"- {facts['instance']}: {', '.join(facts['days'])}"] if facts.get("days") else []
    found = [*listed, *days]
    return "\n{}\n".format("\n".join(found)) if found else ""
