"""Numbers for names: the list of all is read once many were asked for, and new names of a later table get theirs."""

from __future__ import annotations

import pytest

from lineage.gate.numbers import NOBODY, PATIENCE, Names


class Counted(dict):
    """Names that are known, and how often somebody looked one up or read them all."""

    looked = read = 0

    def __contains__(self, name):
        self.looked += 1
        return super().__contains__(name)

    def __iter__(self):
        self.read += 1
        return super().__iter__()


def known(*names):
    return Counted(dict.fromkeys(names, ""))


MANY = [f"e{number}" for number in range(100)]


def test_few_names_are_looked_up_and_for_many_all_are_read_once():
    names, table = Names(), known(*MANY)
    names.know(table)
    assert names.numbers(MANY[:3]) == [0, 1, 2]
    assert (table.looked, table.read) == (3, 0)
    assert sorted(names.numbers(MANY)) == list(range(100))
    assert names.numbers(["x", *MANY[::-1], "y"]) == [NOBODY, *[names.number(name) for name in MANY[::-1]], NOBODY]
    assert (table.looked <= PATIENCE, table.read) == (True, 1)


def test_names_of_a_later_table_get_numbers_and_the_others_keep_theirs():
    names = Names("first")
    names.know(known(*MANY))
    before = {name: names.number(name) for name in MANY}
    names.know(known(*MANY[50:], "new"))
    assert names.number("new") == len(names.names) - 1
    assert {name: names.number(name) for name in MANY} == before


@pytest.mark.parametrize("wrong", [None, 5, "", "\0", ("e1",), float("nan")])
def test_what_is_no_name_has_no_number(wrong):
    names = Names()
    names.know(known(*MANY))
    assert names.number(wrong) == NOBODY
    assert names.numbers([wrong, "e1", wrong]) == [NOBODY, names.number("e1"), NOBODY]
    assert names.shown()["e2"] == names.number("e2") != NOBODY
    assert "e3" not in names.shown()
    assert names.number("e3") == names.shown().get("e3")
