"""The stated cases against what the product answers, for `make conformance` and for the tests."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rollcall.terms.fields import TermsRefused
from tests.conformance.nasty import Result
from tests.conformance.worked.answers import Answers, NoSuchFigure
from tests.conformance.worked.cases import KINDS, WORKED, Case, all_cases, leaves


def results(folder: Path = WORKED) -> Iterator[Result]:
    """Yield the result of every stated case. The group says how many of its kind there are."""
    cases = all_cases(folder)
    stated = Counter(case.kind for case in cases)
    for case in sorted(cases, key=lambda case: case.kind):
        kind = f"{case.kind}: {stated[case.kind]} of {KINDS[case.kind]} stated"
        yield Result(case.id, kind, tuple(faults_of(case)))


def faults_of(case: Case) -> Iterator[str]:
    """Yield what does not match: a figure that differs, that is not there, or that nobody compares."""
    try:
        answers = Answers(case.asks)
    except TermsRefused as refusal:
        yield f"refused: {refusal}"
        return
    stated = dict(leaves(case.expected))
    for path in sorted({*case.figures, *case.not_compared} ^ set(stated)):
        yield f"{path}: compared and not stated, or stated and not compared"
    for path, place in case.figures.items():
        try:
            found = answers.at(place)
        except NoSuchFigure as error:
            yield f"{path}: {error}"
            continue
        if not _same(stated.get(path, ""), found, is_minor="_minor" in path):
            yield f"{path}: {found} at {place}, expected {stated.get(path)}"


def _same(stated: str, found: str, *, is_minor: bool) -> bool:
    """Whether two texts are one figure; amounts under a key with _minor are in hundredths."""
    try:
        return Decimal(stated) == Decimal(found).scaleb(2 if is_minor else 0)
    except InvalidOperation:
        return stated == found
