"""A sealed catalogue on either database, and what somebody who owns its tables could do to it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import text

from lineage.domain.canonical import canonical, digest_of
from lineage.services.changing import Actor, Request
from lineage.services.sealing import make_key, rotate, seal
from lineage.services.verifying import Holding, Level, Outcome, verify_log
from lineage.store import engines, guards, keys, rebuilding, schema
from lineage.store.actors import need_actor
from lineage.store.address import address_of
from lineage.store.commands import Change, Command, write
from lineage.store.database import Database
from lineage.store.entry import Author, HeaderForm, payload_digest, payload_of
from lineage.store.merkle import TILE, Frontier, leaf_hash
from lineage.store.note import Checkpoint
from tests.unit.store.samples import all_changes, change

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
INTERNAL = frozenset({"journal", "documents", "tables", "guards"})
ELEMENTS = 120

_numbers = count(1)


@dataclass
class World:
    """A catalogue whose log is sealed: its addresses (now, and as it was at the first checkpoint), keys and checkpoints."""

    url: str
    old_url: str
    old_key: keys.Signer
    key: keys.Signer
    held: Path
    sizes: list[int] = field(default_factory=list)
    size: int = 0


def element(number: int, title: str, operation: Any = "add") -> Change:
    key = f"customer.element_{number:03d}"
    return change("element", key, {"key": key, "title": f"{title} {number}"}, operation)


def command(minutes: int, reason: str | None = None, actor: str = "rina") -> Command:
    return Command(actor, "stated", START + timedelta(minutes=minutes), None, reason)


def make_world(url: str, old_url: str, copy: Callable[[str, str], None], folder: Path) -> World:
    """Write some hundred entries by three people, rotate the key, and seal four times; some entries come after that."""
    schema.upgrade(url)
    database, environment = Database(url), {keys.VARIABLE: str(folder / "log.key")}
    minutes = count(1)

    def do(changes: Iterable[Change], reason: str | None = None, actor: str = "rina") -> None:
        asked = command(next(minutes), reason, actor)
        with database.writing() as connection:
            need_actor(connection, actor, asked.instant)
            write(connection, asked, changes)

    def asking() -> Request:
        return Request(Actor("dewi", "stated"), START + timedelta(minutes=next(minutes)), "keys")

    with database.writing() as connection:
        need_actor(connection, "dewi", START + timedelta(minutes=1))
    assert "keep a copy of it" in make_key(database, asking(), environment)
    do(all_changes(), "the first load")
    first = seal(database, environment)
    copy(url, old_url)
    do((element(number, "Phone") for number in range(ELEMENTS)), actor="budi")
    second = seal(database, environment)
    rotate(database, asking(), environment)
    for start in range(0, 40, 8):
        do([element(number, "Telephone", "change") for number in range(start, start + 8)], f"clearer names {start}")
    do([Change("element", f"customer.element_{number:03d}", "retire", "", "") for number in range(30)], "not used")
    do([element(number, "Again", "restore") for number in range(20)])
    third = seal(database, environment)
    do(element(number, "Newest", "change") for number in range(40, ELEMENTS))
    last = seal(database, environment)
    do((element(number, "Later", "change") for number in range(40, 60)), "after the last checkpoint")
    held = folder / "held.txt"
    held.write_text(last.note, encoding="utf-8")
    files = sorted(folder.glob("log.key*"), key=lambda file: len(file.name))
    signers = {found.key.hash: found for found in (keys.read_secret(file.read_text()) for file in files)}
    sizes = [first.size, second.size, third.size, last.size]
    with database.reading() as connection:
        size = rebuilding.size_of(connection)
    return World(url, old_url, signers[first.key], signers[last.key], held, sizes, size)


def copy_file(source: str, target: str) -> None:
    """Copy a SQLite catalogue that nobody has open."""
    places = [Path(url.removeprefix("sqlite:///")) for url in (source, target)]
    with closing(sqlite3.connect(places[0])) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(*places)


@contextmanager
def owner(url: str, *, guarded: bool = True):
    """A connection of somebody who owns the tables: the guards are taken away, and put back afterwards."""
    with engines.writer(address_of(url)).connect() as connection, connection.begin():
        guards.drop(connection)
        yield Hand(connection)
        rebuilding.check_references_now(connection)
        if guarded:
            guards.install(connection)


def looked_at(url: str, holding: Holding | None = None, level: Level = "full") -> Outcome:
    return verify_log(Database(url), url, level, NOW, holding)


def root_over(leaves: Iterable[bytes]) -> bytes:
    log = Frontier()
    log.extend(leaves)
    return log.root()


class Hand:
    """Does by SQL what no command would."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def run(self, statement: str, **values: Any) -> None:
        done = self.connection.execute(text(statement), values)
        assert done.rowcount, f"this did nothing: {statement}"

    def rows(self, query: str, **values: Any) -> list[Any]:
        return self.connection.execute(text(query), values).all()

    def one(self, query: str, **values: Any) -> Any:
        return self.connection.execute(text(query), values).scalar()

    def entry_of(self, key: str, version: int) -> int:
        """The entry that wrote a version of an element."""
        query = "SELECT sys_from FROM document WHERE kind = 'element' AND key = :key AND version = :version"
        return self.one(query, key=key, version=version)

    def edit_body(self, sequence: int, title: str = "Altered") -> None:
        """Change what an entry's document says, with its digest."""
        where = "WHERE kind = 'element' AND sys_from = :sequence"
        body = canonical(
            json.loads(self.one(f"SELECT body FROM document {where}", sequence=sequence)) | {"title": title}
        )
        self.run(f"UPDATE document SET body = :body, digest = :digest {where}", body=body, digest=digest_of(body),
                 sequence=sequence)  # fmt: skip

    def rehash(self, sequence: int) -> bytes:
        """Make payload digest, header and leaf of an entry fit its columns and its document again."""
        row = self.rows(
            "SELECT j.*, d.body, d.retired FROM journal AS j JOIN document AS d"
            " ON d.kind = j.kind AND d.key = j.key AND d.version = j.version WHERE j.sequence = :sequence",
            sequence=sequence,
        )[0]
        digest = payload_digest(bytes(row.salt), payload_of(row.body, row.reason, retired=bool(row.retired)))
        form = HeaderForm(Author(row.actor, row.at, row.command, row.how_known, row.reason))
        header = form.header(row.kind, row.key, row.operation, digest, row.request, row.sequence, row.version)
        leaf = leaf_hash(header)
        if (bytes(row.header), bytes(row.leaf)) != (header, leaf):
            self.run("UPDATE journal SET header = :header, payload_digest = :digest, leaf = :leaf WHERE sequence = :sequence",
                     header=header, digest=digest, leaf=leaf, sequence=sequence)  # fmt: skip
        return leaf

    def rehash_all(self) -> list[bytes]:
        """Make every entry and the head fit again."""
        leaves = [self.rehash(row.sequence) for row in self.rows("SELECT sequence FROM journal ORDER BY sequence")]
        log = Frontier()
        log.extend(leaves)
        self.run("UPDATE head SET size = :size, frontier = :frontier", size=log.size, frontier=log.to_bytes())
        return leaves

    def sign_again(self, leaves: list[bytes], world: World) -> None:
        """Make tiles and checkpoints fit again with stolen keys; those of sizes that are gone are taken away."""
        for row in self.rows("SELECT level, number FROM tile"):
            where = {"level": row.level, "number": row.number}
            if (row.number + 1) * TILE > len(leaves):
                self.run("DELETE FROM tile WHERE level = :level AND number = :number", **where)
                continue
            hashes = b"".join(leaves[row.number * TILE : (row.number + 1) * TILE])
            self.run(
                "UPDATE tile SET hashes = :hashes WHERE level = :level AND number = :number", hashes=hashes, **where
            )
        for row in self.rows("SELECT number, size, key FROM checkpoint ORDER BY number"):
            if row.size > len(leaves):
                self.run("DELETE FROM checkpoint WHERE number = :number", number=row.number)
                continue
            signer = next(one for one in (world.key, world.old_key) if one.key.hash == row.key)
            root = root_over(leaves[: row.size])
            note = signer.note(str(Checkpoint(signer.key.name, row.size, root)))
            self.run("UPDATE checkpoint SET root = :root, note = :note WHERE number = :number",
                     root=root, note=note, number=row.number)  # fmt: skip

    def add_checkpoint(self, signer: keys.Signer, size: int, root: bytes) -> None:
        number = self.one("SELECT max(number) FROM checkpoint") + 1
        note = signer.note(str(Checkpoint(signer.key.name, size, root)))
        self.run("INSERT INTO checkpoint (number, size, root, key, note) VALUES (:number, :size, :root, :key, :note)",
                 number=number, size=size, root=root, key=signer.key.hash, note=note)  # fmt: skip

    def cut(self, size: int) -> None:
        """Take the newest entries away with all they wrote; the tables are made anew."""
        self.run("DELETE FROM journal WHERE sequence >= :size", size=size)
        self.run("DELETE FROM document WHERE sys_from >= :size", size=size)
        self.run("UPDATE document SET sys_to = NULL WHERE sys_to >= :size", size=size)
        self.tables_anew()

    def tables_anew(self) -> None:
        rebuilding.rebuild(self.connection)
        guards.drop(self.connection)


