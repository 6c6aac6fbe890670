"""Which text the bundled fonts can print, known without loading a font."""

import re
import unicodedata
from functools import cache
from pathlib import Path

UNPRINTED = {"Cc", "Cf"}  # controls, and invisible marks that could reorder or hide text


@cache
def printable_characters() -> frozenset[str]:
    """Give every character that both text fonts have; `assets/characters.txt` lists the ranges."""
    lines = (Path(__file__).resolve().parent / "assets" / "characters.txt").read_text("ascii").split()
    ranges = (line.split("-") for line in lines)
    return frozenset(chr(code) for first, last in ranges for code in range(int(first, 16), int(last, 16) + 1))


def plain(text: str) -> str:
    """Compose the characters, turn every run of blanks into one, and leave out invisible marks."""
    words = re.sub(r"[^\S\u00a0]+", " ", unicodedata.normalize("NFC", text)).strip()
    return "".join(char for char in words if unicodedata.category(char) not in UNPRINTED)


def unprintable(text: str) -> str:
    """Give the characters of a text that no bundled font has, each once, in order."""
    return "".join(dict.fromkeys(char for char in plain(text) if char not in printable_characters()))
