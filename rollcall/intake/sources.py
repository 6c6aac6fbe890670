"""All files of one reading, opened: the parts of every upload, of one format, without what only comes along."""

from __future__ import annotations

from pathlib import Path

from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.head import head_of
from rollcall.intake.layout import is_companion
from rollcall.intake.parts import Part, parts_of
from rollcall.intake.questions import of_formats
from rollcall.intake.request import ReadRequest
from rollcall.intake.source import Source, open_source


def open_sources(request: ReadRequest) -> list[Source]:
    """Return the sources of a reading, at least one. Raises FileRefused, which names the file, or QuestionsOpen."""
    parts = [
        part
        for path, name in zip(request.files, request.filenames, strict=True)
        for part in parts_of(Path(path), filename=name, limits=request.limits).parts
    ]
    wanted = [part for part in parts if len(parts) == 1 or not _comes_along(part, request)]
    sources = [_opened(part, request, alone=len(parts) == 1) for part in wanted or parts]
    formats = {source.format for source in sources}
    if len(formats) > 1:
        raise QuestionsOpen(of_formats(formats))
    return sources


def _comes_along(part: Part, request: ReadRequest) -> bool:
    """Return whether a part holds no activity and only comes along with one that does."""
    with part.open(request.limits) as plain:
        data = plain.read(request.limits.head_bytes)
        goes_on = bool(plain.read(1))
    try:
        head = head_of(data, len(data) + goes_on, filename=part.filename, encoding=None)
        return is_companion(head) is not None
    except (FileRefused, QuestionsOpen):
        # Opening it as a source says what is wrong with it.
        return False


def _opened(part: Part, request: ReadRequest, *, alone: bool) -> Source:
    """Open one of several files, so that a refusal says which one."""
    try:
        return open_source(part, request=request)
    except FileRefused as refused:
        if alone:
            raise
        raise FileRefused(refused.code, f"{part.filename}: {refused}") from refused
