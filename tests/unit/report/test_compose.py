from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice

import pytest

from lineage.domain.canonical import canonical
from lineage.gate.answer import Question, answer
from lineage.report import compose as composing
from lineage.report.compose import compose
from lineage.report.contexts import HOLDING, ReportContext
from lineage.report.html import render
from tests.unit.report.compose_catalogues import EXAMPLE, SHOP, view

EMPTY = "catalogue: {name: Nothing yet}"


@pytest.fixture(scope="module")
def shop() -> ReportContext:
    found = compose(view())
    return replace(found, elements=tuple(found.elements))


def test_the_answers_are_those_of_the_gate(shop):
    made = view()
    table = made.compiled.table
    asked = [
        answer(table, Question(u.process, u.element, u.purpose, made.instant, u.audience, "", u.key))
        for u in table.uses
    ]
    shown = [use for element in shop.elements for use in element.uses if use.effect != "prohibited"]
    assert [use.effect for use in shown] == [said.effect for said in asked]
    assert [use.holds_until for use in shown] == [said.holds_until or "" for said in asked]
    assert [use.cycle for use in shown] == [said.cycle for said in asked]


def test_counts_add_up(shop):
    counts = shop.counts
    assert counts.elements == counts.ready + counts.with_limits + counts.not_ready + counts.not_assessed == 3
    assert counts.uses == counts.allowed + counts.denied + counts.undecided == 4
    assert (counts.allowed, counts.with_obligations, counts.denied) == (2, 1, 2)
    assert counts.elements == len(shop.rows) == len(shop.elements) == sum(bar.elements for bar in shop.bars)
    processes = [use for row in shop.processes for use in row.uses]
    assert sum(use.effect != "prohibited" for use in processes) == counts.uses
    assert sum(use.effect == "prohibited" for use in processes) == 2


def test_rows_and_sections_tell_one_story(shop):
    for row, element in zip(shop.rows, shop.elements, strict=True):
        assert (row.key, row.title, row.anchor) == (element.key, element.title, element.anchor)
        assert (row.origin.state, row.purpose.state, row.outcome.state, row.insight.state) == tuple(
            state for _, state in element.cycle.stages
        )
        assert row.may_be_used == element.verdict.state
    for bar in shop.bars:
        rows = [row for row in shop.rows if row.kind == bar.kind]
        assert bar.origin == sum(row.origin.state in HOLDING for row in rows)
        assert bar.insight == sum(row.insight.state in HOLDING for row in rows)


def test_elements_are_composed_one_at_a_time(monkeypatch):
    asked = []
    real = composing.element_context
    monkeypatch.setattr(composing, "element_context", lambda sight, key, n: asked.append(key) or real(sight, key, n))
    elements = iter(compose(view()).elements)
    assert asked == []
    assert next(elements).key == "customer.basket"
    assert asked == ["customer.basket"]


def test_the_first_pass_keeps_answers_only_within_bounds(monkeypatch):
    whole = [element.verdict for element in compose(view()).elements]
    monkeypatch.setattr("lineage.report.compose_sight._KEPT", 0)
    assert [element.verdict for element in compose(view()).elements] == whole


def test_equal_catalogues_give_equal_bytes():
    assert "".join(render(compose(view()))) == "".join(render(compose(view())))


@pytest.mark.parametrize("day", ["2020-01-01", "2026-01-31", "2026-10-15", "2026-12-20", "2027-02-20", "2028-01-01"])
@pytest.mark.parametrize("text", [SHOP, EXAMPLE, EMPTY])
def test_a_report_of_any_day_can_be_rendered(text, day):
    assert "".join(render(compose(view(text, day)))).rstrip().endswith("</html>")


def test_the_headline_counts_and_gives_the_first_reason(shop):
    assert (
        shop.headline == "2 of 4 uses are not allowed; the first reason is that nobody answers for process campaigns."
    )
    assert compose(view(EXAMPLE)).headline == "The only use is allowed."
    assert compose(view(EXAMPLE, "2027-03-10")).headline == "The only use is allowed, 1 due for renewal within 30 days."
    assert (
        compose(view(EXAMPLE, keys=("customer.email",))).headline
        == "No process has asked to use it: 1 element without a use."
    )
    assert compose(view(EMPTY)).headline == "No element is in scope, so nothing can be said."


def test_retired_elements_are_left_out_and_counted(shop):
    assert [row.key for row in shop.rows] == ["customer.basket", "customer.email", "customer.taste"]
    assert shop.scope.leaves_out == ("1 retired element, no longer used",)
    chosen = compose(view(keys=("customer.fax",)))
    assert [row.key for row in chosen.rows] == ["customer.fax"]
    assert next(iter(chosen.elements)).lifecycle == "retired"


def test_a_choice_of_elements_says_what_it_leaves_out():
    chosen = compose(view(keys=("customer.taste", "customer.nothing")))
    assert chosen.scope.text == "1 chosen element: customer.taste"
    assert chosen.scope.leaves_out == ("3 other elements of the catalogue", "not in the catalogue: customer.nothing")
    assert [row.key for row in chosen.processes] == ["campaigns"]
    assert [row.key for row in chosen.audiences] == ["customer"]
    element = next(iter(chosen.elements))
    assert (element.number, element.of) == (1, 1)
    assert [link.anchor for link in element.derived_from] == [None]


def test_a_summary_has_no_sections_and_no_anchors():
    short = compose(view(detail="summary"))
    assert list(short.elements) == []
    assert {row.anchor for row in short.rows} == {None}
    assert {row.origin.anchor for row in short.rows} == {None}
    assert {row.anchor for row in short.attention} == {None}


def test_the_data_block_is_canonical_and_holds_the_answers(shop):
    data = json.loads(shop.data)
    assert canonical(data) == shop.data
    assert data["schema"] == "lineage.report/1"
    assert data["catalogue"] == {"revision": 7, "digest": "sha256:0123"}
    assert data["summary"] == {"elements": 3, "uses": 4, "allow": 2, "deny": 2, "undecided": 0}
    assert len(data["results"]) == 4
    goods = next(r for r in data["results"] if r["purpose"] == "DeliveryOfGoods")
    assert goods["stages"] == dict.fromkeys(("origin", "purpose", "outcome", "insight"), "complete")
    assert goods["regulatory"] == {"eu-gdpr": "compliant"}
    assert goods["findings"] == []
    assert goods["holds_until"] == "2027-03-03"


def test_too_many_uses_leave_the_data_block_out(monkeypatch):
    monkeypatch.setattr("lineage.report.compose_overview.MOST_RESULTS", 3)
    assert not compose(view()).data


def test_verify_lines_and_method(shop):
    lines = {line.label: line.text for line in shop.verify}
    assert lines["Catalogue digest"] == "sha256:0123"
    assert lines["Catalogue revision"] == "7"
    assert lines["Make it again"] == "lineage report --at 2026-11-22"
    assert "4 elements" in lines["Documents judged"]
    assert "3 regulatory" not in lines["Documents judged"]
    assert "2 regulatory entries" in lines["Documents judged"]
    rules = {rule.code: rule for rule in shop.method}
    assert rules["usage-cycle/outcome-recorded"].effect == "blocker"
    assert rules["usage-cycle/outcome-recorded"].text == "An outcome is recorded"
    assert all(pack.digest.startswith("sha256:") and len(pack.digest) == 71 for pack in shop.packs)


def test_only_as_many_elements_as_are_walked(shop):
    assert [element.key for element in islice(compose(view()).elements, 2)] == [e.key for e in shop.elements[:2]]
