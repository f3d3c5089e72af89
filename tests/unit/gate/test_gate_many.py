"""Columns of questions: every form of a column gives the same booleans, and what is no column is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from lineage.gate.gate import Gate
from lineage.gate.index import Sparse
from tests.cases.changing import base, changed
from tests.catalogues import table_of
from tests.gates import Shelf, gate_over
from tests.house.trees import ROOT

WHEN = {"at": "2026-11-22"}
PROCESSES = ["bike-delivery", "bike-delivery", "nobody", "bike-delivery", "bike-delivery"]
ELEMENTS = ["customer.mobile", "customer.mail", "customer.mobile", "customer.fax", "customer.mobile"]
PURPOSES = ["DeliveryOfGoods", "DeliveryOfGoods", "DeliveryOfGoods", "DeliveryOfGoods", "Advertising"]
EXPECTED = [True, False, False, False, False]
COLUMNS = (PROCESSES, ELEMENTS, PURPOSES)


@pytest.fixture(scope="module")
def gate():
    return gate_over(table_of(base()))


def numbered(gate, column, kind):
    return [gate.ids(kind).get(name, -1) for name in column]


KINDS = ("process", "element", "purpose")
FORMS = {
    "lists": lambda gate, column, kind: column,
    "tuples": lambda gate, column, kind: tuple(column),
    "lists of numbers": numbered,
    "NumPy names": lambda gate, column, kind: np.array(column),
    "NumPy objects": lambda gate, column, kind: np.array(column, object),
    "NumPy numbers": lambda gate, column, kind: np.array(numbered(gate, column, kind)),
    "NumPy small numbers": lambda gate, column, kind: np.array(numbered(gate, column, kind), np.int16),
    "Arrow names": lambda gate, column, kind: pa.array(column),
    "Arrow large names": lambda gate, column, kind: pa.array(column, pa.large_string()),
    "Arrow views": lambda gate, column, kind: pa.array(column, pa.string_view()),
    "Arrow dictionary": lambda gate, column, kind: pa.array(column).dictionary_encode(),
    "Arrow slice": lambda gate, column, kind: pa.array(["x", *column]).dictionary_encode()[1:],
    "Arrow chunks": lambda gate, column, kind: pa.chunked_array([column[:2], column[2:]]),
    "Arrow chunks of dictionaries": lambda gate, column, kind: pa.chunked_array(
        [pa.array(column[:2]).dictionary_encode(), pa.array(column[2:]).dictionary_encode()]
    ),
    "Arrow numbers": lambda gate, column, kind: pa.array(numbered(gate, column, kind)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_column_gives_the_same(gate, form):
    columns = [FORMS[form](gate, column, kind) for column, kind in zip(COLUMNS, KINDS, strict=True)]
    found = gate.may_many(*columns, **WHEN)
    if form in {"lists", "tuples", "lists of numbers"}:
        assert found == EXPECTED
    else:
        assert found.dtype == np.bool_
        assert found.tolist() == EXPECTED


def test_forms_may_be_mixed_and_one_name_stands_for_all_rows(gate):
    assert gate.may_many("bike-delivery", np.array(ELEMENTS), "DeliveryOfGoods", **WHEN).tolist() == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert gate.may_many("bike-delivery", "customer.mobile", PURPOSES, **WHEN) == [True, True, True, True, False]
    assert gate.may_many("bike-delivery", "customer.mobile", "DeliveryOfGoods", **WHEN) == [True]
    assert gate.may_many((name for name in PROCESSES), ELEMENTS, PURPOSES, **WHEN) == EXPECTED


@pytest.mark.parametrize(
    "empty",
    [[], np.array([], np.int64), np.array([], "U3"), pa.array([], pa.string()), pa.chunked_array([], pa.string())],
)
def test_no_rows_are_no_answers(gate, empty):
    assert len(gate.may_many(empty, empty, empty, **WHEN)) == 0


@pytest.mark.parametrize("nothing", [None, "", "\0"])
def test_a_row_without_a_name_is_denied(gate, nothing):
    columns = ["bike-delivery"], ["customer.mobile"], ["DeliveryOfGoods"]
    for place in range(3):
        said = [*columns]
        said[place] = [nothing]
        assert gate.may_many(*said, **WHEN) == [False]
        assert gate.may_many(*[pa.array(column, pa.string()) for column in said], **WHEN).tolist() == [False]
        assert gate.may_many(*[pa.array(column) for column in said], **WHEN).tolist() == [False]


def column_of(rows, *cells):
    return list(cells) * rows


@pytest.mark.parametrize("rows", [1, 3_000])
@pytest.mark.parametrize("beside", [0, 3.5, None, b"bike-delivery", ("bike-delivery",)])
def test_what_is_no_name_in_a_column_of_names_is_denied_and_spoils_no_other_row(gate, rows, beside):
    beside = gate.ids("process")["bike-delivery"] if beside == 0 else beside
    for elements in ("customer.mobile", ["customer.mobile"] * 2 * rows):
        processes = column_of(rows, "bike-delivery", beside)
        assert list(gate.may_many(processes, elements, PURPOSES[0], **WHEN)) == [True, False] * rows


@pytest.mark.parametrize("rows", [1, 3_000])
@pytest.mark.parametrize("beside", ["bike-delivery", "nobody", None, 3.5])
def test_a_name_in_a_column_of_numbers_is_never_allowed(gate, rows, beside):
    processes = column_of(rows, gate.ids("process")["bike-delivery"], beside)
    elements = np.array(["customer.mobile"] * 2 * rows)
    assert gate.may_many(processes, elements, PURPOSES[0], **WHEN).tolist() == [True, False] * rows
    try:
        found = gate.may_many(processes, elements.tolist(), PURPOSES[0], **WHEN)
    except TypeError:
        return  # to be told that the column is none is no answer either
    assert found == [True, False] * rows


@pytest.mark.parametrize("wrong", [-1, 10_000, 1 << 40, -(1 << 40)])
def test_numbers_nobody_was_given_are_denied(gate, wrong):
    good = [numbered(gate, column[:1], kind)[0] for column, kind in zip(COLUMNS, KINDS, strict=True)]
    assert gate.may_many(*[np.array([number]) for number in good], **WHEN).tolist() == [True]
    for place in range(3):
        said = [np.array([number, number]) for number in good]
        said[place][0] = wrong
        assert gate.may_many(*said, **WHEN).tolist() == [False, True]


@pytest.mark.parametrize(
    ("columns", "error", "says"),
    [
        ((["a"], ["b", "c"], ["d"]), ValueError, "different numbers of rows"),
        ((["a"], np.zeros((1, 1), int), ["d"]), TypeError, "2 dimensions"),
        ((["a"], np.zeros(1), ["d"]), TypeError, "float64"),
        ((["a"], np.zeros(1, bool), ["d"]), TypeError, "bool"),
        ((["a"], pa.array([1.5]), ["d"]), TypeError, "double"),
        ((["a"], b"b", ["d"]), TypeError, "bytes"),
        ((["a"], 7, ["d"]), TypeError, "int"),
    ],
)
def test_what_is_no_column_is_refused(gate, columns, error, says):
    with pytest.raises(error, match=says):
        gate.may_many(*columns)


def test_a_kind_that_is_none_is_refused(gate):
    with pytest.raises(ValueError, match="choose process, element, purpose, audience"):
        gate.ids("regime")


def test_a_name_keeps_its_number_when_the_catalogue_changes():
    shelf = Shelf(table_of(base()))
    gate = Gate.of(shelf, refresh=None)
    before = dict(gate.ids("element"))
    asked = [np.array([gate.ids(kind)[column[0]]]) for kind, column in zip(KINDS, COLUMNS, strict=True)]
    assert gate.may_many(*asked, **WHEN).tolist() == [True]
    newer = {"key": "a.first", "title": "First", "kind": "identity"}
    shelf.table = table_of(changed(base(), [{"add": ["elements"], "values": [newer]}]))
    gate.refresh()
    after = dict(gate.ids("element"))
    assert {name: after[name] for name in before} == before
    assert after["a.first"] not in before.values()
    assert gate.may_many(*asked, **WHEN).tolist() == [True]


def test_few_rows_of_lists_need_no_numpy():
    code = (
        "import sys\n"
        "from lineage.gate.gate import Gate\n"
        "from tests.cases.changing import base\nfrom tests.catalogues import table_of\nfrom tests.gates import gate_over\n"
        "gate = gate_over(table_of(base()))\n"
        "print(gate.may_many('bike-delivery', ['customer.mobile', 'x'], 'DeliveryOfGoods', at='2026-11-22'))\n"
        "print('numpy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[True, False]", "False"]


def test_the_hash_table_grows_and_gives_back_what_was_put():
    held, pairs = Sparse(2), {}
    for element in range(300):
        cells = {process * 7: element % 250 + 1 for process in range(element % 9)}
        cells = {(element, process): cell for process, cell in cells.items()}
        held.put(cells)
        pairs |= cells
    elements, processes = np.array([(e, p) for e in range(300) for p in range(60)]).T
    expected = [pairs.get((e, p), 0) for e in range(300) for p in range(60)]
    assert held.get(elements, processes).tolist() == expected
    held.put({(8, 0): 77})
    assert held.get(np.array([8]), np.array([0])).tolist() == [77]
