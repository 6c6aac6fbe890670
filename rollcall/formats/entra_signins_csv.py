"""Microsoft Entra ID sign-in logs as CSV (Entra admin center, Monitoring, Sign-in logs, Download).

Take the file of interactive sign-ins; the files of service principals and managed identities hold no users. The user
is `Username`, or `User ID` where it is empty. `Date (UTC)` is read as UTC, in whatever way it is written; where days
and months cannot be told apart, you are asked. `Status` is the action: only `Success` is activity, `Failure` and
`Interrupted` (a second factor not given) are not. `Request ID` is the event's id. English and French headers are
known; a file in another language is read after its columns are mapped. The portal's download is complete only up to
about 250,000 rows: take shorter spans of days if a file comes near that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import EVENTS, UTC, Entry, Look, Part, Profile, TableRecords, Unusable, nobody

# The names of a column by language, as mapping.column_name writes them.
_AT = ("date_(utc)",)
_EVENT_ID = ("request_id", "id_de_la_demande", "id_de_demande", "id_de_la_requête")
_USERNAME = ("username", "nom_d'utilisateur", "nom_d’utilisateur")
_USER_ID = ("user_id", "id_utilisateur", "id_de_l'utilisateur", "id_de_l’utilisateur")
_STATUS = ("status", "statut", "état")
_NEEDED = (_AT, _EVENT_ID, _USERNAME, _STATUS)

_WHY_NONE = {
    **dict.fromkeys(("success", "réussite", "succès", "opération réussie"), ""),
    **dict.fromkeys(("failure", "échec"), "failed"),
    **dict.fromkeys(("interrupted", "interrompu", "interrompue"), "interrupted"),
}


def recognizes(look: Look) -> bool:
    """Return whether the header has every column needed, in one of its languages."""
    return all(any(name in look.header for name in names) for names in _NEEDED)


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the one sign-in of a row."""
    status = _cell(record, _STATUS)
    why_none = _WHY_NONE.get(status.lower())
    user = _cell(record, _USERNAME) or _cell(record, _USER_ID)
    if why_none is None:
        yield Unusable("outcome.unknown", f"The status '{status[:80]}' is none that Rollcall knows.", "action", status)
    elif not user:
        yield nobody("a sign-in without a user name")
    else:
        at, event_id = _cell(record, _AT), _cell(record, _EVENT_ID)
        yield Entry(user=user, at=at, action=status, event_id=event_id, no_activity=why_none)


def _cell(record: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((record[name].strip() for name in names if name in record), "")


PROFILE = Profile(
    name="entra_signins_csv",
    title="Microsoft Entra ID sign-ins (CSV)",
    kind=EVENTS,
    shape=TableRecords(),
    recognizes=recognizes,
    recognized_by="the columns `Date (UTC)`, `Request ID`, `Username` and `Status`, in English or French",
    parts=parts,
    labels={"user": "Username", "at": "Date (UTC)", "action": "Status", "event_id": "Request ID"},
    time_format="",
    zone=UTC,
    suggested_actions=("Success", "Réussite", "Succès"),
    no_activity={
        "failed": "The status `Failure`.",
        "interrupted": "The status `Interrupted`: a second factor, a new password or a consent was still to come.",
    },
)
