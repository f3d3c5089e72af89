"""Places are kept beside the documents and change without a journal entry."""

from __future__ import annotations

from lineage.store.places import applied, forget_places, read_places, save_places

A, B, C = ("element", "a"), ("element", "b"), ("use", "a/p/X")


def test_places_are_kept_replaced_and_forgotten(database):
    with database.writing() as connection:
        save_places(
            connection,
            ((*key, "one.yaml", number, {"": number, "title": 9}, "d1") for number, key in enumerate((A, B, C))),
        )
    with database.writing() as connection:
        save_places(connection, iter([(*B, "two.yaml", 7, {}, "d2")]))
        forget_places(connection, [C])
    with database.reading() as connection:
        assert read_places(connection, [A, B, C, ("use", "unknown")]) == {
            A: ("one.yaml", 0, {"": 0, "title": 9}),
            B: ("two.yaml", 7, {}),
        }
        assert read_places(connection, []) == {}
        assert applied(connection) == {A: ("one.yaml", "d1"), B: ("two.yaml", "d2")}


def test_many_places_come_in_at_once(database):
    with database.writing() as connection:
        save_places(connection, (("element", f"e{number}", "f.yaml", number, {}, "d") for number in range(12_000)))
    with database.reading() as connection:
        assert len(applied(connection)) == 12_000
        assert len(read_places(connection, [("element", f"e{number}") for number in range(12_000)])) == 12_000
