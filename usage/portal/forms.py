"""What a person fills in: which file for which instance, and how to look at it anew."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from licenses.models import Instance
from rollcall.formats import generic_csv
from rollcall.intake.text import ENCODINGS
from rollcall.period import zone_names
from rollcall.zones import EARLIEST, LATEST, day_of
from usage.limits import MOST_FILES

SHEET_OPEN = "sheet.unknown"
# In other years no time of a report is read.
YEARS = range(day_of(EARLIEST).year, day_of(LATEST).year)
_SAID_OF_DAYS = f"Give a day of the years {YEARS[0]} to {YEARS[-1]}."
SOME_DAY = (
    MinValueValidator(date(YEARS[0], 1, 1), message=_SAID_OF_DAYS),
    MaxValueValidator(date(YEARS[-1], 12, 31), message=_SAID_OF_DAYS),
)
DELIMITER_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


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
        field = choice_field(self, "instance")
        # Of several, none is taken for meant.
        nothing = [("", "Choose")] if len(instances) > 1 else []
        field.choices = [*nothing, *((instance.public_id, instance.name) for instance in instances)]
        field.initial = chosen if chosen in self.by_id else None

    def chosen_instance(self) -> Instance:
        """Return the instance that the valid form names."""
        return self.by_id[self.cleaned_data["instance"]]


class LookAgainForm(forms.Form):
    """Answers with which the file is looked at anew; an empty one leaves it to the file."""

    encoding = forms.ChoiceField(label="Encoding", required=False)
    delimiter = forms.ChoiceField(label="Columns are parted by", required=False)
    sheet = forms.ChoiceField(label="Sheet", required=False)
    source_timezone = forms.ChoiceField(label="Time zone of times that name none", required=False)

    def __init__(self, *args: Any, sniffed: Mapping[str, Any], said_zone: str, bill_zone: str, **kwargs: Any) -> None:
        kwargs["auto_id"] = "again_%s"
        super().__init__(*args, **kwargs)
        mapping = sniffed.get("mapping") or {}
        asked: list[str] = [
            name for one in sniffed.get("questions") or [] if one["code"] == SHEET_OPEN for name in one["choices"]
        ]
        zones = [(bill_zone, bill_zone), ("UTC", "UTC"), *((name, name) for name in sorted(zone_names()))]
        for name, choices in {
            "encoding": [(name, name) for name in ENCODINGS],
            "delimiter": list(DELIMITER_WORDS.items()),
            "sheet": [(name, name) for name in [mapping.get("sheet"), *asked] if name],
            "source_timezone": zones,
        }.items():
            choice_field(self, name).choices = [("", "as the file says"), *dict(choices).items()]
        has_table = sniffed.get("format") in (None, generic_csv.NAME)
        if mapping.get("sheet"):
            del self.fields["encoding"], self.fields["delimiter"]
        elif not has_table:
            del self.fields["delimiter"]
        if not mapping.get("sheet"):
            del self.fields["sheet"]
        self.initial = {
            "encoding": sniffed.get("encoding") or "",
            "delimiter": mapping.get("delimiter") or "",
            "sheet": mapping.get("sheet") or "",
            "source_timezone": said_zone,
        }


def choice_field(form: forms.Form, name: str) -> forms.ChoiceField:
    """Return a field of choices of a form, for its choices to be set."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    return field
