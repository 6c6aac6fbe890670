"""Forget answers that nobody will ask for again."""

from datetime import datetime, timedelta

from ground.models import AnsweredRequest

KEPT = timedelta(days=30)


def forget_requests(*, now: datetime) -> int:
    """Remove the answers kept under an Idempotency-Key for longer than 30 days; return how many there were."""
    removed, _ = AnsweredRequest.objects.filter(created_at__lt=now - KEPT).delete()
    return removed
