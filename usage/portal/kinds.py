"""The kinds of upload in words: what each is, and what can be billed from it."""

from dataclasses import dataclass

from rollcall.formats.registry import PROFILES


@dataclass(frozen=True, kw_only=True)
class KindWords:
    """A kind's name on screen, and the sentence that says what can be billed from it."""

    name: str
    sentence: str


KINDS = {
    "events": KindWords(
        name="Events",
        sentence="One row for each thing that somebody did: active users of any definition can be counted and billed.",
    ),
    "per_user_and_day": KindWords(
        name="Per user and day",
        sentence="The exporter has fixed days, zone and actions: active users can be counted where the contract asks "
        "for no others.",
    ),
    "counts": KindWords(
        name="Counts",
        sentence="Numbers without people: no active users can be derived. They are billed only where the contract "
        "bills reported counts.",
    ),
    "snapshot": KindWords(
        name="A list of accounts",
        sentence="Who has an account on one day: no active users can be derived. It becomes the dated number of "
        "provisioned users.",
    ),
}


def kind_words(kind: str) -> KindWords | None:
    """Return the words of a kind; None while it is not known."""
    return KINDS.get(kind)


def format_words(name: str) -> str:
    """Return the title of a known export, "" for a file whose columns are mapped."""
    return PROFILES[name].title if name in PROFILES else ""
