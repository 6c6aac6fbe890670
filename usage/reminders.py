"""What a reminder says: one mail to one person about the missing days of one period, in the customer's language.

Owns: the words and the writing of days in them. Does not own: who is reminded and when (`operations`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from rollcall.period import Period
from usage.queries import spans_of_days

LANGUAGES = ("en", "de", "fr")
DAY = {"en": "d MMM y", "de": "d. MMM y", "fr": "d MMM y"}
SPAN = {"en": "{first} to {last}", "de": "{first} bis {last}", "fr": "du {first} au {last}"}
SUBJECTS = {
    "before": {
        "en": "Usage report of {contract} is due on {due}",
        "de": "Nutzungsbericht zu {contract} ist am {due} fällig",
        "fr": "Rapport d’usage {contract} attendu le {due}",
    },
    "after": {
        "en": "Usage report of {contract} was due on {due}",
        "de": "Nutzungsbericht zu {contract} war am {due} fällig",
        "fr": "Rapport d’usage {contract} attendu depuis le {due}",
    },
}
BODIES = {
    "en": """Dear {name},

for {product}, {period}, these days have not been reported yet:

{missing}

A missing day is never counted as zero. Please send the file, or say that nobody was active:
{address}

{vendor}
""",
    "de": """Guten Tag {name},

für {product}, {period}, fehlen noch die Berichte dieser Tage:

{missing}

Ein fehlender Tag zählt nie als null. Bitte senden Sie die Datei, oder erklären Sie, dass niemand aktiv war:
{address}

{vendor}
""",
    "fr": """Bonjour {name},

pour {product}, {period}, ces jours n’ont pas encore été déclarés :

{missing}

Un jour manquant ne compte jamais pour zéro. Envoyez le fichier, ou déclarez que personne n’a été actif :
{address}

{vendor}
""",
}
TO_THE_MANAGER = """The usage report of {customer} for {contract}, {period}, was due on {due}. These days are missing:

{missing}

The customer's administrators were reminded ({reminded}). The days at the desk: {address}
"""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is missing of which period, by the name of the instance, and when it is or was due."""

    contract: str
    customer: str
    product: str
    vendor: str
    period: Period
    due: date
    is_overdue: bool
    missing: Mapping[str, Sequence[date]]


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A subject and a body."""

    subject: str
    body: str


def language_of(language: str) -> str:
    """Return the language of the mail: that of the customer where there are words for it, else English."""
    short = language[:2].lower()
    return short if short in LANGUAGES else "en"


def mail_to_customer(facts: Facts, *, name: str, language: str, address: str) -> Mail:
    """Write to an administrator of the customer."""
    chosen = language_of(language)
    subject = SUBJECTS["after" if facts.is_overdue else "before"][chosen]
    body = BODIES[chosen].format(
        name=name,
        product=facts.product,
        period=_span(facts.period, chosen),
        missing=_missing(facts, chosen),
        address=address,
        vendor=facts.vendor,
    )
    return Mail(subject=subject.format(contract=facts.contract, due=_day(facts.due, chosen)), body=body)


def mail_to_manager(facts: Facts, *, reminded: Sequence[str], address: str) -> Mail:
    """Write to the account manager, in English like the desk."""
    subject = f"{facts.customer}: usage report of {facts.contract} was due on {_day(facts.due, 'en')}"
    body = TO_THE_MANAGER.format(
        customer=facts.customer,
        contract=facts.contract,
        period=_span(facts.period, "en"),
        due=_day(facts.due, "en"),
        missing=_missing(facts, "en"),
        reminded=", ".join(reminded) or "nobody: the customer has no administrator",
        address=address,
    )
    return Mail(subject=subject, body=body)


def _missing(facts: Facts, language: str) -> str:
    return "\n".join(
        f"- {name}: {', '.join(_span(span, language) for span in spans_of_days(days))}"
        for name, days in facts.missing.items()
    )


def _span(span: Period, language: str) -> str:
    if span.days == 1:
        return _day(span.start, language)
    return SPAN[language].format(first=_day(span.start, language), last=_day(span.last_day, language))


def _day(day: date, language: str) -> str:
    return str(format_date(day, format=DAY[language], locale=language))
