"""Which actions a customer's reports hold: what a definition of an active user can choose from."""

from licenses.models import Contract
from rollcall.counting.seen_actions import SeenAction
from rollcall.period import Period
from usage.count_sandbox import CountFailed, run_child
from usage.files import evidence_paths
from usage.queries.evidence import current_evidence

SECONDS = 30


class ActionsUnknown(Exception):
    """The child that looks into the evidence ended without an answer."""


def actions_seen(*, contract: Contract, period: Period, zone: str) -> list[SeenAction]:
    """Return the actions of the evidence that counts in a period now, those of the most people first.

    Nothing where nothing was reported. Raises ActionsUnknown, StoredFileDamaged, StoredFileMissing.
    """
    files = current_evidence(contract=contract, period=period, zone=zone).files
    if not files:
        return []
    paths = [str(path) for path in evidence_paths(files).values()]
    try:
        found = run_child({"paths": paths}, module="usage.actions_child", seconds=SECONDS)["actions"]
    except CountFailed as failed:
        raise ActionsUnknown("The actions of the reports could not be listed.") from failed
    return [SeenAction(*one) for one in found]
