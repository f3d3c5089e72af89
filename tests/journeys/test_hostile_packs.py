"""Packs made to hang, crash, fill the memory or mislead are refused with file and line, and nothing is written."""

from __future__ import annotations

import json
from time import monotonic

import pytest

from tests.journeys.console import start
from tests.journeys.own_packs import BREAKS, CASES, HEAD, RULE, house, under
from tests.unit.policy.test_expressions import HOSTILE, MISSPELT

SECONDS = 60
PLAIN = HEAD.format(key="house")
ONE = "rules:\n" + RULE.format(name="calls", require=BREAKS)


def rules_of(expressions):
    """Write rules as YAML whose expressions are quoted as JSON, each rule in a line of its own."""
    rest = {"title": "T", "scope": "regime", "stage": "regulation", "about": "use", "effect": "note", "message": "m"}
    lines = [
        json.dumps({"id": f"r{number}", "require": text, "cite": "c", "certainty": "I"} | rest)
        for number, text in enumerate(expressions)
    ]
    return "rules:\n" + "".join(f"- {line}\n" for line in lines)


def test_every_hostile_expression_is_refused_at_its_line_by_a_program_that_ends_by_itself(shop):
    texts = [text for _, text, *_ in HOSTILE + MISSPELT]
    shop.declare(under("packs/house", house() | {"rules.yaml": rules_of(texts)}))
    before = shop.size
    program = start(shop.folder, "apply", "catalog", "--yes")
    out, err = program.communicate(timeout=SECONDS)
    assert (program.returncode, out) == (1, b"")
    said = err.decode()
    assert "Traceback" not in said
    unnoticed = [
        name
        for number, (name, *_) in enumerate(HOSTILE + MISSPELT)
        if f"rules.yaml:{number + 2} " not in said.replace("\n", " ")
    ]
    assert unnoticed == []
    assert shop.size == before


BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n" for n in range(9))
FILES = [
    ("a bomb of aliases", {"rules.yaml": BOMB}, 1, "anchors (&a0) are not accepted"),
    ("a tag that runs a program", {"pack.yaml": PLAIN + "about: !!python/object/apply:os.system [id]\n"}, 1, "tags"),
    ("lists in lists", {"rules.yaml": "rules: " + "[" * 5000 + "]" * 5000 + "\n"}, 1, "nested deeper than 64 levels"),
    ("no text", {"rules.yaml": b"\xff\xfe\x00rules"}, 3, "not UTF-8"),
    ("no YAML", {"rules.yaml": "rules: {\n"}, 1, "this is not YAML"),
    ("17 MiB", {"rules.yaml": ONE + "#" + "x" * (17 * 1024 * 1024)}, 1, "the limit is 16 MiB"),
    ("a list for a head", {"pack.yaml": "- pack\n"}, 1, "the file must be a mapping"),
    ("an empty head", {"pack.yaml": ""}, 1, "pack is missing"),
    ("rules that are one word", {"rules.yaml": "rules: all\n"}, 1, "rules must be a list"),
    ("rules that are words", {"rules.yaml": "rules: [all, of, them]\n"}, 1, "a rule must be a mapping"),
    ("a rule without anything", {"rules.yaml": "rules: [{}]\n"}, 1, "id is missing"),
    ("a rule of lists", {"rules.yaml": "rules: [{id: [a], title: {}, scope: [use], when: [x], fix: []}]\n"}, 1, "id is missing"),
    ("a key that leaves the folder", {"pack.yaml": HEAD.format(key="../../etc")}, 1, "is no key of a pack"),
    ("a key that looks like a rule", {"pack.yaml": HEAD.format(key="eu-gdpr/EU-01")}, 1, "is no key of a pack"),
    ("an id that looks like another pack", {"rules.yaml": ONE.replace("calls", "../eu-gdpr/EU-01")}, 1, "is no rule id"),
    ("a message as wide as the memory", {"rules.yaml": ONE.replace("{element}", "{element:>9999999999}")}, 1, "with : or !"),
    ("a message that looks inside", {"rules.yaml": ONE.replace("{element}", "{element.__class__}")}, 1, "does not know"),
    ("cases that are no list", {"cases.yaml": "cases: {rule: calls}\n"}, 1, "cases must be a list"),
    ("a case of lists", {"cases.yaml": "cases: [{rule: calls, keeps: [[use.why]]}]\n"}, 1, "is no situation"),
    ("a case of another value", {"cases.yaml": "cases: [{rule: calls, keeps: [{use.why: [[]]}]}]\n"}, 1, "use.why cannot be"),
    (
        "twenty thousand cases and one",
        {"cases.yaml": "cases:\n- rule: calls\n  keeps: [" + "{}, " * 20_000 + "{}]\n"},
        1,
        "the limit is 20000",
    ),
    (
        "a thousand rules and one",
        {"rules.yaml": "rules:\n" + "".join(RULE.format(name=f"r{n}", require=BREAKS) for n in range(1001))},
        1,
        "the pack has 1001 rules, the limit is 1000",
    ),
    ("a rule for every law", {"pack.yaml": PLAIN + "regime: [eu-gdpr]\n"}, 1, "regime must be text"),
    ("an escape sequence", {"pack.yaml": PLAIN + 'sensitivty: "\\e[2J"\n'}, 1, "unknown field sensitivty"),
    ("a rule about requests", {"rules.yaml": "request: [{id: retired}]\n" + ONE}, 1, "only the pack usage-cycle"),
    ("fifty thousand fields", {"pack.yaml": PLAIN + "".join(f"titel{n}: x\n" for n in range(50_000))}, 1, "titel0"),
    ("fifty thousand rules", {"rules.yaml": "rules:\n" + "- {id: a}\n" * 50_000}, 1, "has 50000 rules"),
    ("a word of a million letters", {"rules.yaml": ONE.replace("blocker", "x" * 1_000_000)}, 1, "effect cannot be"),
    ("a name of a million letters", {"cases.yaml": f"cases: [{{rule: {'x' * 1_000_000}}}]\n"}, 1, "there is no rule xxx"),
    ("a fact of a million letters", {"cases.yaml": f"cases: [{{rule: calls, keeps: [{{? {'x' * 1_000_000} : y}}]}}]\n"}, 1, ""),
]  # fmt: skip


@pytest.mark.parametrize(("files", "code", "message"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_a_hostile_file_is_refused_and_nothing_is_written(shop, files, code, message):
    for name, text in (house() | files).items():
        shop.write(f"catalog/packs/house/{name}", text)
    before, started = shop.size, monotonic()
    said = shop("apply", "catalog", "--yes", "-v")
    assert (said.code, said.out) == (code, "")
    assert message in said.err
    assert "catalog/packs/house/" in said.err
    assert len(said.err) < 2_000_000
    assert "\x1b" not in said.err
    assert monotonic() - started < SECONDS
    assert shop.size == before
    assert shop("check").code == 1


def test_a_pack_cannot_lie_about_a_case(shop):
    shop.declare(under("packs/house", house(require="false") | {"cases.yaml": CASES}))
    said = shop("apply", "catalog", "--yes")
    assert said.code == 1
    assert "use.why" in said.err
    assert "and the case says that it keeps it" in said.err


def test_a_rule_that_gives_no_answer_fails_its_cases(shop):
    shop.declare(under("packs/house", house(require="[1, 2][size(process.does)] == 1")))
    said = shop("apply", "catalog", "--yes")
    assert said.code == 1
    assert "calls gives no answer for" in said.err or "calls breaks" in said.err


def test_a_pack_without_end_by_links_is_read_once(shop):
    shop.declare(under("packs/house", house()))
    (shop.folder / "catalog" / "packs" / "again").symlink_to(
        shop.folder / "catalog" / "packs", target_is_directory=True
    )
    assert shop("apply", "catalog", "--yes").code == 0
