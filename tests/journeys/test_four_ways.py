"""The command, a bundle, Python and the server give one answer, whatever happens to the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.changing import HERE, base, changed
from tests.cases.test_mutations import CASES, PARTS, QUESTION
from tests.catalogues import Data, plain_file
from tests.journeys.four_ways import Ways, differences, renamed, ways_in

STEPS = plain_file(Path(__file__).with_name("four_ways.yaml"))
DAY = "2026-11-22"
STORED = [entry for _, entry in CASES if not {"packs", "without", "known", "retired"} & set(entry)]
"""The mutations of tests/cases that a store can hold: other packs and half retired documents are made in memory only."""

BESIDE: list[Data] = [
    {"process": "repair-service", "element": "customer.mobile", "purpose": "DirectMarketing"},
    {"process": "bike-delivery", "element": "customer.mobile", "purpose": "AgreeHandover", "audience": "customer"},
]
"""One of them is asked beside what a step is about, and about now: answers that are kept must go when the catalogue changes."""


@pytest.fixture(scope="module")
def ways(tmp_path_factory) -> Iterator[Ways]:
    with ways_in(tmp_path_factory.mktemp("ways")) as found:
        found.change(base())
        found.open()
        yield found


def tried(ways: Ways, step: Data, number: int) -> str:
    """Bring the catalogue into a state and ask in every way; give the effect they agree on."""
    edits = [edit for part in step.get("with", ()) for edit in PARTS[part]] + step.get("change", [])
    ways.change(renamed(changed(base(), edits), number), tuple(step.get("then", ())))
    about = QUESTION | step.get("ask", {}) | {"at": step.get("at", DAY)}
    questions = [about, BESIDE[number % len(BESIDE)]]
    answers = ways.answers(questions)
    found = differences(answers, questions)
    assert not found, "\n".join(found)
    return str(answers["command"][0]["effect"])


@pytest.mark.parametrize(("number", "step"), [*enumerate(STEPS)], ids=[step["name"] for step in STEPS])
def test_four_ways_give_one_answer(ways, number, step):
    assert tried(ways, step, number) == step.get("effect", "deny")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "step"), [*enumerate(STORED, len(STEPS))], ids=[step["name"] for step in STORED])
def test_four_ways_give_one_answer_to_every_other_mutation(ways, number, step):
    # A no that was taken out of the files still binds, so that the answer depends on the states before; it is one all the same.
    assert tried(ways, step, number)


def test_there_are_enough_mutations_and_none_is_said_twice():
    names = [step["name"] for step in STEPS]
    assert len(names) == len(set(names))
    assert len(names) >= 65
    assert (HERE / "phone_number.yaml").exists()


def test_the_check_itself_sees_a_difference():
    same = {"effect": "deny", "findings": [{"message": "a"}], "holds_until": None}
    other = same | {"findings": [{"message": "b"}]}
    assert not differences({"command": [same], "server": [same]}, [{}])
    assert len(differences({"command": [same], "server": [other]}, [{}])) == 1
    assert len(differences({"command": [same], "server": [same | {"more": 1}]}, [{}])) == 1
