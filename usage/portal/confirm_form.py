"""What a person confirms about a file: its columns, its days, and the answers to what it leaves open."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from rollcall.formats import generic_csv
from rollcall.formats.generic_csv import Table
from rollcall.formats.mapping import ROLES, ColumnMapping, column_name, outcome_value
from rollcall.formats.profile import SNAPSHOT
from rollcall.formats.times import DATE_ORDERS
from rollcall.intake.findings import FileRefused
from rollcall.intake.questions import FILE_REPEATS, about_times
from rollcall.intake.request import ADDS, REPLACES
from rollcall.period import Period, zone, zone_names
from usage.portal.forms import SOME_DAY, choice_field
from usage.queries.listed import DAY_DIFFERS
from usage.queries.mappings import MAPPED_FORMATS
from usage.queries.reports import ZONE_MISSING

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
DATE_ORDER_OPEN = "date_order.unknown"
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ConfirmForm(forms.Form):
    """What each column means, which days the file covers, and the answers to what the file leaves open."""

    action_constant = forms.CharField(
        label="Action of every row",
        required=False,
        max_length=200,
        help_text="Only for a file without a column for the action.",
    )
    covers_from = forms.DateField(label="First day", widget=_DAY, validators=SOME_DAY)
    covers_until = forms.DateField(label="Last day", widget=_DAY, validators=SOME_DAY)
    generated_at = forms.DateTimeField(
        label="Exported at",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"),
    )
    nobody_active = forms.BooleanField(label="Nobody was active on these days", required=False)
    same_file_too = forms.BooleanField(label="", required=False)
    day_as_stated = forms.BooleanField(label="The list is of the day that I state", required=False)
    repeated_files = forms.ChoiceField(
        label="The file that repeats a part of another",
        choices=[("", "Choose"), (REPLACES, "replaces that file"), (ADDS, "counts together with it")],
    )
    source_timezone = forms.ChoiceField(label="Time zone of the values", required=False)
    date_order = forms.ChoiceField(label="Order of the dates", required=False)
    success = forms.MultipleChoiceField(
        label="Values that mean success", required=False, widget=forms.CheckboxSelectMultiple
    )
    more_success = forms.CharField(
        label="Values that are not listed",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One value a line.",
    )

    def __init__(
        self,
        *args: Any,
        sniffed: Mapping[str, Any],
        questions: Sequence[Mapping[str, Any]],
        covers: Period | None,
        bill_zone: str,
        last: Mapping[str, Any],
        also_of: str = "",
        **kwargs: Any,
    ) -> None:
        """`last` holds what was confirmed before: mapping, source_timezone, generated_at.

        `also_of` is the name of the instance where the same file is known from another one; a person says that it is
        meant for both.
        """
        super().__init__(*args, **kwargs)
        self.bill_zone = bill_zone
        self._last_export: datetime | None = last.get("generated_at")
        self.suggested = ColumnMapping.from_json(last.get("mapping") or sniffed["mapping"] or {})
        # A known format says itself what its columns mean; there is nothing to choose.
        self.is_mapped = self.suggested.format in MAPPED_FORMATS
        # A list of accounts is of one day.
        self.is_list = sniffed["kind"] == SNAPSHOT
        self._seen = sniffed["columns"][:MOST_COLUMNS]
        self.columns = [column["name"] for column in self._seen]
        self.initial = {
            **self.initial,
            "action_constant": self.suggested.constants.get("action"),
            "generated_at": self._last_export and _clock_in(self._last_export, bill_zone),
            "source_timezone": last.get("source_timezone") or "",
            "date_order": self.suggested.time.date_order or "",
        }
        self._ask_for_columns()
        self._ask_for_days(covers)
        self._ask_about_same_file(also_of)
        self._ask(questions)

    def _ask_for_columns(self) -> None:
        if not self.is_mapped:
            del self.fields["action_constant"], self.fields["success"], self.fields["more_success"]
            return
        roles = {column_name(name): role for role, name in self.suggested.columns.items() if name}
        choices = [("", "Not used"), *ROLE_WORDS.items()]
        for place, name in enumerate(self.columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=f"{name} is read as", choices=choices, required=False, initial=roles.get(column_name(name), "")
            )
        self._ask_for_outcomes()

    def _ask_for_outcomes(self) -> None:
        """Offer the values of the column that is read as the outcome, those that were confirmed before as ticked."""
        place = self._place_of("outcome")
        seen = [] if place is None else self._seen[place].get("values") or []
        before = {outcome_value(value): value for value in self.suggested.success}
        field = self.fields["success"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(value, value) for value in seen]
        self.initial["success"] = [value for value in seen if outcome_value(value) in before]
        listed = set(map(outcome_value, seen))
        self.initial["more_success"] = "\n".join(text for key, text in before.items() if key not in listed)
        self.outcome_column = None if place is None else self.columns[place]

    def _ask_for_days(self, covers: Period | None) -> None:
        if covers is not None:
            self.initial["covers_from"], self.initial["covers_until"] = covers.start, covers.end - timedelta(days=1)
        if self.is_list:
            self.fields["covers_from"].label = "The day on which this list was made"
            self.fields["covers_from"].help_text = "It becomes the date of this number of accounts."
            self.initial["covers_from"] = self.initial.get("covers_until")
            del self.fields["covers_until"]

    def _ask_about_same_file(self, also_of: str) -> None:
        self._also_of = also_of
        if also_of:
            self.fields["same_file_too"].label = f"This file is the export of {also_of}, too"
        else:
            del self.fields["same_file_too"]

    def _ask(self, questions: Sequence[Mapping[str, Any]]) -> None:
        """Keep the fields that answer an open question, first of all the suggested choices."""
        asked = {question["code"]: question["message"] for question in questions}
        zones = [(self.bill_zone, self.bill_zone), ("UTC", "UTC"), *((name, name) for name in sorted(zone_names()))]
        about_times = self._about_other_times() if self._is_time_chosen_anew() else asked
        self._offer("source_timezone", zones, asked=about_times.get(ZONE_MISSING))
        self._offer("date_order", list(ORDER_WORDS.items()), asked=about_times.get(DATE_ORDER_OPEN))
        self._must_say_nobody = "rows.none" in asked
        if not asked.keys() & {"rows.none", "rows.uncounted"}:
            del self.fields["nobody_active"]
        if FILE_REPEATS in asked:
            self.fields["repeated_files"].help_text = asked[FILE_REPEATS]
        else:
            del self.fields["repeated_files"]
        if DAY_DIFFERS in asked:
            self.fields["day_as_stated"].help_text = asked[DAY_DIFFERS]
        else:
            del self.fields["day_as_stated"]

    def _offer(self, name: str, choices: list[tuple[str, str]], *, asked: str | None) -> None:
        """Keep a field that answers a question, or a zone that was said before, which may be changed."""
        if asked is None and not (name == "source_timezone" and self.initial[name]):
            del self.fields[name]
            return
        field = choice_field(self, name)
        field.choices = [("", "Choose"), *choices]
        field.required = asked is not None
        if asked is not None:
            field.help_text = asked
            self.initial[name] = self.initial[name] if name == "source_timezone" else ""

    def _place_of(self, role: str) -> int | None:
        """Return the place of the column that is read as a role: as it was sent, else as suggested."""
        if self.is_bound:
            return next((place for place in range(len(self.columns)) if self.data.get(f"column_{place}") == role), None)
        name = self.suggested.columns.get(role)
        names = [column_name(column) for column in self.columns]
        return names.index(column_name(name)) if name and column_name(name) in names else None

    def _is_time_chosen_anew(self) -> bool:
        """Whether another column is read as the time than the one that was looked at."""
        place = self._place_of("at") if self.is_mapped else None
        return place is not None and column_name(self.columns[place]) != column_name(self.suggested.columns["at"] or "")

    def _about_other_times(self) -> dict[str, str]:
        """Return {code: message} of what the samples of the column of times leave open."""
        place = self._place_of("at")
        assert place is not None
        name, samples = self.columns[place], self._seen[place]["samples"]
        table = Table(delimiter=",", header_line=1, header=(name,), records=tuple((text,) for text in samples))
        mapping = generic_csv.with_time_rule(ColumnMapping(columns={"at": name}), table)
        try:
            return {question.code: question.message for question in about_times(mapping, samples)}
        except FileRefused:
            # Reading says which rows contradict each other.
            return {}

    def column_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the columns of the file, each with its samples and the field that says what it is."""
        for place, name in enumerate(self.columns):
            field = self[f"column_{place}"] if self.is_mapped else None
            yield {"name": name, "samples": self._seen[place]["samples"][:3], "field": field}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.is_mapped:
            self._check_columns(cleaned)
        start, last = cleaned.get("covers_from"), cleaned.get("covers_until")
        if isinstance(start, date) and isinstance(last, date) and last < start:
            self.add_error("covers_until", "The last day lies before the first.")
        if self._also_of and not cleaned.get("same_file_too"):
            words = f"Tick this if it is so. If the file was sent for {self._also_of} by mistake, put it aside."
            self.add_error("same_file_too", words)
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
            self.add_error("success", f"Tick the values of {taken['outcome']} that mean success.")
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
        document = self._as_mapped() if self.is_mapped else self.suggested.to_json()
        if cleaned.get("date_order"):
            document["time"]["date_order"] = cleaned["date_order"]
        return document

    def _as_mapped(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        columns: dict[str, str | None] = dict.fromkeys(ROLES)
        for place, name in enumerate(self.columns):
            if cleaned[f"column_{place}"]:
                columns[cleaned[f"column_{place}"]] = name
        document = self.suggested.to_json()
        if self._is_time_chosen_anew():
            # How the other column writes its times says nothing about this one: the file is looked at again.
            document["time"] |= {"format": None, "date_order": None}
        document["columns"] = columns
        document["constants"]["action"] = cleaned["action_constant"] or None if not columns["action"] else None
        document["outcome"] = {"success": self.success_values() if columns["outcome"] else []}
        return document

    def success_values(self) -> list[str]:
        """Return the values that mean success: those ticked, and one from each line of the others."""
        more = (line.strip() for line in self.cleaned_data.get("more_success", "").splitlines())
        return list(dict.fromkeys([*self.cleaned_data.get("success", []), *filter(None, more)]))

    def covers(self) -> Period:
        """Return the confirmed days, half-open."""
        return _period(self.cleaned_data["covers_from"], self._last_day(self.cleaned_data))

    def stated_days(self) -> Period | None:
        """Return the days as they stand in the form, sent or proposed; None while they are no period."""
        stated = self.cleaned_data if self.is_bound else self.initial
        start, last = stated.get("covers_from"), self._last_day(stated)
        if not isinstance(start, date) or not isinstance(last, date) or last < start:
            return None
        return _period(start, last)

    def _last_day(self, stated: Mapping[str, Any]) -> date | None:
        return stated.get("covers_from" if self.is_list else "covers_until")

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


def _period(start: date, last: date | None) -> Period:
    assert last is not None
    return Period(start, last + timedelta(days=1))


def _clock_in(instant: datetime, zone_name: str) -> datetime:
    """Return what the clock of a zone shows: the form shows and reads it in that zone."""
    return instant.astimezone(zone(zone_name)).replace(tzinfo=None)
