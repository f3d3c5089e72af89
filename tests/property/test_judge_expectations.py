"""Told against done, whatever was said: less is never more, and dates decide by their order alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.gate.purposes import Purposes
from lineage.judge.compile import purposes_of
from lineage.judge.expectations import Expectations
from lineage.judge.material import ElementRecord, Material, UseRecord
from tests.catalogues import rows
from tests.unit.judge.test_expectations import facts, without

DAYS = ("2025-06-01", "2026-01-01", "2026-02-01", "2026-04-01", "2026-08-01", "2027-01-01")
PURPOSES = ("DeliveryOfGoods", "RequestedServiceProvision", "ServiceManagement", "CustomerCare", "DirectMarketing")
SENTENCES = st.fixed_dictionaries(
    {"modality": st.sampled_from(("will", "will_not", "may"))},
    optional={
        "elements": st.lists(st.sampled_from(("phone", "call")), max_size=2, unique=True),
        "purpose": st.sampled_from(PURPOSES),
        "recipients": st.lists(st.sampled_from(("courier", "cloud")), max_size=2, unique=True),
        "retention": st.sampled_from(("P6M", "P12M", "P2Y")),
        "benefit": st.just("it arrives"),
    },
)
STATEMENTS = st.fixed_dictionaries(
    {},
    optional={
        "touchpoints": st.lists(st.sampled_from(("shop", "street")), max_size=2, unique=True),
        "audiences": st.lists(st.sampled_from(("customer", "dealer")), max_size=2, unique=True),
        "in_force": st.fixed_dictionaries(
            {}, optional={"from": st.sampled_from(DAYS[:4]), "until": st.sampled_from(DAYS[2:])}
        ),
        "says": st.lists(SENTENCES, max_size=3),
    },
)


ORIGINS = {"captured_since": st.sampled_from(DAYS), "retention": st.just({"period": "P12M"})}
RECIPIENTS = st.sampled_from(([], ["courier"], ["cloud", "courier"]))
WATCHED = ("2025-05-31", *DAYS, "2026-03-31", "2026-09-30", "2030-01-01")


@cache
def empty() -> Material:
    """A catalogue of vocabulary alone."""
    return Material.of(rows((), packs={}))


@st.composite
def catalogues(draw: st.DrawFn) -> tuple[dict[str, Any], ElementRecord, dict[str, Any], list[str]]:
    """Give statements, an element with one origin, a use that cites some of them, and the recipients of its process."""
    said = draw(st.lists(STATEMENTS, max_size=3))
    statements = {f"s{number}": {"key": f"s{number}", **body} for number, body in enumerate(said)}
    cited = st.lists(st.sampled_from(sorted(statements)), unique=True) if statements else st.just([])
    origin = {"touchpoint": "shop", "told": draw(cited), **draw(st.fixed_dictionaries({}, optional=ORIGINS))}
    use = {"element": "phone", "process": "bring", "purpose": "DeliveryOfGoods", "effect": "allow", "told": draw(cited)}
    element = ElementRecord("phone", {"audiences": ["customer"]}, origins=[("phone#form", origin)])
    return statements, element, use, draw(RECIPIENTS)


def told_among(catalogue: tuple[dict[str, Any], ElementRecord, dict[str, Any], list[str]]) -> Any:
    statements, element, use, recipients = catalogue
    material = replace(
        empty(),
        elements={"phone": element},
        statements=statements,
        uses=[UseRecord("phone/bring/DeliveryOfGoods", use)],
        processes={"bring": ({"recipients": recipients}, False)},
    )
    return Expectations(material, purposes()).of(use, element, ("customer",))


@cache
def purposes() -> Purposes:
    return purposes_of(empty())


def less(statements: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the statements without one of them, and without one of their sentences."""
    for key, body in statements.items():
        yield without(statements, key)
        for number in range(len(body.get("says", ()))):
            left = [sentence for place, sentence in enumerate(body["says"]) if place != number]
            yield {**statements, key: {**body, "says": left}}


RANK = {"unasked": 0, "untold": 0, "stale": 1, "told": 2}
OFTEN = settings(deadline=None, derandomize=True, max_examples=300)


@OFTEN
@given(catalogues())
def test_less_that_was_said_never_makes_people_told(catalogue):
    before = told_among(catalogue)
    for fewer in less(catalogue[0]):
        after = told_among((fewer, *catalogue[1:]))
        for day in WATCHED:
            assert RANK[facts(after, day)["flow"]] <= RANK[facts(before, day)["flow"]]


@OFTEN
@given(catalogues())
def test_nothing_changes_between_two_instants(catalogue):
    told = told_among(catalogue)
    edges = sorted({-(1 << 62), 1 << 62, *(edge for edge in told.instants() if edge < 1 << 62)})
    for start, end in pairwise(edges):
        assert told.at(start) == told.at(end - 1) == told.at((start + end) // 2)
        assert 0 <= told.at(start)[1] < len(told.labels)


@OFTEN
@given(catalogues(), SENTENCES, st.sampled_from(("s0", "new")))
def test_a_further_promise_never_mends_a_broken_one(catalogue, sentence, key):
    statements, *rest = catalogue
    body = statements.get(key) or {"key": key, "touchpoints": ["shop"]}
    promise = {**sentence, "modality": "will_not"}
    more = {**statements, key: {**body, "says": [*body.get("says", ()), promise]}}
    before, after = told_among(catalogue), told_among((more, *rest))
    for day in WATCHED:
        assert facts(after, day)["broken"] >= facts(before, day)["broken"]


@OFTEN
@given(catalogues(), st.integers(1, 9))
def test_what_is_alike_but_for_its_days_has_the_same_facts_in_the_same_order(catalogue, years):
    statements, element, use, recipients = catalogue
    later = json.loads(
        re.sub(r"20\d\d(?=-)", lambda year: str(int(year[0]) + 4 * years), json.dumps([statements, element.origins]))
    )
    moved = replace(element, origins=[tuple(origin) for origin in later[1]])
    one, other = told_among(catalogue), told_among((later[0], moved, use, recipients))
    assert one.kind() == other.kind()
    for instant, same in zip(one.instants(), other.instants(), strict=True):
        assert one.at(instant) == other.at(same)
    hash(one.kind())
