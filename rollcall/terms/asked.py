"""What a form says beside a field of the terms: `field(metadata=asked(...))` on the dataclass itself.

A form is drawn from the dataclasses of the terms, their fields and their type hints; nobody lists price models or
limits for it. Where a hint says too little, the note stands here, beside the field: the words that may be chosen, a
label that is better than the name, the key that terms write where it is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

KEY = "asked"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The note of one field. Everything that is empty is derived from the field's name and type.

    `key` is what terms write; `kind` an answer of `rollcall.terms.outline`; `is_flat` puts the fields of an inner
    object beside those of the outer one; `is_hidden` leaves the field out, because terms do not write it.
    """

    label: str = ""
    help: str = ""
    key: str = ""
    kind: str = ""
    choices: tuple[str, ...] = ()
    is_flat: bool = False
    is_hidden: bool = False
    leaves_out: tuple[str, ...] = ()


def asked(
    label: str = "",
    *,
    help: str = "",
    key: str = "",
    kind: str = "",
    choices: Sequence[str] = (),
    is_flat: bool = False,
    is_hidden: bool = False,
    leaves_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the metadata of a dataclass field that says how a form asks for it."""
    note = Asked(
        label=label,
        help=help,
        key=key,
        kind=kind,
        choices=tuple(choices),
        is_flat=is_flat,
        is_hidden=is_hidden,
        leaves_out=tuple(leaves_out),
    )
    return {KEY: note}
