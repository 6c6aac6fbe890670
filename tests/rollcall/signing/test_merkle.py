"""Merkle trees: the values of RFC 6962's own examples, and that every proof leads to the root and to no other."""

import contextlib
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.signing.merkle import Proof, ProofRefused, leaf_hash, proof, root, root_of

# The leaves of the reference implementation's test, and the roots over the first n of them.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("number", range(1, 9))
def test_roots_are_those_of_the_rfc(number: int) -> None:
    assert root([leaf_hash(leaf) for leaf in LEAVES[:number]]).hex() == ROOTS[number - 1]


def test_no_leaf_is_the_hash_of_nothing() -> None:
    assert root([]) == hashlib.sha256(b"").digest()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.data())
def test_every_leaf_is_proven_at_its_place_and_nowhere_else(number: int, data: st.DataObject) -> None:
    hashes = [leaf_hash(b"%d" % one) for one in range(number)]
    place = data.draw(st.integers(0, number - 1))
    found = proof(hashes, place)
    assert root_of(hashes[place], found) == root(hashes)
    elsewhere = Proof(place=(place + 1) % number, leaves=number, path=found.path)
    if number > 1:
        with contextlib.suppress(ProofRefused):
            assert root_of(hashes[place], elsewhere) != root(hashes)


def test_a_way_that_is_too_long_or_too_short_is_refused() -> None:
    hashes = [leaf_hash(b"%d" % one) for one in range(5)]
    found = proof(hashes, 2)
    for path in (found.path[:-1], (*found.path, hashes[0])):
        with pytest.raises(ProofRefused):
            root_of(hashes[2], Proof(place=2, leaves=5, path=path))
    with pytest.raises(ProofRefused, match="no place"):
        root_of(hashes[2], Proof(place=5, leaves=5, path=found.path))
