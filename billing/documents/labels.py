"""The words of the layout in every language, from the one file `labels.json`."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from billing.documents.format import LANGUAGES


@cache
def labels(language: str) -> Mapping[str, str]:
    """Give key -> words in one language. Words with `{gaps}` are sentences to be filled."""
    table = json.loads((Path(__file__).resolve().parent / "labels.json").read_text("utf-8"))
    column = LANGUAGES.index(language)
    return {key: words[column] for key, words in table.items()}
