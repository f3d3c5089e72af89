"""Attempts to write past the journal, as data: what is tried, what is told, and the statements of one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing

import psycopg
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from lineage.store.registry import metadata

UNSAID = "no new entry of the journal speaks of this row"
DIGEST = "0" * 64
NEXT = "(SELECT max(sequence) + 1 FROM journal)"
LAST = "(SELECT max(sequence) FROM journal)"

Attack = tuple[str, str, tuple[str, ...]]


def forge(
    kind: str, key: str, version: int = 1, *, at: str = "(SELECT max(at) FROM journal)", how: str = "INSERT"
) -> str:
    """Write a journal entry by hand, as a copy of the first; a statement that tells no lie but the entry itself."""
    return (
        f"{how} INTO journal SELECT {NEXT}, command, NULL, '{kind}', {key}, {version}, operation, actor, how_known, {at},"
        " reason, header, salt, payload_digest, leaf FROM journal WHERE sequence = 0"
    )


def entry(sequence: str, request: str = "NULL", how: str = "INSERT") -> str:
    return (
        f"{how} INTO journal SELECT {sequence}, command, {request}, kind, key, version, operation, actor, how_known,"
        " (SELECT max(at) FROM journal), reason, header, salt, payload_digest, leaf FROM journal WHERE sequence = 0"
    )


def version(
    kind: str, key: str, number: int = 1, *, since: str = LAST, how: str = "INSERT", into: str = "document"
) -> str:
    return f"{how} INTO {into} VALUES ('{kind}', '{key}', {number}, '{{}}', '{DIGEST}', false, {since}, NULL)"


ELEMENT = "key, retired, sequence"

BOTH: list[Attack] = [
    ("a document without an entry", UNSAID, (version("element", "new"),)),
    ("a document by another's entry", UNSAID, (forge("element", "'other'"), version("element", "new"))),
    ("a document by an entry of another version", UNSAID, (forge("element", "'new'", 2), version("element", "new"))),
    ("a body changed", UNSAID, ("UPDATE document SET body = '{}' WHERE sys_to IS NULL",)),
    ("a former body changed", UNSAID, ("UPDATE document SET body = '{}' WHERE sys_to IS NOT NULL",)),
    ("a document brought back to life", UNSAID, ("UPDATE document SET retired = NOT retired",)),
    ("a version ended", UNSAID, (f"UPDATE document SET sys_to = {NEXT} WHERE sys_to IS NULL",)),
    ("a former version made current", UNSAID, ("UPDATE document SET sys_to = NULL WHERE sys_to IS NOT NULL",)),
    ("an end moved", UNSAID, ("UPDATE document SET sys_to = sys_to + 1 WHERE sys_to IS NOT NULL",)),
    ("documents deleted", "document are never", ("DELETE FROM document",)),
    (
        "versions left out", "does not follow|uq_document_current",
        (forge("element", "'customer.phone'", 3), version("element", "customer.phone", 3)),
    ),
    (
        "a version left out after the end of the last", "does not follow",
        (
            forge("element", "'customer.phone'", 2),
            f"UPDATE document SET sys_to = {LAST} WHERE kind = 'element' AND key = 'customer.phone'",
            forge("element", "'customer.phone'", 3), version("element", "customer.phone", 3),
        ),
    ),
    (
        "a second current version", "does not follow|uq_document_current",
        (forge("element", "'customer.phone'", 2), version("element", "customer.phone", 2)),
    ),
    (
        "what is live redacted", UNSAID,
        (
            forge("redaction", "(SELECT CAST(sys_from AS TEXT) FROM document WHERE key = 'customer.phone')"),
            f"UPDATE document SET body = '{{}}', digest = '{DIGEST}' WHERE key = 'customer.phone'",
        ),
    ),
    ("an entry changed", "never changed", ("UPDATE journal SET reason = 'another'",)),
    ("an entry renumbered", "never changed", ("UPDATE journal SET sequence = sequence + 100 WHERE sequence = 0",)),
    ("an entry redacted by nobody", "never changed", ("UPDATE journal SET salt = NULL, reason = NULL WHERE sequence = 1",)),
    ("entries deleted", "journal are never", ("DELETE FROM journal",)),
    ("the last entry deleted", "journal are never", (f"DELETE FROM journal WHERE sequence = {LAST}",)),
    ("a gap in the journal", "comes next", (entry("(SELECT max(sequence) + 2 FROM journal)"),)),
    ("an entry before the first", "comes next|ck_journal_sequence", (entry("-1"),)),
    ("a back-dated entry", "not older", (forge("element", "'new'", at="'2020-01-01T00:00:00.000000Z'"),)),
    (
        "an entry upserted", "with this request|never changed",
        ("INSERT INTO journal SELECT * FROM journal WHERE true ON CONFLICT (sequence) DO UPDATE SET reason = 'x'",),
    ),
    ("the head moved back", "only moves forwards", ("UPDATE head SET size = size - 1",)),
    ("the head moved too far", "at the end", ("UPDATE head SET size = size + 5",)),
    ("another frontier", "only moves forwards", ("UPDATE head SET frontier = salt FROM actor",)),
    ("the head deleted", "head are never", ("DELETE FROM head",)),
    ("an entry without a document", "no document version", (forge("element", "'new'"), "UPDATE head SET size = size + 1")),
    ("an actor renamed", "only erased", ("UPDATE actor SET name = 'budi'",)),
    ("an actor's id changed", "only erased", ("UPDATE actor SET id = 'other', name = NULL, salt = NULL",)),
    ("an actor's salt changed", "only erased", ("UPDATE actor SET salt = NULL",)),
    ("an actor deleted", "actor are never", ("DELETE FROM actor",)),
    ("a checkpoint changed", "checkpoint are never", ("UPDATE checkpoint SET note = 'another'",)),
    ("a checkpoint deleted", "checkpoint are never", ("DELETE FROM checkpoint",)),
    ("a checkpoint left out", "next checkpoint", ("INSERT INTO checkpoint SELECT 5, size, root, key, note FROM checkpoint",)),
    (
        "a checkpoint of entries to come", "not as long",
        ("INSERT INTO checkpoint SELECT number + 1, size + 999, root, key, note FROM checkpoint",),
    ),
    ("a tile changed", "tile are never", ("UPDATE tile SET level = 1",)),
    ("a tile deleted", "tile are never", ("DELETE FROM tile",)),
    ("a projected row without an entry", UNSAID, (f"INSERT INTO elements ({ELEMENT}) VALUES ('new', false, {LAST})",)),
    (
        "a projected row without a document", UNSAID,
        (forge("element", "'new'"), f"INSERT INTO elements ({ELEMENT}) VALUES ('new', false, {LAST})"),
    ),
    ("a projected row changed", UNSAID, ("UPDATE elements SET title = 'Fax'",)),
    ("a projected row said to be newer", UNSAID, (f"UPDATE elements SET title = 'Fax', sequence = {NEXT}",)),
    ("a projected row under another key", UNSAID, ("UPDATE touchpoints SET key = 'other'",)),
    ("the second pair of eyes switched", UNSAID, ("UPDATE catalogue SET review = 'four_eyes'",)),
    ("projected rows deleted", "elements are never", ("DELETE FROM elements",)),
    (
        "a projected row upserted", UNSAID,
        (
            (f"INSERT INTO elements ({ELEMENT}) VALUES ('customer.phone', false, {LAST})"
            " ON CONFLICT (key) DO UPDATE SET title = 'Fax', sequence = 0"),
        ),
    ),
    ("a part added", UNSAID, ("INSERT INTO element_names VALUES ('customer.phone', 7, 'Fax')",)),
    ("a part of nothing", UNSAID, ("INSERT INTO element_names VALUES ('nobody', 7, 'Fax')",)),
    ("a part changed", "element_names are never", ("UPDATE element_names SET name = 'Fax'",)),
    ("a part deleted", UNSAID, ("DELETE FROM element_names WHERE position = 0",)),
    ("parts copied", UNSAID, ("INSERT INTO bases SELECT use, 'zz', basis, special_condition FROM bases",)),
]  # fmt: skip

NUMBER = "do not bring their number"
SQLITE: list[Attack] = [
    ("an entry replaced", "comes next", (entry("0", how="REPLACE"),)),
    ("an entry replaced by its request", "with this request", (entry(NEXT, "'r-1'", how="REPLACE"),)),
    ("an entry ignored", "comes next", (entry("0", how="INSERT OR IGNORE"),)),
    ("an entry replaced by an update", "never changed", ("UPDATE OR REPLACE journal SET sequence = 1 WHERE sequence = 0",)),
    (
        "a version replaced", "does not follow",
        (forge("element", "'customer.phone'"), version("element", "customer.phone", how="REPLACE")),
    ),
    (
        "the current version replaced", "does not follow",
        (forge("element", "'customer.phone'", 2), version("element", "customer.phone", 2, how="REPLACE")),
    ),
    (
        "a document replaced by its number", NUMBER,
        (
            forge("element", "'new'"),
            ("REPLACE INTO document (rowid, kind, key, version, body, digest, retired, sys_from)"
            f" VALUES (1, 'element', 'new', 1, '{{}}', '{DIGEST}', false, {LAST})"),
        ),
    ),
    ("a document moved onto another", UNSAID, ("UPDATE OR REPLACE document SET rowid = 1 WHERE rowid = 2",)),
    ("a projected row replaced", UNSAID, (f"REPLACE INTO elements ({ELEMENT}) VALUES ('customer.phone', false, 0)",)),
    (
        "a projected row replaced by its number", NUMBER,
        (f"REPLACE INTO elements (rowid, {ELEMENT}) VALUES (1, 'new', false, {LAST})",),
    ),
    ("a projected row ignored", UNSAID, (f"INSERT OR IGNORE INTO elements ({ELEMENT}) VALUES ('new', false, 0)",)),
    ("a part replaced", UNSAID, ("REPLACE INTO element_names VALUES ('customer.phone', 0, 'Fax')",)),
    ("the head replaced", "with this id", ("REPLACE INTO head SELECT 1, 0, frontier FROM head",)),
    ("an actor replaced", "with this", ("REPLACE INTO actor SELECT id, 'budi', created, salt FROM actor",)),
    ("an actor replaced by name", "with this name", ("REPLACE INTO actor SELECT 'other', name, created, salt FROM actor",)),
    ("a checkpoint replaced", "with this number", ("REPLACE INTO checkpoint SELECT number, 0, root, key, 'x' FROM checkpoint",)),
    ("a tile replaced", "with this", ("REPLACE INTO tile SELECT level, number, hashes FROM tile",)),
    (
        "checks switched off", UNSAID,
        ("PRAGMA ignore_check_constraints = ON", "PRAGMA defer_foreign_keys = ON", version("element", "new")),
    ),
]  # fmt: skip

EVIL = (
    "CREATE SCHEMA evil",
    "CREATE FUNCTION evil.yes(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE OPERATOR evil.>= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.yes)",
    "CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.yes)",
    "SET search_path TO evil, public, pg_catalog",
)
POSTGRES: list[Attack] = [
    *(
        (f"{table} emptied", "never changed or deleted", (f"TRUNCATE {table} CASCADE",))
        for table in ("journal", "document", "head", "actor", "checkpoint", "tile", "elements", "element_names")
    ),
    ("documents copied in", UNSAID, (f"COPY document FROM STDIN|element\tnew\t1\t{{}}\t{DIGEST}\tf\t0\t\\N\n",)),
    ("projected rows copied in", UNSAID, (f"COPY elements ({ELEMENT}) FROM STDIN|new\tf\t0\n",)),
    ("parts copied in", UNSAID, ("COPY element_names FROM STDIN|customer.phone\t7\tFax\n",)),
    ("triggers passed by", "journal are never", ("SET session_replication_role TO replica", "DELETE FROM journal")),
    ("a number chosen", "comes next", (entry("999").replace("SELECT", "OVERRIDING SYSTEM VALUE SELECT", 1),)),
    (
        "a journal of one's own", UNSAID,
        (
            "CREATE TEMP TABLE journal AS SELECT * FROM public.journal",
            "CREATE TEMP TABLE head AS SELECT * FROM public.head",
            "SET search_path TO pg_temp, public",
            forge("element", "'new'"),
            version("element", "new", into="public.document"),
        ),
    ),
    ("operators of one's own", UNSAID, (*EVIL, "UPDATE public.elements SET title = 'Fax'")),
    ("rows merged", UNSAID, (
        ("MERGE INTO elements e USING (SELECT 'customer.phone' AS key) n ON e.key = n.key"
        " WHEN MATCHED THEN UPDATE SET title = 'Fax'"),
    )),
    ("a deletion on the way", "journal are never", ("WITH gone AS (DELETE FROM journal RETURNING *) SELECT * FROM gone",)),
    ("a block of code", UNSAID, ("DO $$ BEGIN UPDATE document SET body = '{}'; END $$",)),
]  # fmt: skip


def attempt(url: str, statements: tuple[str, ...]) -> str:
    """Run statements as one transaction, past everything of ours; give what the database told, nothing when it let them."""
    return _sqlite(url, statements) if url.startswith("sqlite") else _postgres(url, statements)


def _sqlite(url: str, statements: tuple[str, ...]) -> str:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
        except sqlite3.Error as error:
            connection.execute("ROLLBACK")
            return str(error)
        connection.execute("COMMIT")
    return ""


def _postgres(url: str, statements: tuple[str, ...]) -> str:
    place = make_url(url)
    try:
        with psycopg.connect(
            host=place.host, port=place.port, user=place.username, dbname=place.database
        ) as connection:
            for statement in statements:
                command, _, rows = statement.partition("STDIN|")
                if rows:
                    with connection.cursor().copy(f"{command} STDIN".encode()) as copy:
                        copy.write(rows)
                else:
                    connection.execute(statement.encode())
    except psycopg.Error as error:
        return str(error)
    return ""


def contents(url: str) -> dict[str, list[str]]:
    """Give every row of every table."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return {
            name: sorted(_row(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}"))
            for name in metadata.tables
        }


def _row(row: Iterable[object]) -> str:
    return str([bytes(value) if isinstance(value, memoryview) else value for value in row])
