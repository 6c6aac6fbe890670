"""What a person fills in: which file for which instance, and what is in the file."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from licenses.models import Instance
from rollcall.formats.mapping import ROLES, ColumnMapping, column_name
from rollcall.formats.times import DATE_ORDERS
from rollcall.intake.text import ENCODINGS
from rollcall.period import Period, zone, zone_names
from usage.limits import MOST_FILES
from usage.queries.mappings import MAPPED_FORMATS

ROLE_WORDS = {
    "user": "User",
    "at": "Time",
    "action": "Action",
    "event_id": "Event id",
    "quantity": "Quantity",
    "instance": "Instance",
    "outcome": "Outcome",
}
ORDER_WORDS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
# Beyond so many columns the form would be a wall; a file that wide is sent with fewer columns.
MOST_COLUMNS = 200


class SeveralFilesInput(forms.FileInput):
    """A control that takes several files at once."""

    allow_multiple_selected = True


class SeveralFiles(forms.FileField):
    """One or more uploaded files; the value is a list."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        if len(files) > MOST_FILES:
            words = f"These are {len(files):,} files; {MOST_FILES:,} are taken at once. Put them into a zip."
            raise forms.ValidationError(words)
        return [super(SeveralFiles, self).clean(one, initial) for one in files or [None]]


