"""Whether a difference is still on the list."""

from billing.models import Difference


class DifferenceClosed(Exception):
    """The difference left the list meanwhile, with its reason."""


def lock_open_difference(difference_id: int) -> Difference:
    """Lock an open difference until the transaction ends. Raises DifferenceClosed, with the reason."""
    row = (
        Difference.objects.select_for_update(of=("self",))
        .select_related("owner", "billing_period")
        .get(pk=difference_id)
    )
    if not row.is_open:
        raise DifferenceClosed(f"This difference is {row.state} since {row.closed_at:%d %b %Y}: {row.reason}")
    return row
