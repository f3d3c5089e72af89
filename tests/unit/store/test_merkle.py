"""The frontier against the definition of RFC 6962 section 2.1, and the roots its implementations publish."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from lineage.store import merkle
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


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % number) for number in range(count)]


EIGHT = merkle.nodes_of([leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES])
# Proofs over the eight leaves above, as implementations of RFC 6962 publish them with their roots.
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_the_published_inclusion_proofs_come_out(index, size):
    proof = merkle.inclusion_proof(EIGHT, index, size)
    assert [part.hex() for part in proof] == INCLUSION[index, size]
    assert merkle.root_from_inclusion(EIGHT(0, index), index, size, proof).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("old", "size"), CONSISTENCY)
def test_the_published_consistency_proofs_come_out(old, size):
    proof = merkle.consistency_proof(EIGHT, old, size)
    assert [part.hex() for part in proof] == CONSISTENCY[old, size]
    assert merkle.is_consistent(old, bytes.fromhex(ROOTS[old - 1]), size, bytes.fromhex(ROOTS[size - 1]), proof)


@pytest.fixture(scope="module")
def oracle():
    tree = InmemoryTree()
    for number in range(300):
        tree.append_entry(b"entry %d" % number)
    return tree


def test_roots_and_inclusion_proofs_are_those_of_the_other_implementation(oracle):
    node, tree, proofs = merkle.nodes_of(hashes(300)), Frontier(), 0
    for size in range(1, 301):
        tree.append(node(0, size - 1))
        root = oracle.get_root(size)
        assert tree.root() == merkle.root_at(node, size) == root
        for index in range(size % 7, size, 7):
            proof = merkle.inclusion_proof(node, index, size)
            assert [node(0, index), *proof] == oracle.prove_inclusion(index + 1, size).path
            assert merkle.root_from_inclusion(node(0, index), index, size, proof) == root
            proofs += 1
    assert proofs > 6_000


def test_consistency_proofs_join_the_roots_of_the_other_implementation(oracle):
    node, proofs = merkle.nodes_of(hashes(300)), 0
    for size in range(1, 301):
        for old in range(size % 7, size + 1, 7):
            proof = merkle.consistency_proof(node, old, size)
            roots = oracle.get_root(old) if old else EMPTY, oracle.get_root(size)
            assert merkle.is_consistent(old, roots[0], size, roots[1], proof)
            wrong = oracle.get_root(old + 1) if old < size else EMPTY
            assert not merkle.is_consistent(old, wrong, size, roots[1], proof)
            proofs += 1
    assert proofs > 6_000


def broken(proof: list[bytes]) -> list[list[bytes]]:
    """Every proof that is like this one and not the same: a bit changed, a part gone, doubled, or added."""
    found = [[*proof, bytes(32)], [bytes(32), *proof]]
    for at, part in enumerate(proof):
        found += [[*proof[:at], *proof[at + 1 :]], [*proof[:at], part, *proof[at:]]]
        found += [
            [*proof[:at], bytes([part[0] ^ 1]) + part[1:], *proof[at + 1 :]],
            [*proof[:at], part[:31], *proof[at + 1 :]],
        ]
    return found


def test_no_broken_proof_passes():
    node, tried = merkle.nodes_of(hashes(40)), 0
    for size in range(1, 41):
        root = merkle.root_at(node, size)
        for at in range(0, size, 3):
            for proof in broken(merkle.inclusion_proof(node, at, size)):
                assert merkle.root_from_inclusion(node(0, at), at, size, proof) != root
                tried += 1
            old_root = merkle.root_at(node, at)
            for proof in broken(merkle.consistency_proof(node, at, size)):
                assert not merkle.is_consistent(at, old_root, size, root, proof)
                tried += 1
    assert tried > 8_000


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 2), (0, 0)])
def test_there_is_no_proof_for_a_leaf_outside_the_tree(index, size):
    with pytest.raises(ValueError, match="leaf"):
        merkle.inclusion_proof(merkle.nodes_of(hashes(3)), index, size)
    assert merkle.root_from_inclusion(bytes(32), index, size, []) is None


def test_there_is_no_proof_from_a_larger_tree_to_a_smaller_one():
    with pytest.raises(ValueError, match="never"):
        merkle.consistency_proof(merkle.nodes_of(hashes(3)), 3, 2)
    assert not merkle.is_consistent(3, bytes(32), 2, bytes(32), [])


@given(st.lists(st.binary(max_size=3), max_size=40), st.lists(st.binary(max_size=3), max_size=40))
def test_adding_many_is_adding_one_by_one(before, after):
    one, many = Frontier(), Frontier()
    for leaf in [*before, *after]:
        one.append(leaf_hash(leaf))
    many.extend(map(leaf_hash, before))
    many.extend(map(leaf_hash, after))
    assert (one.size, one.to_bytes()) == (many.size, many.to_bytes())


def test_tiles_hold_the_nodes_of_the_tree():
    leaves = hashes(600)
    node = merkle.nodes_of(leaves)
    assert list(merkle.full_tiles(600)) == [(0, 2)]
    assert list(merkle.full_tiles(65_536 * 2 + 300)) == [(0, 513), (1, 2)]
    assert not list(merkle.full_tiles(255))
    assert merkle.tile_root(b"".join(leaves[256:512])) == node(8, 1)
    assert merkle.tile_node(leaves[256:512], 3, 5) == node(3, 37)
