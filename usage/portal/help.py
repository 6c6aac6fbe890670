"""What can be uploaded: every known export with its own help, told by the file that reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from ground.presentation import format
from licenses.portal.page import Crumb, PortalRequest, chosen_contract, page
from rollcall.formats import generic_csv, generic_json
from rollcall.formats.profile import ASKED, COUNTS, KINDS, SNAPSHOT, UTC, Profile
from rollcall.formats.registry import PROFILES, help_of, sample_of
from usage.limits import largest_upload
from usage.portal.kinds import KindWords, kind_words

ZONE_WORDS = {UTC: "UTC, though the times do not say so", ASKED: "as each time says it; where none does, you are asked"}
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, kw_only=True)
class FormatHelp:
    """One export as the page shows it. ``no_activity`` are the marks of rows that do not count, each with its rows."""

    name: str
    title: str
    text: SafeString
    recognized_by: SafeString
    zone: str = ""
    no_activity: tuple[tuple[str, SafeString], ...] = ()
    suggested: tuple[str, ...] = ()
    sample: str = ""


@dataclass(frozen=True, kw_only=True)
class KindHelp:
    """All exports of one kind, by title."""

    key: str
    kind: KindWords
    formats: tuple[FormatHelp, ...]


@require_safe
def formats(request: PortalRequest) -> HttpResponse:
    """List the known exports by their kind."""
    contract, _ = chosen_contract(request)
    crumbs = [
        Crumb(words="Usage", address=reverse("usage:reports")),
        Crumb(words="Upload", address=reverse("usage:upload")),
        Crumb(words="What can be uploaded"),
    ]
    context = {
        "kinds": list(_kinds()),
        "known": len(PROFILES),
        "others": (
            _other("csv", "Any other CSV or spreadsheet", generic_csv.__doc__ or "", "its columns, which you confirm"),
            _other("json", "Any other JSON", generic_json.__doc__ or "", "its fields, which you confirm"),
        ),
        "largest": format.size(largest_upload()),
        "crumbs": crumbs,
    }
    return page(request, "portal/usage/formats.html", section="usage", contract=contract, context=context)


def _kinds() -> Iterator[KindHelp]:
    for key in KINDS:
        words = kind_words(key)
        assert words is not None
        found = sorted((one for one in PROFILES.values() if one.kind == key), key=lambda one: one.title.casefold())
        yield KindHelp(key=key, kind=words, formats=tuple(map(_help, found)))


def _help(profile: Profile) -> FormatHelp:
    has_rows_of_people = profile.kind not in (COUNTS, SNAPSHOT)
    return FormatHelp(
        name=profile.name,
        title=profile.title,
        text=with_code(help_of(profile)),
        recognized_by=_line(profile.recognized_by),
        zone="" if profile.kind == SNAPSHOT else ZONE_WORDS.get(profile.zone, "as each time says it"),
        no_activity=tuple((mark, _line(rows)) for mark, rows in profile.no_activity.items()),
        suggested=profile.suggested_actions if has_rows_of_people else (),
        sample=sample_of(profile),
    )


def _other(name: str, title: str, text: str, recognized_by: str) -> FormatHelp:
    return FormatHelp(name=name, title=title, text=with_code(text), recognized_by=_line(recognized_by))


def with_code(text: str) -> SafeString:
    """Return a docstring as paragraphs of HTML: its lines joined, and what stands in backticks as code."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    return format_html_join("", "<p>{}</p>", ((_line(paragraph),) for paragraph in paragraphs))


def _line(text: str) -> SafeString:
    """Every second piece between backticks is code."""
    pieces = _CODE.split(text)
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<code class="rc-mono">{}</code>', piece) if place % 2 else piece,)
            for place, piece in enumerate(pieces)
        ),
    )