def erase_actor_unsaid(hand, _):
    opaque = hand.one("SELECT id FROM actor WHERE name = 'budi'")
    hand.run("UPDATE actor SET name = NULL, salt = NULL WHERE id = :opaque", opaque=opaque)
    return hand.one("SELECT min(sequence) FROM journal WHERE actor = :opaque", opaque=opaque)


def add_version_twice(hand, _):
    """Rebuild documents without their primary key, so that a version can be there twice."""
    columns = "kind, key, version, body, digest, retired, sys_from, sys_to"
    sequence = hand.entry_of("customer.element_100", 1)
    if hand.connection.dialect.name == "postgresql":
        hand.connection.exec_driver_sql("ALTER TABLE document DROP CONSTRAINT pk_document")
    else:
        statement = hand.one("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'document'")
        statement = statement.replace('CONSTRAINT pk_document PRIMARY KEY (kind, "key", version)', "CHECK (1)")
        hand.connection.exec_driver_sql(statement.replace("TABLE document", "TABLE other"))
        hand.connection.exec_driver_sql(
            f"INSERT INTO other ({columns}) SELECT {columns} FROM document ORDER BY sys_from"
        )
        hand.connection.exec_driver_sql("DROP TABLE document")
        hand.connection.exec_driver_sql("ALTER TABLE other RENAME TO document")
    hand.run(
        f"INSERT INTO document ({columns}) SELECT {columns} FROM document WHERE sys_from = :sequence", sequence=sequence
    )
    return sequence


