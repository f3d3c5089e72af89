"""Columns asked of a table that is read from its bytes, shard by shard: what the table in memory answers row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.gate import decode
from lineage.gate.answer import Question, answer
from lineage.gate.encode import encode
from lineage.gate.many import Bulk, read
from lineage.gate.numbers import Numbers
from lineage.gate.segments import TableDamaged, parts_of
from lineage.gate.sheets import sheets
from tests.cases.changing import base
from tests.catalogues import at_end_of, table_of
from tests.property.often import often
from tests.property.test_gate import DATA, VARIANTS, instants_of, rows_of

COSTLY = settings(deadline=None, derandomize=True, max_examples=often(6))
NASTY = ["a ]],[[0,[0],0]],[", '"],[["', "\\", ",0,[[1,[1,1],0]]", "Größe ≤ 9 \u2028", "]]"]


def bytes_of(table):
    return parts_of(1, "d", encode(table))


def ways(bulk, columns):
    """Ask without and with NumPy, rows forward and backward."""
    arrays = [np.array(column, object) for column in columns]
    yield lambda *variant: bulk._lists(read((*columns, variant[0])), *variant[1:])
    yield lambda *variant: bulk.answers((*arrays, variant[0]), *variant[1:]).tolist()
    yield lambda *variant: bulk._lists(read((*[c[::-1] for c in columns], variant[0])), *variant[1:])[::-1]


@COSTLY
@given(DATA, st.sampled_from(VARIANTS))
def test_columns_are_answered_from_bytes_as_rows_are_from_memory(data, variant):
    table = table_of(data)
    columns = rows_of(table)
    bulk = Bulk(decode.table_of(bytes_of(table)), Numbers())
    for instant in instants_of(table)[::2]:
        for audience, regime in {variant, ("", "")}:
            asked = [Question(*row, instant, audience, regime) for row in zip(*columns, strict=True)]
            expected = [bool(answer(table, question)) for question in asked]
            for ask in ways(bulk, columns):
                assert ask(audience, regime, instant) == expected


@COSTLY
@given(DATA, st.sampled_from(NASTY), st.sampled_from(NASTY))
def test_a_title_is_never_taken_for_anything_else(data, title, other):
    table = table_of(data)
    named = {key: replaced(element, title, other) for key, element in table.elements.items()}
    renamed = replace(table, elements=named)
    found, expected = [decode.table_of(bytes_of(one)) for one in (renamed, table)]
    for instant in instants_of(table)[:2]:
        for key in table.elements:
            assert dict(sheets(found, key, instant)) == dict(sheets(expected, key, instant))


def replaced(element, title, other):
    return element._replace(title=title, also=(other, title))


class Breaking:
    """Segments that cannot be read any more once ``broken`` is set."""

    def __init__(self, parts):
        self.manifest, self._parts, self.broken = parts.manifest, parts, False

    def read(self, name):
        if self.broken and name.startswith("uses/"):
            raise TableDamaged("gone")
        return self._parts.read(name)


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("numpy", [True, False])
def test_what_cannot_be_read_any_more_is_denied_though_it_was_allowed(numpy, dense, monkeypatch):
    if not dense:
        monkeypatch.setattr("lineage.gate.index.Index.__init__.__kwdefaults__", {"cells": 0})
    table = table_of(base())
    segments = Breaking(bytes_of(table))
    bulk = Bulk(decode.table_of(segments), Numbers())
    asked = (["bike-delivery"] * 2, ["customer.mobile"] * 2, ["DeliveryOfGoods"] * 2)
    if numpy:
        asked = tuple(np.array(column, object) for column in asked)

    def ask(day):
        return [*bulk.answers((*asked, ""), "", at_end_of(day, table))]

    assert ask("2026-11-22") == [True, True]
    segments.broken = True
    assert ask("2026-11-22") == [True, True]
    assert ask("1990-01-01") == [False, False]
    assert ask("2060-01-01") == [False, False]
    segments.broken = False
    assert ask("2026-11-22") == [True, True]
