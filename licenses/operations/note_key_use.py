"""Note that a key was used, so that one that nobody uses is found."""

from datetime import datetime, timedelta

from django.db.models import Q

from licenses.models import ApiKey

EVERY = timedelta(minutes=1)


def note_key_use(*, key: ApiKey, now: datetime) -> None:
    """Store the instant of a use, at most once a minute; of several at once, one writes."""
    if key.last_used_at is not None and now - key.last_used_at < EVERY:
        return
    long_ago = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - EVERY)
    ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now)
