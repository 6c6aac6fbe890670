"""The quickest reader, for clean files alone: Arrow splits the text, NumPy adds up the numbers of its spellings.

Owns: files of a usual shape in which every row is good and every row counts. Does not own: any fault, question or
unusual spelling. It takes a file whole or says that it is for another reader, and then nothing of it was decided; it
never tells what is wrong, and never leaves a row out. The evidence that it writes is the plain reader's.
Its two libraries are optional, and take longer to load than DuckDB takes for a small file, so they are loaded when the
first file comes that is worth it.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from types import ModuleType

_LIBRARIES = ("numpy", "pyarrow")


@lru_cache(maxsize=1)
def clean_reader() -> ModuleType | None:
    """Return the module whose `read_clean` reads clean files, None where its libraries are not installed."""
    try:
        return importlib.import_module("rollcall.intake.clean.read")
    except ModuleNotFoundError as missing:
        if missing.name is not None and missing.name.partition(".")[0] in _LIBRARIES:
            return None
        raise
