"""How much a customer may send, and how much of it is kept where pages read."""

from django.conf import settings


def largest_upload() -> int:
    """Return the largest accepted file in bytes, as sent (setting USAGE_LARGEST_UPLOAD)."""
    return int(settings.USAGE_LARGEST_UPLOAD)


FINDINGS_KEPT = 1000
