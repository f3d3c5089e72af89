"""The record: documents, journal, head of the log, actors and places. docs/store.md."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from lineage.store.columns import KEY, NUMBER, metadata

document = Table(
    "document",
    metadata,
    Column("kind", KEY, primary_key=True),
    Column("key", KEY, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("sys_from", NUMBER, nullable=False),
    Column("sys_to", NUMBER),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("length(digest) = 64", name="digest"),
    CheckConstraint("sys_from >= 0", name="sys_from"),
    CheckConstraint("sys_to IS NULL OR sys_to > sys_from", name="interval"),
)
"""What the judge reads, every version of it: a version holds from the entry ``sys_from`` until before ``sys_to``."""

# No index on sys_to alone: planners take it for as-of reads and become several times slower.
Index(
    "uq_document_current",
    document.c.kind,
    document.c.key,
    unique=True,
    sqlite_where=text("sys_to IS NULL"),
    postgresql_where=text("sys_to IS NULL"),
)

actor = Table(
    "actor",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, unique=True),
    Column("created", Text, nullable=False),
    Column("salt", LargeBinary),
    CheckConstraint("salt IS NULL OR length(salt) = 16", name="salt"),
)
"""Who acts: the journal holds the opaque id only, so that a name can be erased here without touching it.

The id is a hash of salt and name, so that nobody can be given another name; it says nothing once both are erased.
"""

# The kind and operation are open: entries about the log itself come to the journal too, not only documents.
journal = Table(
    "journal",
    metadata,
    Column("sequence", NUMBER, primary_key=True, autoincrement=False),
    Column("command", Text, nullable=False),
    Column("request", Text, unique=True),
    Column("kind", KEY, nullable=False),
    Column("key", KEY, nullable=False),
    Column("version", Integer, nullable=False),
    Column("operation", Text, nullable=False),
    Column("actor", Text, ForeignKey("actor.id"), nullable=False, index=True),
    Column("how_known", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("reason", Text),
    Column("header", LargeBinary, nullable=False),
    Column("salt", LargeBinary),
    Column("payload_digest", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    CheckConstraint("sequence >= 0", name="sequence"),
    CheckConstraint("operation <> ''", name="operation"),
    CheckConstraint("salt IS NULL OR length(salt) = 16", name="salt"),
    CheckConstraint("length(payload_digest) = 32", name="payload_digest"),
    CheckConstraint("length(leaf) = 32", name="leaf"),
)
"""Every change, in order, numbered from 0 without gaps: the leaves of the Merkle tree. Only ever appended to."""

head = Table(
    "head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", NUMBER, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="id"),
    CheckConstraint("size >= 0", name="size"),
)
"""One row: how many entries the journal has, and the RFC 6962 frontier over their leaves."""

place = Table(
    "place",
    metadata,
    Column("kind", KEY, primary_key=True),
    Column("key", KEY, primary_key=True),
    Column("file", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("lines", Text, nullable=False),
    Column("digest", Text, nullable=False),
)
"""Where a document was last declared, and the digest of what was applied from there; outside the journal."""

tile = Table(
    "tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    CheckConstraint("level >= 0", name="level"),
    CheckConstraint("number >= 0", name="number"),
    CheckConstraint("length(hashes) = 8192", name="hashes"),
)
"""Full tiles of the tree (C2SP tlog-tiles): 256 hashes each, so that proofs need no leaves. Made with checkpoints."""

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("size", NUMBER, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("key", Text, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("number >= 0", name="number"),
    CheckConstraint("size >= 0", name="size"),
    CheckConstraint("length(root) = 32", name="root"),
)
"""Signed statements of the log's size and root (C2SP tlog-checkpoint), numbered from 0 without gaps."""

compiled = Table(
    "compiled",
    metadata,
    Column("root", Text, primary_key=True),
    Column("program", Text, primary_key=True),
    Column("entry", NUMBER, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("manifest", LargeBinary, nullable=False),
    CheckConstraint("entry >= 0", name="entry"),
)
"""Decision tables kept so that a question needs no judging: the program that judged, the last journal entry it knew of.

The entry's leaf tells whether the journal is still the one it was made from, and not that of a backup put in its place.
"""

compiled_segment = Table(
    "compiled_segment",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""What the manifests of decision tables name, compressed, each once."""

CACHES = frozenset({"compiled", "compiled_segment"})
"""Tables that can be made again from the record at any time: neither guarded nor copied."""
