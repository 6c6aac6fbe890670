"""Whether DuckDB is there. The base wheel comes without it; then the plain reader serves and evidence is text."""

from __future__ import annotations

from types import ModuleType

duckdb: ModuleType | None
try:
    import duckdb as _duckdb
except ImportError:
    duckdb = None
else:
    duckdb = _duckdb
