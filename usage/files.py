"""Where the stored files of evidence lie, each compared with its hash before it is read."""

from collections.abc import Iterable
from pathlib import Path

from ground.storage import stored_path
from usage.models import EvidenceFile


class NamesErased(Exception):
    """People would have to be left out or shown by name, and the names of this evidence have been erased."""


def evidence_paths(files: Iterable[EvidenceFile]) -> dict[int, Path]:
    """Return where the evidence lies, by id. Raises StoredFileDamaged, StoredFileMissing."""
    return {file.pk: stored_path(file.storage_key, file.storage_sha256) for file in files}


def names_paths(files: Iterable[EvidenceFile]) -> dict[int, Path]:
    """Return where the names of the evidence lie, by id. Raises NamesErased, StoredFileDamaged, StoredFileMissing."""
    paths: dict[int, Path] = {}
    for file in files:
        if not file.names_key:
            raise NamesErased(f"The names of {file.report.file_name} were erased; nobody can be told by name any more.")
        paths[file.pk] = stored_path(file.names_key, file.names_sha256)
    return paths
