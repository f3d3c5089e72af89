"""What must hold of every catalogue: order and names never matter, and less that is known never allows more."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.gate.answer import Question, answer
from lineage.judge.compile import compile_table
from tests.cases.changing import change
from tests.cases.random_catalogues import DAYS, MOBILE, ORIGIN, USE, catalogues, fits, node_at
from tests.catalogues import ask, at_end_of, codes, content_of, documents, rows, table_of
from tests.property.often import often

SLOW = settings(deadline=None, derandomize=True, max_examples=often(40))
QUESTION = ("bike-delivery", "customer.mobile", "DeliveryOfGoods")
WHEN = ["2026-01-31", "2026-02-20", "2026-05-31", "2026-07-01", "2026-11-22", "2027-02-20", "2027-06-01"]
OUTCOME, INSIGHT = [*USE, "outcomes", "spring"], [*USE, "insights", "ring-first"]
EVIDENCE = [
    *(
        [*MOBILE, name]
        for name in (
            "title",
            "description",
            "kind",
            "value",
            "steward",
            "audiences",
            "origins",
            "regulatory",
            "consents",
        )
    ),
    *(
        [*ORIGIN, name]
        for name in ("mode", "source", "touchpoint", "captured_by", "captured_since", "told", "retention", "measures")
    ),
    *(
        [*USE, name]
        for name in ("basis", "evidence", "why", "alternatives", "necessity", "told", "expects", "insights")
    ),
    *([*USE, "pilot", name] for name in ("from", "hypothesis", "owner", "requested_by", "approved_by")),
    *([*INSIGHT, name] for name in ("outcomes", "learned", "evidence", "applied")),
    ["processes", "bike-delivery", "owner"],
    ["processes", "bike-delivery", "operations"],
]
OF_OUTCOMES = [[*OUTCOME, name] for name in ("evidence", "period", "recorded")]
PURPOSES = [
    "DeliveryOfGoods",
    "AgreeHandover",
    "RequestedServiceProvision",
    "ServiceManagement",
    "Purpose",
    "SellDataToThirdParties",
    "CustomerCare",
]


def effects(table, purpose="DeliveryOfGoods"):
    return [answer(table, Question(*QUESTION[:2], purpose, at_end_of(day, table))).effect for day in WHEN]


def no_deny_became_allow(before, after):
    return not [day for day, old, new in zip(WHEN, before, after, strict=True) if old == "deny" and new != "deny"]


@SLOW
@given(catalogues(), st.randoms(use_true_random=False))
def test_the_order_of_documents_never_matters(data, random):
    found = rows(documents(data))
    shuffled = list(found)
    random.shuffle(shuffled)
    assert content_of(compile_table(shuffled, 1, "x").table) == content_of(compile_table(found, 1, "x").table)


@settings(SLOW, max_examples=often(30))
@given(catalogues(), st.randoms(use_true_random=False))
def test_the_order_of_declarations_and_their_files_never_matters(data, random):
    sections = list(data.items())
    random.shuffle(sections)
    parts = []
    for name, entries in sections:
        shuffled = list(entries) if isinstance(entries, list) else entries
        if isinstance(shuffled, list):
            random.shuffle(shuffled)
        parts.append({name: shuffled})
    assert content_of(table_of(*parts)) == content_of(table_of(data))


@SLOW
@given(catalogues())
def test_names_never_matter(data):
    text = json.dumps(data)
    names = {
        "customer.mobile": "person.number",
        "bike-delivery": "zeta",
        "AgreeHandover": "Talk",
        "order-form": "a-form",
        "linde": "firm",
    }
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    before, after = table_of(data), table_of(json.loads(text))
    for day in WHEN:
        one, other = ask(before, day, *QUESTION), ask(after, day, "zeta", "person.number", "DeliveryOfGoods")
        assert (one.effect, one.cycle, one.stages, one.holds_until) == (
            other.effect,
            other.cycle,
            other.stages,
            other.holds_until,
        )
        for severity in ("blocker", "warning", "note", "obligation"):
            assert codes(one, severity) == codes(other, severity)


@SLOW
@given(catalogues(), st.sampled_from(PURPOSES), st.sampled_from(PURPOSES), st.booleans())
def test_a_prohibition_never_turns_a_deny_into_an_allow(data, prohibited, purpose, everywhere):
    before = effects(table_of(data), purpose)
    ban = {"element": "customer.mobile", "purpose": prohibited, "effect": "prohibit", "audience": "customer"}
    if not everywhere:
        ban["process"] = "bike-delivery"
    after = effects(table_of(data | {"uses": [*data["uses"], ban]}), purpose)
    assert no_deny_became_allow(before, after)


def without(data, path):
    """Take a fact away where it is; give nothing where it is not."""
    copy = json.loads(json.dumps(data))
    if not fits(copy, path) or path[-1] not in node_at(copy, path[:-1]):
        return None
    change(copy, {"remove": path})
    return copy


@settings(SLOW, max_examples=often(120))
@given(catalogues(), st.sampled_from(EVIDENCE))
def test_less_evidence_never_turns_a_deny_into_an_allow(data, path):
    less = without(data, path)
    if less is not None:
        assert no_deny_became_allow(effects(table_of(data)), effects(table_of(less)))


def harmless(data):
    """Tell whether the use has one outcome, and that did no harm: the other cases stand in tests/unit/judge."""
    found = data["uses"][0].get("outcomes", [])
    return len(found) < 2 and not any(
        item.get(side, {}).get("value") == "harm" for item in found for side in ("organisation", "subject")
    )


@SLOW
@given(catalogues().filter(harmless), st.sampled_from(OF_OUTCOMES))
def test_less_evidence_of_an_outcome_never_turns_a_deny_into_an_allow(data, path):
    less = without(data, path)
    if less is not None:
        assert no_deny_became_allow(effects(table_of(data)), effects(table_of(less)))


@SLOW
@given(catalogues(), st.sampled_from(DAYS))
def test_a_waiver_by_the_same_person_is_reported_and_changes_nothing_else(data, until):
    own = {
        "finding": "*",
        "covers": {"processes": ["bike-delivery"]},
        "reason": "x",
        "requested_by": "a",
        "approved_by": "a",
        "until": until,
    }
    more = data | {"waivers": [*data.get("waivers", []), own]}
    before, after = table_of(data), table_of(more)
    for day in WHEN:
        one, other = ask(before, day, *QUESTION), ask(after, day, *QUESTION)
        assert (one.effect, one.cycle, one.stages, one.holds_until) == (
            other.effect,
            other.cycle,
            other.stages,
            other.holds_until,
        )
        assert codes(one, "blocker") == codes(other, "blocker")
        assert {*codes(one, "warning"), "usage-cycle/waiver-void"} == set(codes(other, "warning"))


@SLOW
@given(catalogues())
def test_an_allow_has_a_closed_cycle_or_a_pilot_and_no_blocker(data):
    table = table_of(data)
    for day in WHEN:
        given_answer = ask(table, day, *QUESTION)
        if given_answer.effect == "allow":
            assert given_answer.cycle in {"complete", "stale", "pilot"}
            assert not codes(given_answer, "blocker")
            assert given_answer.cycle == "pilot" or set(given_answer.stages.values()) == {"complete"}
        if given_answer.effect == "deny" and "waivers" not in data:
            assert codes(given_answer, "blocker")
        if given_answer.cycle in {"incomplete", "suspended", "retired"}:
            assert given_answer.effect != "allow"
