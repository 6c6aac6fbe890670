"""Auth0 tenant logs: the Management API (`GET /api/v2/logs`), or a log stream kept as JSON lines.

Times are UTC. The user is `user_id`, which is empty when a log-in failed for a name that Auth0 does not know; such rows
count for no one. The action is the short code `type`: `s` a log-in, `slo` a log-out. Codes of failures (`f`, `fp`,
`fu` ...) are kept as `fp !failed`; tokens that are exchanged or renewed without the person (`seacft`, `sertft`, `ssa`)
as `seacft !automatic`. Both count only where a definition names them. Streams deliver at least once: an event with a
`log_id` that was there already is a repeat and counts once. The API gives 100 logs a request, a search at most 1,000:
export by checkpoint (`from`, `take`) and send all pages together. How long logs are kept depends on the plan (1 to 30
days).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import dig, has, lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Look, Part, Profile, nobody

# A stream to a web hook wraps each log: {"log_id": ..., "data": {...}}.
_WRAPPED = "data"
_SHAPE = JsonRecords(paths=(("logs", "*"), ("*",), ()))
# The exchange that goes along with a log-in, machines, renewed tokens, log-ins by themselves. Exchanges of a password
# (`sepft`) or a social log-in (`sens`) are log-ins of their own.
_AUTOMATIC = frozenset(("seacft", "seccft", "sertft", "ssa"))
_FAILED_ENDS = ("_failed", "_failure", "_rejected", "_rate_limit_exceed", "pwd_leak")


def parts(record: Any) -> Iterator[Part]:
    """Return the one event of a record."""
    log = _log(record)
    kind, user = text(log, "type"), text(log, "user_id")
    if not user and lacks(log, "user_id"):
        yield nobody(f"{kind} of no known user", text(log, "user_name"))
        return
    yield Entry(
        user=user,
        at=text(log, "date"),
        action=kind,
        event_id=text(log, "log_id", "_id"),
        no_activity=_no_activity(kind),
    )


def _log(record: Any) -> Any:
    inner = dig(record, _WRAPPED)
    return inner if isinstance(inner, dict) and "type" in inner else record


def _no_activity(kind: str) -> str:
    if kind in _AUTOMATIC:
        return "automatic"
    if kind.startswith("limit_") or kind.endswith(_FAILED_ENDS):
        return "failed"
    return "failed" if kind.startswith("f") and "_" not in kind else ""


def _recognizes(look: Look) -> bool:
    logs = map(_log, look.at(_SHAPE))
    return any(has(log, "date", "type", "log_id", "client_id") and not lacks(log, "type") for log in logs)


PROFILE = Profile(
    name="auth0_logs",
    title="Auth0 tenant logs",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=_recognizes,
    recognized_by="the fields `date`, `type`, `log_id` and `client_id` of a log",
    parts=parts,
    labels={"user": "user_id", "at": "date", "action": "type", "event_id": "log_id"},
    suggested_actions=("s",),
    no_activity={
        "failed": "Codes of failures, such as `f`, `fp` and `fu`, and of limits.",
        "automatic": "Tokens that are exchanged or renewed without the person: `seacft`, `seccft`, `sertft`, `ssa`.",
    },
)
