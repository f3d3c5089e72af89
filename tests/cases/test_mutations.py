"""One catalogue, changed fact by fact: what is answered, and which stage and code say why."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from lineage.gate.answer import Answer
from tests.cases.changing import HERE, base, changed
from tests.catalogues import Data, ask, codes, pack_bodies, plain_file, table_of

FILES = sorted((HERE / "mutations").glob("*.yaml"))
PARTS = plain_file(HERE / "parts.yaml")
QUESTION = {"process": "bike-delivery", "element": "customer.mobile", "purpose": "DeliveryOfGoods"}
FIELDS = {"name", "known", "at", "with", "without", "packs", "change", "retired", "ask", "expect"}
EXPECTED = {
    "effect",
    "cycle",
    "stages",
    "blockers",
    "warnings",
    "notes",
    "obligations",
    "holds_until",
    "consent",
    "says",
    "regulatory",
}


def entries() -> list[tuple[str, Data]]:
    return [(path.stem, entry) for path in FILES for entry in plain_file(path)]


CASES = entries()


def marked(file: str, entry: Data):
    """Give a case as a parameter; ``known`` names a defect of the product that the case waits for."""
    marks = [pytest.mark.xfail(reason=entry["known"], strict=True)] if "known" in entry else []
    return pytest.param(entry, id=f"{file}: {entry['name']}", marks=marks)


every_case = pytest.mark.parametrize("entry", [marked(*case) for case in CASES])
every_sound_case = pytest.mark.parametrize("entry", [marked(*case) for case in CASES if "known" not in case[1]])


_answers: dict[str, Answer] = {}


def answer_to(entry: Data) -> Answer:
    if entry["name"] not in _answers:
        _answers[entry["name"]] = judged(entry)
    return _answers[entry["name"]]


def packs_of(entry: Data) -> dict[str, Data] | None:
    """Give the packs a case asks for: ``without`` leaves some out, ``packs`` are edits of the others."""
    if "without" not in entry and "packs" not in entry:
        return None
    kept = {key: copy.deepcopy(body) for key, body in pack_bodies().items() if key not in entry.get("without", ())}
    return changed(kept, entry.get("packs", []))


def judged(entry: Data) -> Answer:
    edits = [edit for part in entry.get("with", ()) for edit in PARTS[part]] + entry.get("change", [])
    table = table_of(changed(base(), edits), packs=packs_of(entry), retired=frozenset(entry.get("retired", ())))
    return ask(table, entry.get("at", "2026-11-22"), **(QUESTION | entry.get("ask", {})))


def whole(names: list[str]) -> list[str]:
    return [name if "/" in name else f"usage-cycle/{name}" for name in names]


def found_in(answer: Answer, expected: Data) -> Data:
    """Give of an answer what a case speaks of; what a case is silent about must not be there."""
    found = {"effect": answer.effect, "cycle": answer.cycle}
    for severity in ("blocker", "warning", "note", "obligation"):
        found[f"{severity}s"] = sorted(codes(answer, severity))
    if answer.uses or "stages" in expected:
        found["stages"] = {stage: state for stage, state in answer.stages.items() if state != "complete"}
    for name in ("holds_until", "consent", "regulatory"):
        if name in expected:
            found[name] = getattr(answer, name)
    return found


def expected_of(expected: Data, answer: Answer) -> Data:
    wanted = {name: value for name, value in expected.items() if name != "says"}
    for name in ("blockers", "warnings", "notes", "obligations"):
        wanted[name] = sorted(whole(expected.get(name, [])))
    if answer.uses:
        wanted.setdefault("stages", {})
    return wanted


@every_case
def test_a_changed_catalogue_answers_as_expected(entry):
    answer = answer_to(entry)
    expected = entry["expect"]
    assert found_in(answer, expected) == expected_of(expected, answer)
    for text in expected.get("says", []):
        assert text in " | ".join(finding.message for finding in answer.findings)


@every_sound_case
def test_a_deny_says_why_and_an_allow_has_no_blocker(entry):
    answer = answer_to(entry)
    assert (answer.effect == "allow") == (not codes(answer, "blocker"))
    assert bool(answer) == (answer.effect == "allow")
    assert all(finding.fix for finding in answer.findings if finding.severity == "blocker")
    assert not [finding.message for finding in answer.findings if "{" in finding.message or "  " in finding.message]


def test_the_catalogue_as_it_is_allows_the_use_until_its_status_has_to_be_reviewed():
    answer = ask(table_of(base()), "2026-11-22", **QUESTION)
    assert (answer.effect, answer.cycle, answer.holds_until) == ("allow", "complete", "2027-03-12")
    assert set(answer.stages.values()) == {"complete"}
    assert answer.findings == answer.obligations == ()


def test_every_case_has_a_name_of_its_own_and_no_field_is_misspelt():
    names = [entry["name"] for _, entry in CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 500
    for _, entry in CASES:
        assert not set(entry) - FIELDS, entry["name"]
        assert not set(entry["expect"]) - EXPECTED, entry["name"]


def test_every_file_of_cases_is_read():
    assert {file for file, _ in CASES} == {path.stem for path in Path(HERE / "mutations").glob("*.yaml")}
