"""Groups of charges of which only the greatest is billed."""

from __future__ import annotations

from collections.abc import Collection

from rollcall.terms.fields import Fields, TermsRefused, one_of

Groups = tuple[tuple[str, ...], ...]


def read_groups(fields: Fields) -> Groups:
    """Take `"greater_of": [["mau", "concurrent"]]`: at least two charges in a group, none of them in two groups."""
    if not fields.has("greater_of"):
        return ()
    groups: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for position, row in enumerate(fields.listed("greater_of")):
        path = f"{fields.at('greater_of')}[{position}]"
        if not isinstance(row, list) or len(row) < 2 or not all(isinstance(key, str) for key in row):
            raise TermsRefused(path, 'must name at least two charges, as in ["mau", "concurrent"].')
        again = sorted(key for key in row if row.count(key) > 1 or key in seen)
        if again:
            raise TermsRefused(path, f'"{again[0]}" is compared twice; a charge is in one group at most.')
        seen |= {*row}
        groups.append(tuple(row))
    if not groups:
        raise fields.refuse("greater_of", "names no charges; leave it out.")
    return tuple(groups)


def refuse_unknown_charges(groups: Groups, charges: Collection[str]) -> None:
    """Refuse a group that names a charge that the terms do not have. Raises TermsRefused."""
    for position, group in enumerate(groups):
        unknown = sorted({*group} - {*charges})
        if unknown:
            raise TermsRefused(
                f"limits.greater_of[{position}]", f'there is no charge "{unknown[0]}"; use {one_of(sorted(charges))}.'
            )


def groups_in_words(groups: Groups) -> list[str]:
    """Say each group in a sentence."""
    return [
        f"Of {' and '.join(group)} only the greatest is billed, the first of them where they are equal."
        for group in groups
    ]
