"""What the pages of signing in need beside the tags of all pages."""

from collections.abc import Sequence

from django import template
from django.conf import settings

from ground.sign_in.providers import Provider

register = template.Library()


@register.filter
def in_fours(key: str) -> str:
    """Write a key in groups of four characters, as people read and type it: "ABCD EFGH"."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


@register.simple_tag
def sign_in_providers() -> Sequence[Provider]:
    """Return the identity providers of the settings."""
    providers: Sequence[Provider] = settings.OIDC_PROVIDERS
    return providers
