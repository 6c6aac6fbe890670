"""Counts over a part of the evidence: one instance alone, all others, the files that were there on a day.

Owns: which part is asked for, and that the same question is counted once per process. Does not own: the counting.
Invariant: a part is counted by the very definition and counter that count the whole; nothing of it is stored or billed.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from licenses.models import Contract
from licenses.queries import agreed_days, salt_of
from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition
from usage.count_sandbox import CountRequest, count_in_child
from usage.files import evidence_paths, names_paths
from usage.models import EvidenceFile

# A file by its id and the digest of its rows: what it says never changes.
Part = tuple[tuple[int, str], ...]
REMEMBERED = 256


def subset_counts(
    *,
    contract: Contract,
    definition: ActivityDefinition,
    period: Period,
    parts: Mapping[str, Sequence[EvidenceFile]],
) -> dict[str, int]:
    """Return how many people count over each part of the evidence, by its name; an empty part counts nobody.

    All parts are counted in one child. Raises NamesErased where the definition looks at names that are gone,
    CountFailed, StoredFileDamaged, StoredFileMissing.
    """
    filled = {name: tuple((file.pk, file.digest) for file in files) for name, files in parts.items() if files}
    counted = _counted(contract.pk, definition, period, tuple(filled.values())) if filled else ()
    return dict.fromkeys(parts, 0) | dict(zip(filled, counted, strict=True))


@lru_cache(maxsize=REMEMBERED)
def _counted(
    contract_id: int, definition: ActivityDefinition, period: Period, parts: tuple[Part, ...]
) -> tuple[int, ...]:
    contract = Contract.objects.get(pk=contract_id)
    wanted = {pk for part in parts for pk, _ in part}
    files = EvidenceFile.objects.select_related("report").in_bulk(wanted)
    since = agreed_days(contract=contract).start
    requests = [
        CountRequest(definition=definition, period=period, evidence=[files[pk] for pk, _ in part], since=since)
        for part in parts
    ]
    answers = count_in_child(
        requests,
        salt=salt_of(contract=contract),
        paths=evidence_paths(files.values()),
        names=names_paths(files.values()) if requests[0].looks_at_names else {},
    )
    return tuple(answer.active_users for answer in answers)
