"""Merkle trees as RFC 6962 has them: one hash over many leaves, and short proofs about a single one.

Leaves are texts in the order of their bytes, each once. A leaf and a node are hashed with another first byte, so that
no node passes for a leaf. Between two neighbors in this order there is nothing, which proves that a text is absent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

_LEAF, _NODE = b"\x00", b"\x01"


class ProofRefused(ValueError):
    """The proof does not lead from the leaf to the root."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The way from one leaf to the root: the place of the leaf, how many there are, and the hashes beside the way."""

    place: int
    leaves: int
    path: tuple[bytes, ...]


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one leaf, 32 bytes."""
    return hashlib.sha256(_LEAF + leaf).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over hashes of leaves in their order; that of no leaf is the SHA-256 of nothing."""
    if not hashes:
        return hashlib.sha256().digest()
    level = list(hashes)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def proof(hashes: Sequence[bytes], place: int) -> Proof:
    """Return the way from the leaf at a place to the root over all of them."""
    level, at, path = list(hashes), place, []
    while len(level) > 1:
        beside = at ^ 1
        if beside < len(level):
            path.append(level[beside])
        level, at = _above(level), at // 2
    return Proof(place=place, leaves=len(hashes), path=tuple(path))


def root_of(leaf: bytes, found: Proof) -> bytes:
    """Return the root to which a proof leads from the hash of a leaf. Raises ProofRefused."""
    if not 0 <= found.place < found.leaves:
        raise ProofRefused("The leaf has no place in the tree.")
    at, width, rest = found.place, found.leaves, list(found.path)
    while width > 1:
        if at ^ 1 < width:
            if not rest:
                raise ProofRefused("The way ends before the root.")
            beside = rest.pop(0)
            leaf = _node(beside, leaf) if at % 2 else _node(leaf, beside)
        at, width = at // 2, (width + 1) // 2
    if rest:
        raise ProofRefused("The way goes on behind the root.")
    return leaf


def _above(level: Sequence[bytes]) -> list[bytes]:
    """Hash neighbors together; the last one without a neighbor goes up as it is, which is the tree of RFC 6962."""
    pairs = [_node(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
