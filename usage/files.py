"""Files on their way through: where work is done, and where stored evidence lies, compared with its hash."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

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


@contextmanager
def working_folder() -> Iterator[Path]:
    """Give a folder for one piece of work, on the disk of the store; it goes with the work.

    What a killed process leaves in it is removed by ``operations.tidy_store``.
    """
    with tempfile.TemporaryDirectory(dir=incoming()) as folder:
        yield Path(folder)


def incoming() -> Path:
    """Return the folder in which files lie that are not stored yet."""
    folder = Path(settings.STORAGE_ROOT) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
