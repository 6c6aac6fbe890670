"""Given files and their figures: samples of known exports, nasty files, cases of ratings. Two nasty files are written."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent
NASTY = FOLDER / "nasty"
SAMPLES = FOLDER / "samples"


def write_large_files() -> None:
    """Write the nasty files that are too large to be kept: a good file, then one endless line."""
    good = (NASTY / "utf8_plain.csv").read_bytes()
    endless = {
        "field_10mb.csv": b'"e99998","' + b"A" * 10_000_000 + b'","2026-06-05T10:00:00Z","login"\n',
        "long_line.csv": b"e99999,user01@customer.example,2026-06-05T10:00:00Z,login" + b",x" * 2_000_000 + b"\n",
    }
    for name, line in endless.items():
        target = NASTY / name
        if target.exists() and target.stat().st_size == len(good) + len(line):
            continue
        # Several processes of one test run write at once; each sees a whole file.
        written = target.with_name(f"{name}.{os.getpid()}")
        written.write_bytes(good + line)
        written.replace(target)
