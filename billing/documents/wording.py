"""The words of one document: one snapshot, one language, one style of numbers."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from billing.documents.format import NO_BREAK, Style, language_of
from billing.documents.labels import labels
from billing.documents.phrases import paragraph
from billing.documents.printable import plain, printable_characters
from billing.documents.snapshot import Invoice, Line, Span
from rollcall.rating import ESTIMATED, users_in
from rollcall.terms.metrics import ACTIVE_USERS

SHORT_DIGEST = 12
NAMED_BY_WORDS = {
    "floor",
    "cap",
    "included",
    "true_up",
    "estimated",
    "discount",
    "credit",
    "per_user_cap",
    "commitment",
    "overage",
    "shortfall",
    "trial",
    "greater_of",
    "rounding",
    "adjustment",
}  # "Shortfall to the floor of 400 users: 400 − 320 = ..."
NAMED_BY_NOUN = {"usage", "estimated"}  # their labels speak of active users
SEVERAL = "_one"  # a label with this ending is the form for exactly one


@dataclass(frozen=True)
class Wording:
    """What every part of the page asks for: labels filled with numbers that are already written."""

    invoice: Invoice
    style: Style

    def say(self, key: str, *, of: int | None = None, **gaps: str) -> str:
        """Fill the gaps of a label; with `of=1` its form for one, where it has one."""
        table = labels(self.style.language, self.invoice.kind)
        if of == 1 and key + SEVERAL in table:
            key += SEVERAL
        return self.style.spaced(table[key].format(**gaps))

    def has(self, key: str) -> bool:
        return key in labels(self.style.language, self.invoice.kind)

    def text(self, text: str) -> str:
        """Give words of the snapshot as a sentence of their own."""
        words = self.style.spaced(plain(text))
        return words[:1].upper() + words[1:]

    def engine(self, text: str) -> str:
        """Give a sentence of the engine in the language of the document, where it has one in it."""
        return self.text(paragraph(plain(text), self.style) or text)

    def paragraph(self, text: str) -> tuple[str, str]:
        """Give sentences of the engine in the language of the document, or as they stand; and the language it is."""
        said = paragraph(plain(text), self.style)
        return self.text(said or text), self.style.language if said else "en"

    def period(self, span: Span, *, short: bool = False) -> str:
        return self.style.period(span.start, span.end, short=short)

    def named_period(self, span: Span) -> str:
        """Call a whole calendar month by its name, anything else by its days."""
        return self.style.month(span.start) if self.style.is_month(span.start, span.end) else self.period(span)

    def when(self) -> str:
        span = self.invoice.period
        if self.style.is_month(span.start, span.end):
            return self.say("in_month", month=self.style.month(span.start))
        key = "on_day" if span.end - span.start == timedelta(days=1) else "in_days"
        return self.say(key, period=self.period(span))

    def product(self) -> str:
        return plain(self.invoice.raw["contract"]["product_name"])

    def estimated_users(self) -> int:
        """Count the users that the charge of the counts was billed by an estimate, for days without a report."""
        return users_in(self.invoice.raw, ESTIMATED, charge=self.invoice.lines[0].charge)

    def bills_active_users(self, line: Line) -> bool:
        """Whether a line is of active users; a snapshot that does not say so bills nothing else."""
        charges = self.invoice.raw.get("charges") or {}
        return bool(charges.get(line.charge, {}).get("metric", ACTIVE_USERS) == ACTIVE_USERS)

    def title_of(self, line: Line) -> str:
        """Name a line by its kind; a kind without a label is named by its own words."""
        own, is_known = self.own_words(line)
        head, colon, _ = parted(own)
        if colon and line.kind in NAMED_BY_WORDS and is_known:
            return self.text(head)
        if not self.has(f"line_{line.kind}") or (line.kind in NAMED_BY_NOUN and not self.bills_active_users(line)):
            return self.words_of(line) if is_known else self.text(line.words)
        span = line.period or self.invoice.period
        return self.say(f"line_{line.kind}", product=self.product(), period=self.named_period(span))

    def note_of(self, line: Line) -> str:
        """Give the words of a line that its name does not say already."""
        own, _ = self.own_words(line)
        title, words = self.title_of(line), self.words_of(line)
        if title.casefold().startswith(words.casefold()):
            return ""
        if line.kind in NAMED_BY_WORDS:
            return self.text(parted(own)[2]) or words
        return words

    def words_of(self, line: Line) -> str:
        """Give the words of a line in the language of the document, led by the name of its charge where it has one."""
        own, _ = self.own_words(line)
        return self.text(f"{line.charge}: {own}" if own_words(line) != line.words else own)

    def own_words(self, line: Line) -> tuple[str, bool]:
        """Give the words of a line without its charge, and whether they are in the language of the document."""
        own = own_words(line)
        said = paragraph(own, self.style)
        return said or own, bool(said) or self.style.language == "en"

    def tax_code(self, category: str, rate: Decimal) -> str:
        """Write the rate, or the category where the rate alone would not say why nothing is due."""
        return self.style.rate(rate) if category == "S" else {"AE": "RC"}.get(category, category)


def parted(words: str) -> tuple[str, str, str]:
    """Part words at their first colon, before which French has a blank."""
    head, colon, rest = words.partition(": ")
    return head.rstrip(f" {NO_BREAK}"), colon, rest


def own_words(line: Line) -> str:
    """Give the words of a line without the name of its charge, which leads them where a contract has several."""
    return line.words.removeprefix(f"{line.charge}: ")


def wording_of(invoice: Invoice) -> Wording:
    language = language_of(str(invoice.raw["language"]))
    return Wording(invoice, Style(language=language, currency=invoice.currency, places=invoice.places))


def hexadecimal(digest: str) -> str:
    """Give the digits of a digest without the name of its algorithm."""
    return digest.removeprefix("sha256:")


def given_name(name: str) -> str:
    """Print a file or instance name as far as the fonts can; its digest says which one it is."""
    return "".join(char if char in printable_characters() else "?" for char in plain(name)) or "?"


def grouped(text: str) -> str:
    """Write an account number in groups of four."""
    bare = text.replace(" ", "")
    return NO_BREAK.join(bare[start : start + 4] for start in range(0, len(bare), 4))
