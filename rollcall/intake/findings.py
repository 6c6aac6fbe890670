"""What intake says about a file: findings at a row, questions only a person can answer, remarks, and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


class FileRefused(Exception):
    """The file cannot be taken. `code` names the reason for programs, the message for the person who sent it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something that the file cannot say and that is never guessed."""

    code: str
    message: str
    choices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the question as SHAPES.md writes it."""
        return {"code": self.code, "message": self.message, "choices": list(self.choices)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Question:
        """Read a question back."""
        return cls(code=document["code"], message=document["message"], choices=tuple(document["choices"]))


class QuestionsOpen(Exception):
    """The file cannot be read before these questions are answered."""

    def __init__(self, *questions: Question) -> None:
        super().__init__(" ".join(question.message for question in questions))
        self.questions = questions


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something worth a look that keeps no row from counting, such as days without a row."""

    code: str
    message: str

    def to_json(self) -> dict[str, str]:
        """Return the remark as JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing wrong with one row. `line` is the physical line on which the record begins, 1 = first."""

    file: str
    line: int
    column: str | None
    code: str
    value: str
    message: str

    def to_json(self) -> dict[str, Any]:
        """Return the finding as SHAPES.md writes it, with the value that was found."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Finding:
        """Read a finding back."""
        return cls(**document)


# A finding shows so much of the value that is wrong; the file itself keeps the rest.
SHOWN_CHARACTERS = 200
