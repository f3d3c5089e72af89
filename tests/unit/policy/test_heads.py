"""The head of a pack: its fields, its days, its levels of sensitivity and its dated lists."""

from __future__ import annotations

import pytest

from lineage.intake.packs import Names, read_pack
from lineage.policy.pack import parse_pack
from tests.catalogues import plain, vocabulary

HEAD = """\
pack: tiny
title: Tiny
version: "1"
as_of: 2026-11-01
regime: eu-gdpr
"""
RULES = """\
rules:
- {id: kind, title: Kind, scope: element, stage: origin, about: element.kind, require: 'element.kind != "missing"',
   effect: note, message: no kind, cite: none, certainty: I}
- {id: dated, title: Dated, scope: element, stage: origin, about: element.kind, require: 'element.kind != "missing"',
   effect: note, message: no kind, cite: none, certainty: I, in_force: {from: 2027-03-01}}
"""
LISTS = """\
lists:
  child_age:
    as_of: 2026-11-01
    source: read
    years: 16
    entries:
    - {country: DE, years: 16}
"""


def refusals(tmp_path, head, rules=RULES):
    (tmp_path / "pack.yaml").write_text(head, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    return read_pack(tmp_path, "packs/tiny", Names.of(vocabulary()))[2]


# name, what stands behind the head, line, what is said, what the fix says
MISTAKES = [
    ("an unknown field", "sensitivty: {minors: special}\n", 6, "unknown field sensitivty", "did you mean sensitivity?"),
    ("rules in the head", "rules: []\n", 6, "rules does not belong in pack.yaml", "rules.yaml"),
    ("sensitivity that is a word", "sensitivity: high\n", 6, "sensitivity must be a mapping", ""),
    ("an unknown level", "sensitivity: {speciel: [pd:Health]}\n", 6, "unknown level speciel", "did you mean special?"),
    ("a level that is a word", "sensitivity:\n  special: pd:Health\n", 7, "special must be a list", ""),
    ("a level that holds a list", "sensitivity:\n  special: [[pd:Health]]\n", 7, "special must be a list", ""),
    ("an unknown category", "sensitivity:\n  special:\n  - pd:Helth\n", 8, "unknown category pd:Helth", "pd:Health"),
    ("a category twice", "sensitivity:\n  special: [pd:Health]\n  sensitive: [pd:Health]\n", 8, "is special and sensitive", ""),
    ("a word for no level", "sensitivity:\n  words: {specal: specific}\n", 7, "unknown level specal", "special"),
    ("a word that is a list", "sensitivity:\n  words: {special: [specific]}\n", 7, "must be text", ""),
    ("minors of no level", "sensitivity:\n  minors: high\n", 7, "minors cannot be 'high'", "ordinary, sensitive"),
    ("an unknown list", "lists:\n  adequat: {as_of: 2026-11-01, source: x}\n", 7, "unknown list adequat", "adequate"),
    ("a list that is a word", "lists:\n  area: EU\n", 7, "area must be a mapping", "as_of"),
    ("lists that are a list", "lists: [area]\n", 6, "lists must be a mapping", "area, adequate, child_age"),
    ("a list without a source", "lists:\n  area: {as_of: 2026-11-01}\n", 7, "source is missing", "add source:"),
    ("a list as of no day", "lists:\n  area: {as_of: soon, source: x}\n", 7, "'soon' is neither a day", "write a day"),
    ("an unknown field of a list", "lists:\n  area: {as_of: 2026-11-01, source: x, entry: []}\n", 7, "unknown field entry", ""),
    ("entries that are a word", "lists:\n  area: {as_of: 2026-11-01, source: x, entries: DE}\n", 7, "must be a list", ""),
    ("an unknown country", LISTS.replace("DE", "XX"), 12, "unknown country XX", "ISO 3166"),
    ("no country", LISTS.replace("country: DE, ", ""), 12, "an entry needs a country", '"NO"'),
    ("a field no entry has", LISTS.replace("country: DE,", "country: DE, since: 2018-05-25,"), 12, "unknown field since", ""),
    ("a day that is none", LISTS.replace("country: DE,", "country: DE, from: 2018-13-25,"), 12, "2018-13-25", "write a day"),
    ("no age", LISTS.replace(", years: 16}", "}"), 12, "years is missing", "add years"),
    ("an age that is a word", LISTS.replace("DE, years: 16", "DE, years: many"), 12, "years cannot be 'many'", ""),
    ("an age of 400", LISTS.replace("    years: 16", "    years: 400"), 10, "years cannot be 400", "an age"),
    ("an unknown regime", "", 5, "unknown regime eu-gdrp", "did you mean eu-gdpr"),
    ("a span of no days", "in_force: {from: tomorrow}\n", 6, "'tomorrow' is neither a day", "write a day"),
    ("a span that ends early", "in_force: {from: 2027-02-01, until: 2027-01-01}\n", 6, "before it begins", ""),
    ("a misspelt span", "in_force: {form: 2027-02-01}\n", 6, "unknown field form", "from and until"),
    ("a retired word", "retired: kind\n", 6, "retired must be a list", "[ID, ID]"),
    ("a retired number", "retired: [5]\n", 6, "5 is no rule id", ""),
    ("a source that is a word", "sources: [gdpr]\n", 6, "a source must be a mapping", "title"),
    ("a list for a title", "about: [x]\n", 6, "about must be text", ""),
]  # fmt: skip


@pytest.mark.parametrize(("more", "line", "message", "fix"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_mistake_in_the_head_is_refused_where_it_stands(tmp_path, more, line, message, fix):
    head = HEAD + more if more else HEAD.replace("regime: eu-gdpr", "regime: eu-gdrp")
    problems = refusals(tmp_path, head)
    assert [(str(p.place), message in p.message, fix in p.fix) for p in problems] == [
        (f"packs/tiny/pack.yaml:{line}", True, True)
    ], problems


@pytest.mark.parametrize(
    "more", ["", LISTS, "in_force: {from: 2027-01-01}\nretired: [old]\n", "sensitivity: {minors: special}\n"]
)
def test_the_head_all_mistakes_start_from_is_sound(tmp_path, more):
    assert refusals(tmp_path, HEAD + more) == ()


@pytest.mark.parametrize("name", ["sensitivity", "lists"])
def test_a_pack_without_a_regime_has_no_levels_and_no_lists(tmp_path, name):
    more = {"sensitivity": "sensitivity: {minors: special}\n", "lists": LISTS}[name]
    (problem,) = refusals(tmp_path, HEAD.replace("regime: eu-gdpr\n", "") + more)
    assert problem.message == f"{name} belongs to a regime, and the pack names none"


@pytest.mark.parametrize("key", ["a/b", "A", "../x", "a b", "[a]", "5"])
def test_a_key_that_could_be_mistaken_for_a_path_or_a_code_is_refused(tmp_path, key):
    (problem,) = refusals(tmp_path, HEAD.replace("pack: tiny", f"pack: {key}"))
    assert (str(problem.place), "is no key of a pack" in problem.message) == ("packs/tiny/pack.yaml:1", True)


def test_an_id_that_was_retired_is_never_used_again(tmp_path):
    (problem,) = refusals(tmp_path, HEAD + "retired: [old, kind]\n")
    assert (str(problem.place), problem.message) == (
        "packs/tiny/rules.yaml:2",
        "the id kind was retired and is used again",
    )


def test_the_span_of_a_pack_is_that_of_its_rules_without_one_of_their_own():
    pack, flaws = parse_pack(plain(HEAD + "in_force: {from: 2027-01-01, until: 2029-12-31}\n" + RULES))
    assert not flaws
    assert {rule.id: (rule.since, rule.until) for rule in pack.rules} == {
        "kind": ("2027-01-01", "2029-12-31"),
        "dated": ("2027-03-01", ""),
    }


def test_a_pack_with_a_wrong_head_is_still_read_without_a_crash():
    for more in (m[1] for m in MISTAKES if "rules:" not in m[1]):
        pack, _ = parse_pack(plain(HEAD + more + RULES))
        assert [rule.id for rule in pack.rules] == ["kind", "dated"]
