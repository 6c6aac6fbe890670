"""The samples of every known format, with the figures that each must give, and how the tests read them."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import duckdb

from rollcall.intake.limits import Limits
from rollcall.intake.parts import parts_of
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.terms.activity import is_marked, plain_action

FOLDER = Path(__file__).parents[2] / "cases" / "samples"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text())
SAMPLES = MANIFEST["samples"]
SALT = "5a" * 32


def format_of(sample: str) -> str:
    """Return the name of the format of a sample: its file's name, with what tells two of one name apart."""
    name = Path(sample.rstrip("/")).name
    return RENAMED.get(name, name.partition(".")[0])


RENAMED = {
    "SourcegraphUsersUsageArchive.zip": "sourcegraph_archive",
    "cloudevents_batch.json": "cloudevents",
    "entra_signins.csv": "entra_signins_csv",
    "entra_signins.json": "entra_signins_json",
    "github_audit_log.csv": "github_audit_log_csv",
    "github_audit_log.json": "github_audit_log_json",
    "github_consumed_licenses.csv": "github_consumed_licenses_csv",
    "splunk_export.csv": "splunk_csv",
}


def files_of(sample: str) -> list[Path]:
    """Return the files of a sample: one, or all pages of a folder."""
    path = FOLDER / sample
    return sorted(path.iterdir()) if path.is_dir() else [path]


def parts_of_sample(sample: str):
    """Return the parts of a sample: its files unpacked."""
    limits = Limits()
    return [part for path in files_of(sample) for part in parts_of(path, filename=path.name, limits=limits).parts]


def read_sample(folder: Path, sample: str, *, timezone: str = "UTC"):
    """Read a sample as one report in a zone of the bill."""
    out = folder / timezone.replace("/", "-")
    out.mkdir(parents=True)
    files = files_of(sample)
    return read(
        ReadRequest(
            files=tuple(map(str, files)),
            filenames=tuple(file.name for file in files),
            out_dir=str(out),
            timezone=timezone,
            salt_hex=SALT,
        )
    )


def evidence(folder: Path, timezone: str = "UTC"):
    """Return (user, action, day, events) of the evidence that a reading left."""
    path = folder / timezone.replace("/", "-") / "evidence.parquet"
    return duckdb.sql(f"SELECT user_ref, action, day, events FROM '{path}'").fetchall()


def rows_and_users(rows):
    """Return ({action: rows}, {action: users}) by the names of the actions without their mark."""
    counted, users = Counter(), defaultdict(set)
    for user, action, _, events in rows:
        counted[plain_action(action)] += events
        users[plain_action(action)].add(user)
    return dict(counted), {action: len(found) for action, found in users.items()}


def active(rows, counts) -> list[tuple[str, str]]:
    """Return (user, YYYY-MM-DD) of every row whose action counts; what is marked as no activity never does."""
    return [(user, day.isoformat()) for user, action, day, _ in rows if not is_marked(action) and counts(action)]


def users_by(pairs, characters: int) -> dict[str, int]:
    """Return {month or day: distinct users}."""
    found = defaultdict(set)
    for user, day in pairs:
        found[day[:characters]].add(user)
    return {period: len(users) for period, users in sorted(found.items())}
