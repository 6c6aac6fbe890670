"""One kind of table that an import brings in: the base of all of them, on django-import-export."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from import_export import resources
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.results import RowResult
from tablib import Dataset

from ground.actor import Actor, NotAllowed

NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"
_OUTCOMES = {
    RowResult.IMPORT_TYPE_NEW: NEW,
    RowResult.IMPORT_TYPE_UPDATE: CHANGED,
    RowResult.IMPORT_TYPE_SKIP: SAME,
    RowResult.IMPORT_TYPE_INVALID: WRONG,
}


class RowWrong(ValueError):
    """A row cannot be taken for a reason that belongs to one of its columns, or to the whole row (column "")."""

    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column, self.sentence = column, sentence


@dataclass(frozen=True, kw_only=True)
class RowOutcome:
    """What a row does: `outcome` is new, changed, same or wrong; `changes` by column, before and after, as text."""

    outcome: str
    name: str
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "outcome": self.outcome,
            "name": self.name,
            # Lists, for the database does not keep the order of an object's keys.
            "changes": [[column, *pair] for column, pair in self.changes.items()],
            "errors": [list(pair) for pair in self.errors.items()],
        }


class Image:
    """What a row says, or what stands already, by the names of the table's columns."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def __str__(self) -> str:
        return str(self.__dict__)


class _Standing(BaseInstanceLoader):  # type: ignore[misc]
    """Finds what stands already by the table's own way."""

    def get_instance(self, row: Mapping[str, Any]) -> Image | None:
        found: Image | None = self.resource.standing(row)
        return found


class _Changes:
    """The difference of a row to what stands, as text by column; in the place of the library's colored HTML."""

    def __init__(self, resource: "Table", image: Image, new: bool) -> None:
        self._columns = [found.column_name for found in resource.get_import_fields()]
        self._before = [""] * len(self._columns) if new else self._read(resource, image)
        self._after: list[str] = []

    def compare_with(self, resource: "Table", image: Image) -> None:
        """Take what the row says."""
        self._after = self._read(resource, image)

    def as_html(self) -> dict[str, tuple[str, str]]:
        """Return {"column": (before, after), ...} of the columns that differ."""
        pairs = zip(self._columns, self._before, self._after, strict=True)
        return {column: (before, after) for column, before, after in pairs if before != after}

    def _read(self, resource: "Table", image: Image) -> list[str]:
        return [str(found.export(image)) for found in resource.get_import_fields()]


class Table(resources.Resource):  # type: ignore[misc]
    """One kind of table. A subclass says its columns as Fields, finds what stands, and writes by operations.

    `key` are the columns that name a row; `needed` must be there, others may be left out.
    """

    # A template that is given the class shows it and does not make one.
    do_not_call_in_templates: ClassVar[bool] = True
    kind: ClassVar[str]
    title: ClassVar[str]
    words: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    needed: ClassVar[tuple[str, ...]]
    # Rows for the sample file, in the order of `columns`.
    sample: ClassVar[tuple[tuple[str, ...], ...]]

    class Meta:
        instance_loader_class = _Standing
        import_id_fields: ClassVar[list[str]] = []
        skip_unchanged = True
        report_skipped = True
        use_transactions = False
        using_db = "default"

    def __init__(self, *, actor: Actor, now: datetime) -> None:
        super().__init__()
        self.actor, self.now = actor, now

    @classmethod
    def columns(cls) -> list[str]:
        """The columns in their order."""
        return [found.column_name for found in cls.fields.values()]

    @classmethod
    def get_diff_class(cls) -> type[_Changes]:
        return _Changes

    def standing(self, row: Mapping[str, Any]) -> Image | None:
        """Return what stands under the key of this row; None when the row would be new."""
        raise NotImplementedError

    def write(self, image: Image, is_new: bool) -> None:
        """Write one row by operations. Raises RowWrong, ValidationError, or what the operation refuses with."""
        raise NotImplementedError

    def init_instance(self, row: Mapping[str, Any] | None = None) -> Image:
        return Image()

    def import_instance(self, instance: Image, row: Mapping[str, Any], **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        try:
            self.complete(instance)
        except RowWrong as wrong:
            raise ValidationError({wrong.column or NON_FIELD_ERRORS: wrong.sentence}) from wrong

    def complete(self, image: Image) -> None:
        """Fill in what follows from the cells. Raises RowWrong."""

    def do_instance_save(self, instance: Image, is_create: bool) -> None:
        try:
            self.write(instance, is_create)
        except RowWrong as wrong:
            raise ValidationError({wrong.column or NON_FIELD_ERRORS: wrong.sentence}) from wrong

    def outcomes(self, rows: list[dict[str, str]]) -> list[RowOutcome]:
        """Write all rows, by their columns, and say of each what it does; raise nothing for what is wrong with one.

        The caller's transaction decides whether it stays. An error of the program itself is raised.
        """
        dataset = Dataset(headers=list(rows[0]) if rows else self.columns())
        for row in rows:
            dataset.append(list(row.values()))
        result = self.import_data(dataset, dry_run=False, use_transactions=False, raise_errors=False)
        for problem in result.base_errors:
            raise problem.error
        return [self._outcome(row, found) for row, found in zip(rows, result.rows, strict=True)]

    def _outcome(self, row: dict[str, str], found: RowResult) -> RowOutcome:
        for problem in found.errors:
            if isinstance(problem.error, NotAllowed):
                return RowOutcome(outcome=WRONG, name=self.name_of(row), errors={"": str(problem.error)})
            raise problem.error
        errors: dict[str, str] = {}
        if found.validation_error is not None:
            said = found.validation_error
            by_field = said.message_dict if hasattr(said, "error_dict") else {NON_FIELD_ERRORS: said.messages}
            errors = {self._column(name): " ".join(words) for name, words in by_field.items()}
        return RowOutcome(
            outcome=_OUTCOMES[found.import_type],
            name=self.name_of(row),
            changes=found.diff if found.import_type != RowResult.IMPORT_TYPE_SKIP and found.diff else {},
            errors=errors,
        )

    def _column(self, name: str) -> str:
        """The column of a field of an operation's model; "" for the whole row."""
        by_attribute = {found.attribute: found.column_name for found in self.fields.values()}
        return str(by_attribute.get(name, name if name in by_attribute.values() else ""))

    def name_of(self, row: Mapping[str, str]) -> str:
        """How a person finds the row again."""
        return " ".join(str(row.get(column, "")).strip() for column in self.key)


def column(name: str, widget: Any, *, attribute: str = "") -> Field:
    """Return one column of a table; `attribute` is the model's field, where it has another name."""
    return Field(attribute=attribute or name, column_name=name, widget=widget)


def cell(row: Mapping[str, Any], name: str) -> str:
    """Return what a row has in a column, without blanks around it; empty where the column is not there."""
    return str(row.get(name) or "").strip()


def as_day(text: str) -> date | None:
    """Return a day for looking up what stands; None for what is no day, which its cell says."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
