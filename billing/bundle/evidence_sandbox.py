"""Asking the child for the text of stored evidence: the request, and the comparison of its answer with the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollcall.terms.activity import ActivityDefinition
from usage.count_sandbox import run_child
from usage.files import evidence_paths, names_paths
from usage.models import ActiveUserCount, EvidenceFile

SECONDS = 120
ROWS_PER_SECOND = 20_000


class EvidenceDiffers(Exception):
    """Stored evidence does not hold the rows that its digest was made of."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A definition with aliases or excluded people, and the evidence whose people it looks at."""

    definition: ActivityDefinition
    evidence: Sequence[EvidenceFile]


@dataclass(frozen=True, kw_only=True)
class Written:
    """Where the text of each evidence file lies, by its digest, and the answers of `resolutions` in their order."""

    evidence: dict[str, Path]
    resolutions: list[dict[str, Any]]


def write_evidence(
    *, files: Sequence[EvidenceFile], resolutions: Sequence[Asked], salt: bytes, folder: Path
) -> Written:
    """Write each evidence file once as CSV into a folder, all in one child.

    Raises EvidenceDiffers, NamesErased, CountFailed, StoredFileDamaged, StoredFileMissing.
    """
    once = {file.digest: file for file in files}
    paths = evidence_paths(once.values())
    targets = {digest: folder / f"{digest.removeprefix('sha256:')}.csv" for digest in once}
    document = {
        "salt_hex": salt.hex() if resolutions else "",
        "evidence": [
            {"parquet": str(paths[file.pk]), "csv": str(targets[digest])} for digest, file in sorted(once.items())
        ],
        "resolutions": [
            {
                "definition": asked.definition.to_json(),
                "names": [str(path) for path in names_paths(asked.evidence).values()],
            }
            for asked in resolutions
        ],
    }
    rows = sum(file.rows for file in once.values())
    answer = run_child(document, module="billing.bundle.evidence_child", seconds=SECONDS + rows // ROWS_PER_SECOND * 2)
    for (digest, file), found in zip(sorted(once.items()), answer["evidence"], strict=True):
        if (found["digest"], found["rows"]) != (digest, file.rows):
            raise EvidenceDiffers(
                f"{file} was stored with {file.rows} rows; now there are {found['rows']}, of digest {found['digest']}."
            )
    return Written(evidence=targets, resolutions=list(answer["resolutions"]))


def files_of(count: ActiveUserCount) -> list[EvidenceFile]:
    """Return the evidence files that a count names, in the order in which it names them."""
    ids = [entry["evidence_id"] for entry in count.evidence if entry["evidence_id"]]
    found = EvidenceFile.objects.select_related("report").in_bulk(ids)
    return [found[pk] for pk in ids]
