"""Template tags and filters of the portal, the desk and the sign-in pages: numbers, times, states, charts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ground import clock
from ground.presentation import charts, format

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"

register = template.Library()


@register.filter
def number(value: int | Decimal | None) -> str:
    """Write a count; an unknown one is empty, never zero."""
    return "" if value is None else format.number(value)


@register.filter
def quantity(value: Decimal | str) -> str:
    """Write a decimal number as snapshots hold it, without trailing zeros."""
    return format.number(Decimal(value))


@register.filter
def minus(value: int) -> str:
    """Write what a step takes away."""
    return format.number(-value)


@register.filter
def is_zero(value: Decimal | str) -> bool:
    """Tell an amount that changes nothing."""
    return Decimal(value) == 0


@register.filter
def minute(value: str) -> str:
    """Write a minute of a civil day, "2026-09-02T08:14" in the evidence, as "2 Sep 2026, 08:14"."""
    return f"{format.day(date.fromisoformat(value[:10]))}, {value[11:16]}" if value else ""


@register.filter
def change(value: int | Decimal | None) -> str:
    """Write a difference of counts with its sign."""
    return "" if value is None else format.number(value, signed=True)


@register.filter
def money(value: Decimal | str | None, currency: str) -> SafeString | str:
    """Write an amount with its currency behind it."""
    return "" if value is None else _with_currency(format.amount(Decimal(value), currency), currency)


@register.filter
def money_change(value: Decimal | str, currency: str) -> SafeString:
    """Write a difference of amounts with its sign and its currency."""
    return _with_currency(format.amount(Decimal(value), currency, signed=True), currency)


@register.filter
def amount(value: Decimal | str, currency: str) -> str:
    """Write an amount without its currency, for columns that name it in their heading."""
    return format.amount(Decimal(value), currency)


@register.filter
def signed_amount(value: Decimal | str, currency: str) -> str:
    """Write a difference of amounts with its sign, without its currency."""
    return format.amount(Decimal(value), currency, signed=True)


@register.filter
def unit_price(value: Decimal | str, currency: str) -> SafeString:
    """Write a price per unit with its currency."""
    return _with_currency(format.unit_price(Decimal(value), currency), currency)


@register.filter
def price(value: Decimal | str, currency: str) -> str:
    """Write a price per unit where the currency stands above it."""
    return format.unit_price(Decimal(value), currency)


@register.filter
def day(value: date | str) -> str:
    """Write a civil day; a text is read as ISO 8601, as snapshots hold it."""
    return format.day(_as_date(value))


@register.filter
def short_day(value: date) -> str:
    """Write a civil day without its year."""
    return format.short_day(value)


@register.filter
def period(value: Any, zone: str = "") -> str:
    """Write half-open days with their zone: of a period, a range, or a snapshot's `start` and `end`."""
    return format.period(value, zone)


@register.filter
def period_name(value: Any) -> str:
    """Write the short name of a period."""
    return format.period_name(value)


@register.filter
def instant(value: datetime, zone: str = "UTC") -> str:
    """Write an instant in a zone."""
    return format.instant(value, zone)


@register.simple_tag
def ago(value: datetime, zone: str = "UTC") -> SafeString:
    """Write how long ago an instant was; the exact one shows on hover and is read aloud."""
    exact = format.instant(value, zone)
    return format_html(
        '<time datetime="{}" title="{}">{}<span class="rc-vh"> ({})</span></time>',
        value.isoformat(), exact, format.relative(value, clock.now(), zone), exact,
    )  # fmt: skip


@register.filter
def duration(seconds: float) -> str:
    """Write a length of time roughly."""
    return format.duration(seconds)


@register.filter
def size(value: int) -> str:
    """Write a size in bytes."""
    return format.size(value)


@register.filter
def short_digest(value: str) -> str:
    """Write a digest by its two ends."""
    return format.short_digest(value)


@register.filter
def share_of(part: int, whole: int) -> str:
    """Write a part as a percentage of the whole."""
    return format.percent(part, whole)


@register.filter
def bar_width(part: int, whole: int) -> str:
    """Return the width of a bar in a table."""
    return charts.share(part, whole)


@register.filter
def count_of(value: int, nouns: str) -> str:
    """Write a number with its noun: `{{ n|count_of:"row,rows" }}`."""
    singular, _, plural = nouns.partition(",")
    return format.count_of(value, singular, plural)


@register.filter
def is_sentence(value: object) -> bool:
    """Tell a message written for a person from the name of an error class."""
    return isinstance(value, str) and " " in value


@register.filter
def words(text: str) -> list[str]:
    """Split a text at its blanks, to go through a few fixed words."""
    return text.split()


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """Look a key up that is known at run time only."""
    return mapping.get(key)


@register.inclusion_tag("parts/icon.html")
def icon(name: str) -> dict[str, str]:
    """Draw an icon of the sprite; it says nothing to a screen reader, so a word stands beside it."""
    return {"name": name}


@register.inclusion_tag("parts/state.html")
def state(mark: str, words: str, tone: str = "") -> dict[str, str]:
    """Say where a thing stands: a mark and a word. `tone` is ok, wait, stop, info or empty (done and quiet)."""
    return {"mark": mark, "words": words, "tone": tone}


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """Return the colors that the person chose: system, light or dark."""
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request else ""
    return chosen if chosen in THEMES else "system"


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """Return the query of this page with some keys changed; an empty value drops the key. Page numbers start again."""
    query = context["request"].GET.copy()
    if "page" not in changes:
        query.pop("page", None)
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    return f"?{query.urlencode()}"


def _with_currency(text: str, currency: str) -> SafeString:
    return format_html('<span class="rc-nowrap">{}<span class="rc-cur">{}</span></span>', text, currency)


def _as_date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
