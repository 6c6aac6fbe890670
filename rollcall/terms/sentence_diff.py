"""What differs between two agreements, in the words that both sides read."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rollcall.terms.contract import ContractTerms


@dataclass(frozen=True, kw_only=True)
class ChangedSentence:
    """One place where the terms differ; a sentence that is new or gone has an empty other side."""

    before: str
    after: str


def changed_sentences(*, before: ContractTerms, after: ContractTerms) -> list[ChangedSentence]:
    """Return what differs between the sentences of two versions, in their order."""
    return changed_lines(before=before.sentences(), after=after.sentences())


def changed_lines(*, before: Sequence[str], after: Sequence[str]) -> list[ChangedSentence]:
    """Return the lines that differ: replaced ones side by side, one by one."""
    changed = []
    for verb, a, b, c, d in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if verb == "equal":
            continue
        gone, new = list(before[a:b]), list(after[c:d])
        for place in range(max(len(gone), len(new))):
            changed.append(
                ChangedSentence(
                    before=gone[place] if place < len(gone) else "", after=new[place] if place < len(new) else ""
                )
            )
    return changed
