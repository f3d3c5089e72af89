"""Whatever sound thing is declared comes back the same: through files, through the store, in any order."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage.domain.documents import DECLARED
from lineage.domain.kinds import SECTIONS, UNDER
from lineage.intake.declarations import read_declarations
from lineage.intake.yaml_text import read_yaml, write_yaml
from lineage.services.applying import apply_plan, plan_apply, read_against
from lineage.services.changing import Actor, Request
from lineage.services.exporting import export_yaml, sections
from lineage.services.installed import installed_vocabulary
from lineage.services.setting_up import upgrade
from lineage.services.views import Times
from lineage.store.database import Database

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
ACTOR = Actor("rina", "stated")
VOCABULARY = installed_vocabulary()
small = settings(derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40)
ODD = st.sampled_from(["NO", "true", "null", "12", "1e3", "~", " a ", "a: b", "- a", "#", "'", '"', "a\n\nb\n", "\ta",
 "&a", "*a", "!a", "<<",
                       "2026-03-31", "0x1F", "🙈", "a\u2028b", "a\x85 b", "\ufeff", "\u202e", "=1+1", "a\r\nb", "...",
                        "---", "[", "{}", "|", ">"])  # fmt: skip
WORDS = TEXT | ODD
DAYS = st.dates().map(lambda day: day.isoformat())
PERIODS = st.sampled_from(["P24M", "P2Y", "P90D", "P1Y6M"])
KEYS = [f"k{n}" for n in range(6)]


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with any of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


def keyed(keys: list[str], fields: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Entries with different keys, in any order."""
    return st.lists(st.tuples(st.sampled_from(keys), fields), unique_by=lambda pair: pair[0], max_size=3).map(
        lambda pairs: [{"key": key} | body for key, body in pairs]
    )


def one_of(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


ORIGIN = some(
    mode=one_of("provided", "observed", "generated"), captured_by=WORDS, captured_since=DAYS, told=st.just("not_told"),
    stored_in=some(system=WORDS, country=one_of("DE", "NO", "ID")), measures=st.lists(one_of("encryption_at_rest",
     "access_control"), max_size=2),
    retention=some(period=PERIODS, then=st.just("erase")) | st.builds(lambda text: {"from": text}, WORDS),
)  # fmt: skip
CONSENT = some(
    purpose=one_of("DirectMarketing", "CustomerCare"),
    status=st.just("given"),
    explicit=st.booleans(),
    given=DAYS,
    withdraw=WORDS,
)
ELEMENT = some(
    title=WORDS, description=WORDS, also_known_as=st.lists(WORDS, max_size=3), kind=one_of("identity", "behavioural"),
     value=st.just("text"),
    category=st.just("pd:EmailAddress"), sensitivity=st.dictionaries(st.just("eu-gdpr"), one_of("special", "ordinary")),
     steward=WORDS,
    origins=keyed(KEYS, ORIGIN), consents=keyed(KEYS, CONSENT),
    fields=st.lists(st.fixed_dictionaries({"namespace": WORDS, "dataset": WORDS, "field": WORDS}), max_size=2),
)  # fmt: skip
PURPOSES = ("CustomerCare", "DirectMarketing", "DeliveryOfGoods")
SIDE = some(value=one_of("benefit", "none", "harm"), observed=WORDS | st.integers(-(10**12), 10**12))
USE = some(
    why=WORDS, evidence=st.lists(WORDS, max_size=2), alternatives=st.just("none"), necessity=st.just("required"), review_by=DAYS,
    basis=st.dictionaries(st.just("eu-gdpr"), one_of("consent", "contract_performance")),
     expects=some(organisation=some(benefit=WORDS)),
    outcomes=keyed(KEYS, some(organisation=SIDE, subject=SIDE, recorded=DAYS)), insights=keyed(KEYS, some(learned=WORDS,
     applied=DAYS)),
)  # fmt: skip


@st.composite
def catalogues(draw: st.DrawFn) -> dict[str, Any]:
    """Sound declarations, each reference leading somewhere."""
    elements = draw(keyed(["a.b", "c-d", "e_f", "g"], ELEMENT))
    processes = draw(keyed(["p", "q"], some(title=WORDS, operations=st.just(["Use"]))))
    names = [(e["key"], p["key"], purpose) for e in elements for p in processes for purpose in PURPOSES]
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=3)) if names else []
    uses = [{"element": e, "process": p, "purpose": for_, "effect": "allow"} | draw(USE) for e, p, for_ in chosen]
    found = {
        "elements": elements,
        "processes": processes,
        "uses": uses,
        "catalogue": draw(some(name=WORDS, description=WORDS)),
    }
    found["audiences"] = draw(keyed(["c"], some(title=WORDS, rank=st.integers(1, 9), minor=st.booleans())))
    return found


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="lineage-roundtrip-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def digests(files: dict[str, str]) -> dict[tuple[str, str], str]:
    """Load files; give the digest of each document."""
    with folder() as place:
        for name, text in files.items():
            (place / name).write_bytes(text.encode())
        done = read_declarations([place], VOCABULARY, lambda _: frozenset())
    assert not done.problems, done.problems
    return {(document.kind, document.key): document.digest for document in done.documents}


