"""What the contract says: the terms as they were agreed, version by version where several rule the document."""

from collections.abc import Iterable, Mapping
from typing import Any

from billing.documents.printable import plain
from billing.documents.snapshot import read_span
from billing.documents.wording import Wording
from rollcall.terms.sentence_diff import changed_lines


def agreed(w: Wording) -> list[dict[str, str]]:
    """Give the paragraphs of the terms. Where versions are told apart, each is led by its days, and a later one says
    what differs from the one before it.
    """
    contract = w.invoice.raw["contract"]
    versions = contract.get("versions") or []
    if not versions:
        text = _text(w, contract["sentences"])
        return [{"lead": "", "text": text}] if text else []
    before, *later = versions
    found = [{"lead": _lead(w, "version_says", before), "text": _text(w, before["sentences"])}]
    for version in later:
        changed = changed_lines(before=before["sentences"], after=version["sentences"])
        new = _text(w, (place.after for place in changed if place.after))
        gone = _text(w, (place.before for place in changed if not place.after))
        if new or not gone:
            found.append({"lead": _lead(w, "version_differs" if new else "version_alike", version), "text": new})
        if gone:
            lead = w.say("version_leaves_out") if new else _lead(w, "version_without", version)
            found.append({"lead": lead, "text": gone})
        before = version
    return found


def versions_named(w: Wording) -> str:
    """Give the number of the contract with the versions that rule the document."""
    contract = w.invoice.raw["contract"]
    numbers = [str(version["number"]) for version in contract.get("versions") or []] or [str(contract["version"])]
    key = "contract_version" if len(numbers) == 1 else "contract_versions"
    return w.say(key, number=plain(contract["number"]), version=w.style.listed(numbers))


def _lead(w: Wording, key: str, version: Mapping[str, Any]) -> str:
    return w.say(key, version=str(version["number"]), period=w.period(read_span(version), short=True))


def _text(w: Wording, sentences: Iterable[str]) -> str:
    """Join the sentences, without what stands under "who counts as active" already."""
    definition = plain(w.invoice.raw["definition"]["words"])
    return " ".join(w.text(sentence) for sentence in map(plain, sentences) if definition not in sentence)
