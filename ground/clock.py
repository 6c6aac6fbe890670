"""The only reader of the clock, for views, tasks and commands. Operations and `rollcall/` get `now` as an argument."""

from datetime import UTC, date, datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from rollcall.period import civil_day


def now() -> datetime:
    """Return the present instant in UTC; in the demo, the instant that the demo's clock file holds."""
    if not settings.ROLLCALL_DEMO_CLOCK:
        return datetime.now(UTC)
    if not settings.ROLLCALL_DEMO:
        raise ImproperlyConfigured("ROLLCALL_DEMO_CLOCK works in the demo only: a real bill needs a real clock.")
    path = Path(settings.ROLLCALL_DEMO_CLOCK)
    if not path.exists():
        return datetime.now(UTC)
    instant = datetime.fromisoformat(path.read_text(encoding="ascii").strip())
    if instant.tzinfo is None:
        raise ImproperlyConfigured(f"{path} holds {instant.isoformat()}, which names no zone.")
    return instant.astimezone(UTC)


def today(zone: str) -> date:
    """Return the civil day in the named zone, such as "Europe/Berlin"."""
    return civil_day(now(), zone)