def parts(data: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every entry with its section."""
    for section, entries in data.items():
        yield from ((section, entry) for entry in (entries if isinstance(entries, list) else [entries]))


def gathered(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for section, entry in entries:
        if section == "catalogue":
            found[section] = entry
        else:
            found.setdefault(section, []).append(entry)
    return found


@given(
    st.recursive(
        WORDS | st.integers(-(10**14), 10**14) | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner),
    )
)
@settings(small, max_examples=100)
def test_plain_data_written_as_yaml_is_read_back_the_same(data):
    assert read_yaml(write_yaml({"data": data}), "a.yaml") == ({"data": data}, [])


@given(catalogues())
@small
def test_json_and_yaml_of_the_same_data_have_equal_digests(data):
    from_yaml = digests({"a.yaml": write_yaml(data)})
    assert digests({"a.json": json.dumps(data)}) == from_yaml
    assert digests({"a.json": json.dumps(data, ensure_ascii=False, indent=1)}) == from_yaml


@given(catalogues(), st.data())
@small
def test_the_order_of_entries_and_the_file_they_stand_in_change_no_digest(data, draw):
    whole = digests({"a.yaml": write_yaml(data)})
    entries = draw.draw(st.permutations(list(parts(data))))
    turned = [(section, dict(draw.draw(st.permutations(list(entry.items()))))) for section, entry in entries]
    cut = draw.draw(st.integers(0, len(turned)))
    files = {f"{n}.yaml": write_yaml(gathered(part)) for n, part in enumerate((turned[:cut], turned[cut:])) if part}
    assert digests(files) == whole


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    path = tmp_path_factory.mktemp("prepared") / "lineage.db"
    list(upgrade(f"sqlite:///{path}", ACTOR, NOW))
    return path


@given(catalogues())
@settings(small, max_examples=8)
def test_what_is_loaded_stored_and_exported_loads_to_the_same_documents(prepared, data):
    text = write_yaml(data)
    with folder() as place:
        shutil.copy(prepared, place / "lineage.db")
        (place / "declared.yaml").write_bytes(text.encode())
        database = Database(f"sqlite:///{place / 'lineage.db'}")
        declared = read_against(database, [place / "declared.yaml"])
        assert not declared.problems
        plan = plan_apply(database, declared)
        if plan.items:
            apply_plan(database, plan, Request(ACTOR, NOW))
        exported = sections(export_yaml(database, Times(NOW)))
        (place / "exported.yaml").write_bytes(exported.encode())
        again = plan_apply(database, read_against(database, [place / "declared.yaml"]))
        assert not again.items
        if exported:
            assert not plan_apply(database, read_against(database, [place / "exported.yaml"])).items
            assert digests({"a.yaml": exported}) == digests({"a.yaml": text})


def test_the_sections_of_this_test_are_sections_of_the_product():
    assert {"elements", "processes", "uses", "catalogue", "audiences"} <= set(SECTIONS)
    assert {field.alias or name for name, field in DECLARED["element"].model_fields.items()} >= set(UNDER["element"])
