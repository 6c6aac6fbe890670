"""How much a customer may send, and how much of it is kept where pages read."""

from django.conf import settings

from rollcall.intake.limits import DEFAULT_LIMITS, Limits


def largest_upload() -> int:
    """Return the largest accepted file in bytes, as sent (setting USAGE_LARGEST_UPLOAD)."""
    return int(settings.USAGE_LARGEST_UPLOAD)


def intake_limits() -> Limits:
    """Return what one upload may cost (settings USAGE_LIMIT_...)."""
    return Limits.from_json(DEFAULT_LIMITS.to_json() | settings.USAGE_LIMITS)


def child_user() -> str:
    """Return whom the programs that read uploads become when this process is root (setting USAGE_CHILD_USER)."""
    return str(settings.USAGE_CHILD_USER)


FINDINGS_KEPT = 1000
# So many files may be chosen or dropped at once; more of them fit into a zip.
MOST_FILES = 500
# So many lines are listed when a count is traced back to its files.
LINES_KEPT = 1000
