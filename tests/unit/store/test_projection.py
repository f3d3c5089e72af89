"""The projection holds every field of every document, and stays what the documents give."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import select, text

from lineage.domain.documents import STORED
from lineage.store import guards, projection, schema
from lineage.store.commands import write
from lineage.store.database import Database
from lineage.store.projection import MAPPERS, rebuild_differences
from lineage.store.registry import metadata
from lineage.store.tables import CACHES
from tests.unit.store.samples import BODIES, USE, change, command


def values(node: Any) -> set[str]:
    """Every single value in a body, mapping keys of regimes included."""
    if isinstance(node, dict):
        return {value for item in node.values() for value in values(item)} | {key for key in node if "-" in key}
    if isinstance(node, list):
        return {value for item in node for value in values(item)}
    return {str(node)}


def unsaid(model: BaseModel) -> list[str]:
    """Fields that a sample leaves out, at every depth."""
    found = [name for name in type(model).model_fields if name not in model.model_fields_set]
    for name in model.model_fields_set:
        value = getattr(model, name)
        for item in value[:1] if isinstance(value, list) else [value]:
            if isinstance(item, BaseModel):
                found += [f"{name}.{inner}" for inner in unsaid(item)]
    return found


@pytest.mark.parametrize("kind", STORED)
def test_every_field_of_a_kind_is_projected(kind):
    samples = [(key, body) for (other, key), body in BODIES.items() if other == kind]
    key, body = samples[0]
    assert unsaid(STORED[kind].model_validate(body)) == [], "the sample must say everything"
    mapper = MAPPERS[kind]
    rows = [
        mapper.row(key, body, 0, retired=False),
        *(row for child in mapper.children for row in child.rows(key, body)),
    ]
    projected = {str(value) for row in rows for value in row} | {
        value.rpartition("#")[2] for row in rows for value in row if isinstance(value, str)
    }
    assert not values(body) - projected


def test_rows_are_as_wide_as_their_tables():
    for (kind, key), body in BODIES.items():
        if kind in MAPPERS:
            mapper = MAPPERS[kind]
            assert len(mapper.row(key, body, 0, retired=False)) == len(mapper.table.columns)
            for child in mapper.children:
                assert all(len(row) == len(child.table.columns) for row in child.rows(key, body))


def test_every_table_is_of_the_record_or_of_a_mapper():
    projected = {table.name for mapper in MAPPERS.values() for table in mapper.tables}
    record = {"document", "journal", "head", "actor", "place", "tile", "checkpoint"}
    assert set(metadata.tables) - projected == record | CACHES


def test_people_can_ask(filled):
    with filled.reading() as connection:
        rows = connection.execute(text(
            "SELECT u.element, b.regime, b.basis, b.special_condition, i.decision FROM uses u"
            " JOIN bases b ON b.use = u.key"
            " JOIN insights i ON i.use = u.key JOIN insight_outcomes c ON c.insight = i.key"
            " JOIN outcomes o ON o.key = c.outcome"
        )).all()  # fmt: skip
        sentences = connection.execute(
            text("SELECT names_elements, names_recipients FROM statement_sentences ORDER BY position")
        ).all()
        prohibited = connection.execute(select(metadata.tables["uses"]).where(text("process IS NULL"))).one()
    assert [tuple(row) for row in rows] == [("customer.phone", "eu-gdpr", "contract_performance", "A9-2-a", "confirm")]
    assert [tuple(map(bool, row)) for row in sentences] == [(True, True), (False, True)]
    assert (prohibited.no_alternative, prohibited.not_told, prohibited.effect) == (True, True, "prohibit")


def test_the_words_for_none_are_no_references(database):
    with database.writing() as connection:
        write(connection, command(), [
            change("element", "a", {"key": "a", "audiences": ["none"]}),
            change("origin", "a#b", {"key": "b", "touchpoint": "none", "told": ["not_told"]}),
            change("use", "a/p/X", {"element": "a", "process": "p", "purpose": "X", "effect": "allow"}),
            change("process", "p", {"key": "p"}),
            change("insight", "a/p/X#i", {"key": "i", "outcomes": ["none"]}),
            change("audience", "huge", {"key": "huge", "rank": 2**53 - 1}),
        ])  # fmt: skip
    with database.reading() as connection:
        assert rebuild_differences(connection) == []
        assert connection.scalar(text("SELECT count(*) FROM origins WHERE touchpoint IS NULL")) == 1


def test_a_retired_document_stays_in_the_projection(filled):
    with filled.writing() as connection:
        write(connection, command(), [change("use", USE, {}, "retire")])
    with filled.reading() as connection:
        row = connection.execute(text(f"SELECT retired, sequence FROM uses WHERE key = '{USE}'")).one()
        assert rebuild_differences(connection) == []
    assert (bool(row.retired), row.sequence) == (True, len(BODIES))


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE elements SET title = 'Fax' WHERE key = 'customer.phone'",
            ["elements customer.phone differs in title"],
        ),
        ("DELETE FROM element_names WHERE position = 1", ["element_names customer.phone 1 is missing"]),
        (
            "INSERT INTO bases (use, regime, basis) SELECT use, 'zz', basis FROM bases",
            [f"bases {USE} zz belongs to no document"],
        ),
        ("INSERT INTO parties (key, retired, sequence) VALUES ('zz', false, 0)", ["parties zz belongs to no document"]),
        ("UPDATE audiences SET retired = true, owner = NULL", ["audiences customer differs in owner, retired"]),
    ],
)
def test_a_row_that_differs_is_named(filled, statement, told):
    with filled.writing() as connection:
        guards.drop(connection)
        connection.execute(text(statement))
    with filled.reading() as connection:
        assert rebuild_differences(connection) == told


KEYS = ["a", "a-b", "a.b"]
names = st.lists(st.sampled_from(["x", "y", "none"]), max_size=3)
elements = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text("é\"'\\,\t\n x", max_size=4), "also_known_as": names,
        "kind": st.sampled_from(["identity", "behavioural"]),
        "sensitivity": st.dictionaries(st.sampled_from(["eu-gdpr", "us-ca"]), st.just("special")),
        "fields": st.lists(st.just({"namespace": "n", "dataset": "d", "field": "f"}), max_size=2),
    },
)  # fmt: skip
origins = st.fixed_dictionaries(
    {"key": st.just("o")},
    optional={
        "told": st.just("not_told"), "measures": names,
        "stored_in": st.fixed_dictionaries({}, optional={"evidence": names}),
        "derived_from": st.lists(
            st.fixed_dictionaries({"element": st.sampled_from(KEYS)}, optional={"masking": st.booleans()}), max_size=3,
        ),
    },
)  # fmt: skip
steps = st.lists(st.tuples(st.sampled_from(KEYS), st.booleans(), elements, origins), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/lineage.db"
    schema.upgrade(url)
    return Database(url)


class _Undo(Exception):
    """Ends an example, so that the next finds an empty catalogue."""


@given(steps)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_projection_is_what_the_documents_give_after_whatever_changes(fresh, random_steps):
    with pytest.raises(_Undo), fresh.writing() as connection:
        _write_and_compare(connection, random_steps)


def _write_and_compare(connection, random_steps):
    state: dict[tuple[str, str], bool] = {}
    first = [("element", key, {"key": key}) for key in KEYS]
    for number, batch in enumerate([first, *([step] for step in _documents(random_steps))]):
        changes = []
        for kind, key, body in batch:
            retired = state.get((kind, key))
            operation = (
                "add" if retired is None else "restore" if retired else "retire" if number % 3 == 0 else "change"
            )
            state[kind, key] = operation == "retire"
            changes.append(change(kind, key, body, operation))
        write(connection, command(number), changes)
    assert rebuild_differences(connection) == []
    assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    raise _Undo


def _documents(random_steps):
    for key, is_element, element, origin in random_steps:
        yield ("element", key, {"key": key, **element}) if is_element else ("origin", f"{key}#o", origin)


def test_the_package_offers_what_others_need():
    assert set(projection.__all__) == {"MAPPERS", "Mapper", "rebuild_differences"}
