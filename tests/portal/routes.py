"""Every route of the portal, found through the URL resolver, so that a new one cannot be forgotten."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver


def portal_routes() -> dict[str, tuple[str, ...]]:
    """Return {"usage:report": ("report",), ...}: the name of each walled route and the names of its arguments."""
    return dict(_routes(get_resolver().url_patterns, ""))


def _routes(patterns: list[URLPattern | URLResolver], namespace: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, pattern.namespace or namespace)
        elif namespace in settings.PORTAL_NAMESPACES:
            yield f"{namespace}:{pattern.name}", tuple(pattern.pattern.converters)
