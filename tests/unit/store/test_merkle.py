"""The frontier against the definition of RFC 6962 section 2.1, and the roots its implementations publish."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.store.merkle import EMPTY, Frontier, leaf_hash

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
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


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962: split at the largest power of two below the number of leaves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + naive_root(leaves[:half]) + naive_root(leaves[half:])).digest()


def test_the_published_roots_come_out():
    tree = Frontier()
    assert tree.root() == EMPTY
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        tree.append(leaf_hash(bytes.fromhex(leaf)))
        assert tree.root().hex() == root


@given(st.lists(st.binary(max_size=8), max_size=130), st.integers(0, 130))
def test_the_root_is_that_of_the_definition_whenever_the_frontier_was_stored_in_between(leaves, stored_at):
    tree = Frontier()
    for number, leaf in enumerate(leaves):
        if number == stored_at:
            tree = Frontier.from_bytes(tree.size, tree.to_bytes())
        tree.append(leaf_hash(leaf))
    assert tree.root() == naive_root(leaves)
    assert tree.size == len(leaves)


@pytest.mark.parametrize(("size", "data"), [(1, b""), (0, b"x" * 32), (3, b"x" * 32), (2, b"x" * 31)])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size, data):
    with pytest.raises(ValueError, match="peaks"):
        Frontier.from_bytes(size, data)
