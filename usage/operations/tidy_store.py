"""Remove what a killed process left in the store: files on their way in, and files whose row was never committed."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from ground.storage import remove_stored
from usage.files import incoming
from usage.models import ActiveUserCount, EventBatch, EvidenceFile, UsageReport

LONGEST_WORK = timedelta(days=2)


def tidy_store(*, older_than: timedelta = LONGEST_WORK) -> int:
    """Remove leftovers of ``usage`` that are older than any work could last; return how many were removed.

    Ages are read from the file system's own clock, so neither the demo's clock nor another host's matters. A file that
    a row names is never touched.
    """
    root = Path(settings.STORAGE_ROOT)
    with tempfile.NamedTemporaryFile(dir=incoming()) as fresh:
        oldest_kept = Path(fresh.name).stat().st_mtime - older_than.total_seconds()
    removed = 0
    for left in incoming().iterdir():
        if left.lstat().st_mtime < oldest_kept:
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
            removed += 1
    for kind, named in _named_keys().items():
        for path in root.glob(f"[0-9]*/{kind}/*"):
            key = str(path.relative_to(root))
            if key not in named and path.lstat().st_mtime < oldest_kept:
                remove_stored(key)
                removed += 1
    return removed


def _named_keys() -> dict[str, set[str]]:
    """Return per kind of file the keys that rows name, as they are committed now."""
    return {
        "report": set(UsageReport.objects.values_list("storage_key", flat=True)),
        "events": set(EventBatch.objects.values_list("storage_key", flat=True)),
        "findings": set(UsageReport.objects.values_list("findings_key", flat=True)),
        "evidence": set(EvidenceFile.objects.values_list("storage_key", flat=True)),
        "names": set(EvidenceFile.objects.values_list("names_key", flat=True)),
        # Copies of reports for downloading: they are made again when somebody asks.
        "table": set(),
        # Copies of bundles with names, for downloading: a customer asks for another.
        "bundle_download": set(),
        # Corrected rows that were sent: once they are merged, the merged file holds them.
        "correction": set(),
        "verdicts": set(ActiveUserCount.objects.values_list("verdicts_key", flat=True)),
    }