def add_trigger(hand, _):
    if hand.connection.dialect.name == "postgresql":
        hand.connection.exec_driver_sql(
            "CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        )
        hand.connection.exec_driver_sql(
            "CREATE TRIGGER own BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION own()"
        )
    else:
        hand.connection.exec_driver_sql("CREATE TRIGGER own AFTER INSERT ON journal BEGIN DELETE FROM place; END")


def add_view(hand, _):
    hand.connection.exec_driver_sql("CREATE VIEW elements_now AS SELECT * FROM elements")


def add_table(hand, _):
    hand.connection.exec_driver_sql("CREATE TABLE elements_then (key TEXT)")


def add_migration(hand, _):
    hand.run("INSERT INTO alembic_version VALUES ('0001')")


def delete_checkpoints_and_tiles(hand, _):
    hand.run("DELETE FROM checkpoint")
    hand.run("DELETE FROM tile")


def alter_key_record(hand, world):
    sequence = hand.one("SELECT sys_from FROM document WHERE kind = 'signing_key' AND key = :key AND version = 1",
                        key=world.key.key.hash)  # fmt: skip
    hand.run(
        "UPDATE document SET body = replace(body, '\"from\"\\:', '\"from\"\\:1') WHERE sys_from = :at", at=sequence
    )
    return sequence