class UploadForm(forms.Form):
    """The files of one export for one instance."""

    instance = forms.ChoiceField(label="Instance", help_text="The installation from which the file was exported.")
    file = SeveralFiles(label="Files", max_length=2000)

    def __init__(self, *args: Any, instances: Sequence[Instance], chosen: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {instance.public_id: instance for instance in instances}
        field = _choice(self, "instance")
        field.choices = [(instance.public_id, instance.name) for instance in instances]
        field.initial = chosen if chosen in self.by_id else None

    def chosen_instance(self) -> Instance:
        """Return the instance that the valid form names."""
        return self.by_id[self.cleaned_data["instance"]]


class LookAgainForm(forms.Form):
    """Answers with which the file is looked at anew."""

    encoding = forms.ChoiceField(label="Encoding", required=False)
    source_timezone = forms.ChoiceField(label="Time zone of the values", required=False)

    def __init__(self, *args: Any, sniffed: Mapping[str, Any], said_zone: str, bill_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self, "encoding").choices = [("", "as the file says"), *((name, name) for name in ENCODINGS)]
        zones = [(bill_zone, bill_zone), ("UTC", "UTC"), *((name, name) for name in sorted(zone_names()))]
        _choice(self, "source_timezone").choices = [("", "as the file says"), *zones]
        self.initial = {"encoding": sniffed.get("encoding") or "", "source_timezone": said_zone}


class ConfirmForm(forms.Form):
    """What each column means, which days the file covers, and the answers to what the file leaves open."""

    action_constant = forms.CharField(
        label="Action of every row",
        required=False,
        max_length=200,
        help_text="Only for a file without a column for the action.",
    )
    covers_from = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    covers_until = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    generated_at = forms.DateTimeField(
        label="Exported at",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"),
    )
    nobody_active = forms.BooleanField(label="Nobody was active on these days", required=False)
    source_timezone = forms.ChoiceField(label="Time zone of the values", required=False)
    date_order = forms.ChoiceField(label="Order of the dates", required=False)
    success = forms.CharField(
        label="Values that mean success",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One value a line, when a column is read as Outcome. Rows with any other value do not count.",
    )

    def __init__(
        self,
        *args: Any,
        sniffed: Mapping[str, Any],
        questions: Sequence[Mapping[str, Any]],
        covers: Period | None,
        bill_zone: str,
        last: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        """`last` holds what was confirmed before: mapping, source_timezone, generated_at."""
        super().__init__(*args, **kwargs)
        self.bill_zone = bill_zone
        self._last_export: datetime | None = last.get("generated_at")
        self.suggested = ColumnMapping.from_json(last.get("mapping") or sniffed["mapping"] or {})
        # A known format says itself what its columns mean; there is nothing to choose.
        self.is_mapped = self.suggested.format in MAPPED_FORMATS
        self.columns = [column["name"] for column in sniffed["columns"]][:MOST_COLUMNS]
        self._samples = [column["samples"] for column in sniffed["columns"]]
        if self.is_mapped:
            self._add_columns()
        else:
            del self.fields["action_constant"], self.fields["success"]
        self.initial = {
            **self.initial,
            "action_constant": self.suggested.constants.get("action"),
            "generated_at": self._last_export and _clock_in(self._last_export, bill_zone),
            "source_timezone": last.get("source_timezone") or "",
            "date_order": self.suggested.time.date_order or "",
            "success": "\n".join(self.suggested.success),
        }
        if covers is not None:
            self.initial["covers_from"], self.initial["covers_until"] = covers.start, covers.end - timedelta(days=1)
        self._ask(questions)

    def _add_columns(self) -> None:
        roles = {column_name(name): role for role, name in self.suggested.columns.items() if name}
        choices = [("", "Not used"), *ROLE_WORDS.items()]
        for place, name in enumerate(self.columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=f"{name} is read as", choices=choices, required=False, initial=roles.get(column_name(name), "")
            )

    def _ask(self, questions: Sequence[Mapping[str, Any]]) -> None:
        """Keep the fields that answer an open question, first of all the suggested choices."""
        asked = {question["code"].partition(".")[0]: question for question in questions}
        zones = sorted(zone_names())
        answers = {
            "source_timezone": (
                "zone",
                [(self.bill_zone, self.bill_zone), ("UTC", "UTC"), *((name, name) for name in zones)],
            ),
            "date_order": ("date", list(ORDER_WORDS.items())),
        }
        codes = {question["code"] for question in questions}
        self._must_say_nobody = "rows.none" in codes
        if not codes & {"rows.none", "rows.uncounted"}:
            del self.fields["nobody_active"]
        for field, (topic, choices) in answers.items():
            if topic in asked or (self.initial.get(field) and field == "source_timezone"):
                _choice(self, field).choices = [("", "Choose"), *choices]
                self.fields[field].required = topic in asked
                if topic in asked:
                    self.fields[field].help_text = asked[topic]["message"]
                    self.initial[field] = self.initial.get(field) if field == "source_timezone" else ""
            else:
                del self.fields[field]

    def column_rows(self) -> list[dict[str, Any]]:
        """Return the columns of the file, each with its samples and the field that says what it is."""
        return [
            {
                "name": name,
                "samples": self._samples[place][:3],
                "field": self[f"column_{place}"] if self.is_mapped else None,
            }
            for place, name in enumerate(self.columns)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.is_mapped:
            self._check_columns(cleaned)
        start, last = cleaned.get("covers_from"), cleaned.get("covers_until")
        if isinstance(start, date) and isinstance(last, date) and last < start:
            self.add_error("covers_until", "The last day lies before the first.")
        if self._must_say_nobody and not cleaned.get("nobody_active"):
            self.add_error(
                "nobody_active", "Tick this if it is so. If the export failed, export again and send that file."
            )
        return cleaned

    def _check_columns(self, cleaned: Mapping[str, Any]) -> None:
        taken: dict[str, str] = {}
        for place, name in enumerate(self.columns):
            role = cleaned.get(f"column_{place}")
            if role and role in taken:
                words = f"{ROLE_WORDS[role]} is also read from the column {taken[role]}. Choose one of the two."
                self.add_error(f"column_{place}", words)
            elif role:
                taken[role] = name
        if "outcome" in taken and not self.success_values():
            self.add_error("success", f"Name the values of {taken['outcome']} that mean success.")
        for role in ("user", "at"):
            if role not in taken:
                self.add_error(None, f"No column is read as {ROLE_WORDS[role]}. Choose the one that holds it.")
        if "action" not in taken and not cleaned.get("action_constant"):
            self.add_error(
                None, "No column is read as Action. Choose one, or name the action that every row stands for."
            )

    def mapping(self) -> dict[str, Any]:
        """Return the confirmed column mapping (MAP.json of SHAPES.md)."""
        cleaned = self.cleaned_data
        if not self.is_mapped:
            return self.suggested.to_json()
        columns: dict[str, str | None] = dict.fromkeys(ROLES)
        for place, name in enumerate(self.columns):
            if cleaned[f"column_{place}"]:
                columns[cleaned[f"column_{place}"]] = name
        document = self.suggested.to_json()
        document["columns"] = columns
        document["constants"]["action"] = cleaned["action_constant"] or None if not columns["action"] else None
        if cleaned.get("date_order"):
            document["time"]["date_order"] = cleaned["date_order"]
        document["outcome"] = {"success": self.success_values() if columns["outcome"] else []}
        return document

    def success_values(self) -> list[str]:
        """Return the values that mean success, one from each line."""
        return [line.strip() for line in self.cleaned_data.get("success", "").splitlines() if line.strip()]

    def covers(self) -> Period:
        """Return the confirmed days, half-open."""
        return Period(self.cleaned_data["covers_from"], self.cleaned_data["covers_until"] + timedelta(days=1))

    def stated_days(self) -> Period | None:
        """Return the days as they stand in the form, sent or proposed; None while they are no period."""
        stated = self.cleaned_data if self.is_bound else self.initial
        start, last = stated.get("covers_from"), stated.get("covers_until")
        if not isinstance(start, date) or not isinstance(last, date) or last < start:
            return None
        return Period(start, last + timedelta(days=1))

    def stated_export(self) -> datetime | None:
        """Return the time of export as it stands in the form, sent or proposed."""
        if not self.is_bound:
            return self._last_export
        return self.exported_at() if self.cleaned_data.get("generated_at") else None

    def exported_at(self) -> datetime | None:
        """Return when the file was exported; what was typed is read in the zone of the contract."""
        typed: datetime | None = self.cleaned_data["generated_at"]
        return typed.replace(tzinfo=zone(self.bill_zone)) if typed else None


assert set(ORDER_WORDS) == set(DATE_ORDERS)
assert set(ROLE_WORDS) == set(ROLES)


def _clock_in(instant: datetime, zone_name: str) -> datetime:
    """Return what the clock of a zone shows: the form shows and reads it in that zone."""
    return instant.astimezone(zone(zone_name)).replace(tzinfo=None)


def _choice(form: forms.Form, name: str) -> forms.ChoiceField:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    return field
