"""How the users of a count came to be there, day by day."""

from collections import Counter
from datetime import date

from ground.storage import stored_path
from rollcall.counting.answer import read_verdicts
from usage.models import ActiveUserCount


def first_days(*, count: ActiveUserCount) -> dict[date, int]:
    """Return how many of a count's users did their first qualifying action on each day, by day.

    Of reported users, whom nobody can tell apart, the rise of the highest daily number so far. The sum up to a day is
    the users that were there by then. Raises StoredFileDamaged, StoredFileMissing.
    """
    if not count.has_people:
        return _rises(count)
    path = stored_path(count.verdicts_key, count.verdicts_sha256)
    firsts = Counter(verdict.first_at[:10] for verdict in read_verdicts(path) if verdict.counted)
    return {date.fromisoformat(day): users for day, users in sorted(firsts.items()) if day}


def _rises(count: ActiveUserCount) -> dict[date, int]:
    highest, found = 0, {}
    for day, users in sorted(count.daily.items()):
        if users > highest:
            found[date.fromisoformat(day)], highest = users - highest, users
    return found
