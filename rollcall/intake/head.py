"""The first bytes of a file as text."""

from __future__ import annotations

import io

from rollcall.formats.generic_csv import Head
from rollcall.intake.findings import FileRefused
from rollcall.intake.text import encoding_of, open_text
from rollcall.intake.unpack import refuse_other_types


def head_of(head: bytes, plain_size: int, *, filename: str, encoding: str | None) -> Head:
    """Decode the first bytes of a file. Raises FileRefused or QuestionsOpen."""
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\x1a"):
        if head.strip(b" \t\r\n\xef\xbb\xbf\x1a"):
            raise FileRefused("text.nul", "The file holds nothing but NUL bytes.")
        raise FileRefused("file.empty", "The file is empty. An empty file is never taken for a month without users.")
    refuse_other_types(head)
    name = encoding or encoding_of(head)
    text = open_text(io.BufferedReader(io.BytesIO(head)), name).read()
    is_whole = len(head) >= plain_size
    if not is_whole:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    return Head(text=text, is_whole=is_whole, filename=filename, encoding=name)
