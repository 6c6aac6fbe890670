"""The words of the layout in every language, from the one file `labels.json`."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from billing.documents.format import LANGUAGES

INVOICE = "invoice"


@cache
def labels(language: str, kind: str = INVOICE) -> Mapping[str, str]:
    """Give key -> words in one language. Words with `{gaps}` are sentences to be filled.

    A document of another kind than an invoice has its own words where the file has them: "credit_note.pay_by".
    """
    table = json.loads((Path(__file__).resolve().parent / "labels.json").read_text("utf-8"))
    column = LANGUAGES.index(language)
    words = {key: text[column] for key, text in table.items()}
    own = {key.removeprefix(f"{kind}."): text for key, text in words.items() if key.startswith(f"{kind}.")}
    return words | own
