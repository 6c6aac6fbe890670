"""How much a customer may send, from the settings, each with a default that a vendor may raise."""

from django.conf import settings

GIBIBYTE = 1024**3


def largest_upload() -> int:
    """Return the largest accepted file in bytes, as sent (setting USAGE_LARGEST_UPLOAD)."""
    return int(getattr(settings, "USAGE_LARGEST_UPLOAD", 2 * GIBIBYTE))


FINDINGS_KEPT = 1000
