"""Put several files of one export into one archive whose bytes depend on nothing but the files."""

import hashlib
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import PurePath
from typing import IO, NamedTuple

from usage.files import incoming
from usage.limits import largest_upload
from usage.operations.receive_report import ByteStream, FileEmpty, FileTooLarge, shown_name

BLOCK = 1024 * 1024
# The earliest date that an archive can hold: when the files were chosen says nothing about them.
NO_DATE = (1980, 1, 1, 0, 0, 0)


class _Staged(NamedTuple):
    """One file on its way in. Sorted by name, then by content, so the order of choosing has no effect."""

    name: str
    sha256: str
    size: int
    file: IO[bytes]


@contextmanager
def pack_files(files: Sequence[tuple[str, ByteStream]]) -> Iterator[IO[bytes]]:
    """Give one uncompressed archive of the files, sorted, each under the last part of its name, without dates.

    The same files in any order, under the same names, are the same bytes, so sent again they are the same report.
    Raises FileTooLarge for all of them together, FileEmpty naming the one that holds no byte.
    """
    with ExitStack() as stack:
        staged: list[_Staged] = []
        for file_name, stream in files:
            room = largest_upload() - sum(one.size for one in staged)
            staged.append(_stage(stack, shown_name(file_name), stream, room))
        archive = stack.enter_context(_temporary())
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
            for name, one in _named(sorted(staged, key=lambda one: one[:3])):
                entry = zipfile.ZipInfo(name, NO_DATE)
                entry.create_system, entry.external_attr, entry.file_size = 3, 0o600 << 16, one.size
                one.file.seek(0)
                with target.open(entry, "w", force_zip64=one.size >= zipfile.ZIP64_LIMIT) as inside:
                    while block := one.file.read(BLOCK):
                        inside.write(block)
        archive.seek(0)
        yield archive


@contextmanager
def _temporary() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile(dir=incoming()) as file:
        yield file


def _stage(stack: ExitStack, name: str, stream: ByteStream, room: int) -> _Staged:
    file = stack.enter_context(_temporary())
    digest, size = hashlib.sha256(), 0
    while block := stream.read(BLOCK):
        size += len(block)
        if size > room:
            raise FileTooLarge(
                f"Together the files are larger than {largest_upload() // 1024**2:,} MiB, the most that is taken at "
                "once. Send them in parts, one after the other."
            )
        digest.update(block)
        file.write(block)
    if not size:
        raise FileEmpty(f"{name} is empty: it holds no byte. Export it again, or send the others without it.")
    return _Staged(name=name, sha256=digest.hexdigest(), size=size, file=file)


def _named(staged: Sequence[_Staged]) -> Iterator[tuple[str, _Staged]]:
    """Yield each file with a name of its own: of two with one name the second becomes "name (2).csv"."""
    taken: set[str] = {one.name for one in staged}
    seen: set[str] = set()
    for one in staged:
        name, number = one.name, 2
        path = PurePath(one.name)
        while name in seen or (name != one.name and name in taken):
            name, number = f"{path.stem} ({number}){path.suffix}", number + 1
        seen.add(name)
        yield name, one
