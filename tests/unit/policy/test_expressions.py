"""Expressions that would be never met, too large or misleading are refused when a pack is loaded, and quickly."""

from __future__ import annotations

from time import monotonic

import pytest

from lineage.domain.facts import Scope
from lineage.policy.bounds import MOST_NESTED, nesting
from lineage.policy.cases import sound
from lineage.policy.engine import ERRED, FAILED, MET, Ruleset
from lineage.policy.flaws import compile_flaws
from lineage.policy.literals import words_of
from lineage.policy.pack import parse_pack
from tests.catalogues import vocabulary

FIELDS = {
    "title": "A rule", "stage": "regulation", "about": "use", "effect": "note", "message": "no", "cite": "none",
    "certainty": "I",
}  # fmt: skip
WORDS = words_of(vocabulary(), ["AgreeDeliverySlot"])


def body_of(expressions, scope):
    rules = [FIELDS | {"id": f"r{n}", "scope": scope, "require": text} for n, text in enumerate(expressions)]
    return {"pack": "tiny", "title": "Tiny", "version": "1", "as_of": "2026-11-01", "rules": rules}


def pack_of(*expressions, scope="regime", when=None):
    body = body_of(expressions, scope)
    if when:
        body["rules"][0]["when"] = when
    pack, flaws = parse_pack(body)
    return pack, [*flaws, *compile_flaws(pack, body, WORDS)]


def flaws_of(text, scope="regime"):
    return pack_of(text, scope=scope)[1]


# name, expression, what is said, what the fix says
MISSPELT = [
    ("a value", 'regime.basis == "concent"', 'compares regime.basis with "concent", which it never is', "consent"),
    ("a value on the left", '"concent" == regime.basis', 'regime.basis with "concent"', "did you mean consent?"),
    ("a value that must not be", 'regime.basis != "concent"', 'regime.basis with "concent"', "did you mean consent?"),
    ("a value in a list", 'regime.basis in ["consent", "contract"]', '"contract"', "contract_performance"),
    ("a value in brackets", '((regime.basis)) == (("concent"))', '"concent"', "did you mean consent?"),
    ("a value of a choice", 'regime.basis == (element.circle ? "consent" : "concent")', '"concent"', "consent"),
    ("a fact of a choice", '(element.circle ? regime.basis : "missing") == "concent"', '"concent"', ""),
    ("an entry", '"recipents" in notice.items', 'compares notice.items with "recipents"', "did you mean recipients?"),
    ("entries one by one", '["controller", "recipents"].all(i, i in notice.items)', '"recipents"', "recipients"),
    ("the fact's own entries", 'notice.items.exists(i, i == "recipents")', '"recipents"', "recipients"),
    ("filtered entries", 'notice.items.filter(i, i != "adm").exists(i, i == "recipents")', '"recipents"', "recipients"),
    ("an entry by number", 'notice.items[0] == "recipents"', '"recipents"', "did you mean recipients?"),
    ("a whole list", 'notice.items == ["controller", "recipents"]', '"recipents"', "did you mean recipients?"),
    ("an operation", '"disclose" in process.does', 'compares process.does with "disclose"', "did you mean Disclose"),
    ("a purpose", '"DirectMarketting" in purpose.above', '"DirectMarketting"', "DirectMarketing"),
    ("a category", '"pd:Helth" in element.categories', '"pd:Helth"', "pd:Health"),
    ("an empty text", 'regime.basis == ""', 'compares regime.basis with "", which it never is', ""),
    ("a few values", 'consent.method == "maybe"', '"maybe"', "its values are invalid, missing, valid"),
]
SPELT = [
    'regime.basis == "consent"',
    'regime.basis in ["consent", "contract_performance"]',
    '"Disclose" in process.does && "AgreeDeliverySlot" in purpose.above && "pd:Health" in element.categories',
    'notice.items.exists(x, x == "controller") && process.does.exists(x, x == "Use")',
    '["controller", "dpo"].all(x, ["Use", "Disclose"].all(y, x in notice.items && y in process.does))',
    "notice.items == [] || size(notice.items) == 3",
    '"basis" + "x" != "basisx" || regime.condition.startsWith("A9-2-")',
    'regime.condition.matches("A9-2-[abc]")',
    "element.circle == true || !(element.circle != false)",
    r'regime.condition.matches(r"\d+") && element.kind != "missing" // the end',
    'process.does.exists_one(x, x == "Use")',
]


@pytest.mark.parametrize(("text", "message", "fix"), [m[1:] for m in MISSPELT], ids=[m[0] for m in MISSPELT])
def test_a_word_a_fact_never_is_is_a_mistake(text, message, fix):
    (flaw,) = flaws_of(text)
    assert flaw.path == ("rules", 0, "require")
    assert message in flaw.message
    assert fix in flaw.fix


@pytest.mark.parametrize("text", SPELT)
def test_words_a_fact_can_be_are_no_mistake(text):
    assert flaws_of(text) == []


def test_without_a_vocabulary_its_names_are_not_looked_at():
    pack, _ = pack_of('"disclose" in process.does')
    assert compile_flaws(pack, {"rules": []}) == []


NUMBERS = "[" + ",".join(["1"] * 100) + "]"
THREE = "notice.items.exists(a, a == 'adm') || "
LOOP_IN_LOOP = "[1, 2].map(a, [1, 2].map(b, {})).size() > 0"
HOSTILE = [
    ("two thousand brackets", "(" * 990 + "true" + ")" * 990, "nests brackets 990 deep, the limit is 28"),
    ("brackets that are never closed", "(" * 1990 + "true", "nests brackets 1990 deep"),
    ("lists in lists in lists", "[" * 900 + "1" + "]" * 900 + " == []", "nests brackets 900 deep"),
    ("calls in calls", "size(" * 300 + "notice.items" + ")" * 300 + " == 1", "nests brackets 300 deep"),
    ("choices in choices", "element.circle ? true : " * 40 + "false", "nested too deeply"),
    ("a long sum", "1" + "+1" * 900 + " == 1", "nested too deeply"),
    ("a long way down", "[[1]]" + "[0]" * 500 + " == 1", "nested too deeply"),
    ("five loops in each other", "[1,2].map(a,[1,2].map(b,[1,2].map(c,[1,2].map(d,[1,2].map(e,e))))).size() > 0", "5 deep"),
    ("three loops in each other", "[1].all(a, [1].all(b, [1].all(c, c == a)))", "nests all, exists, exists_one"),
    ("four loops", THREE * 4 + "false", "4 times, the limit is 3"),
    ("a loop over a long list in another", f"{NUMBERS}.all(a, {NUMBERS}.all(b, a == b))", "steps, the limit is 20000"),
    ("a list of 300", "1 in [" + ",".join(["2"] * 300) + "]", "a list of 300 entries, the limit is 200"),
    ("a long pattern", f'use.why.matches("{"a" * 201}")', "a pattern of 201 characters, the limit is 200"),
    ("a pattern put together", 'use.why.matches("a" + "b")', "matches a pattern that is no plain text"),
    ("a pattern out of a fact", "use.why.matches(regime.basis)", "matches a pattern that is no plain text"),
    ("a text that grows", '["aaaa"].map(x, x+x+x+x).map(x, x+x+x+x).size() > 0', "puts things together with +"),
    ("a list that grows", "[1].map(x, [x,x]).map(x, [x,x]).size() > 0", "a list of lists or of mixed things"),
    ("a list of lists", "[[1]] == [[1]]", "a list of lists or of mixed things"),
    ("mixed things", '[1, "a"] == []', "a list of lists or of mixed things"),
    ("a map", '{"a": 1}.size() == 1', "makes a map or a record"),
    ("a record", "google.protobuf.Duration{seconds: 1} == duration('1s')", "makes a map or a record"),
    ("a type that is hidden", "dyn(regime.basis) == 3", "uses dyn(), which would hide a wrong type"),
    ("a text of two thousand letters", '"' + "a" * 2000 + '" == ""', "the limit is 2000"),
    ("no end", 'regime.basis == "', "refused"),
    ("a closing bracket first", ") || (", "refused"),
    ("two expressions", "true, true", "refused"),
    ("a bracket that leaves the rule", "true) ? 1 : 1, (true", "refused"),
    ("the clock", "timestamp.now() < timestamp('2027-01-01T00:00:00Z')", "undeclared reference"),
    ("a function that is not there", "open('x') == 1", "undeclared reference to 'open'"),
    ("another use", 'uses.all(u, u.why == "given")', "undeclared reference to 'uses'"),
    ("a key", 'element.key == "customer.email"', "undeclared reference to 'element.key'"),
    ("a fact in pieces", '(element).kind == "identity"', "writes the fact element.kind in pieces"),
    ("a fact with a comment in it", 'element.//\nkind == "identity"', "writes the fact element.kind in pieces"),
    ("a fact in quotes", 'element.`kind` == "identity"', "writes the fact element.kind in pieces"),
    ("a fact by its name", 'element["kind"] == "identity"', "undeclared reference to 'element'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_a_hostile_expression_is_refused_at_once(text, message):
    started = monotonic()
    flaws = flaws_of(text)
    assert any(message in flaw.message for flaw in flaws), flaws
    assert all(flaw.path == ("rules", 0, "require") and flaw.fix for flaw in flaws)
    assert monotonic() - started < 2


OTHER_SCOPES = [
    ("element", 'use.why == "given"'),
    ("element", 'origin.mode == "provided"'),
    ("origin", 'use.why == "given"'),
    ("audience", 'element.kind == "identity"'),
    ("use", 'regime.basis == "consent"'),
    ("use", 'origin.mode == "provided"'),
    ("regime", 'origin.mode == "provided"'),
]


@pytest.mark.parametrize(("scope", "text"), OTHER_SCOPES)
def test_a_rule_reads_nothing_outside_its_scope(scope, text):
    (flaw,) = flaws_of(text, scope)
    assert "undeclared reference" in flaw.message


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("", 0),
        ("true", 0),
        ("((1))[0]", 2),
        ('"((((" == "["', 0),
        (r'"\"((" == "(" && (true)', 1),
        (r'r"\" == ("a")', 1),
        ('"""a " (((""" == ((a))', 2),
        ("true // ((((", 0),
        (")))((", 2),
    ],
)
def test_brackets_are_counted_outside_texts_and_comments(text, deep):
    assert nesting(text) == deep


def test_brackets_at_the_limit_still_work():
    text = "(" * MOST_NESTED + 'element.kind != "missing"' + ")" * MOST_NESTED
    pack, flaws = pack_of(text, scope="element", when=text)
    assert flaws == []
    ruleset = Ruleset(pack, Scope.ELEMENT)
    assert ruleset.judge(list(sound(Scope.ELEMENT).values())) == (MET,)


LONG = " && ".join(f'(element.kind != "missing" || {number} == 0)' for number in range(45))[:1900].rpartition(" && ")[0]


def test_rules_beyond_what_one_list_holds_keep_their_answers_in_order():
    texts = ['element.kind != "missing"' if number % 7 else "element.circle" for number in range(1000)]
    pack, _ = parse_pack(body_of(texts, "element"))
    ruleset = Ruleset(pack, Scope.ELEMENT)
    answers = ruleset.judge(list(sound(Scope.ELEMENT).values()))
    assert len(ruleset._together) == 17
    assert answers == tuple(MET if number % 7 else FAILED for number in range(1000))


@pytest.mark.slow
def test_a_pack_of_a_thousand_long_rules_is_judged():
    texts = [LONG if number % 3 else f"{LONG} && element.circle" for number in range(1000)]
    pack, flaws = pack_of(*texts, scope="element")
    assert flaws == []
    ruleset = Ruleset(pack, Scope.ELEMENT)
    started = monotonic()
    answers = ruleset.judge(list(sound(Scope.ELEMENT).values()))
    assert [answers.count(FAILED), answers.count(MET)] == [334, 666]
    assert answers[0] == FAILED
    assert monotonic() - started < 60


def test_small_packs_are_asked_in_one_go():
    pack, _ = pack_of(*['element.kind != "missing"'] * 60, scope="element")
    ruleset = Ruleset(pack, Scope.ELEMENT)
    ruleset.judge(list(sound(Scope.ELEMENT).values()))
    assert len(ruleset._together) == 1


def test_a_rule_that_uses_up_the_steps_takes_no_answer_from_the_others():
    pack, _ = pack_of(
        'element.kind != "missing"', f"{NUMBERS}.all(a, {NUMBERS}.all(b, a == b))", "element.circle", scope="element"
    )
    assert Ruleset(pack, Scope.ELEMENT).judge(list(sound(Scope.ELEMENT).values())) == (MET, ERRED, FAILED)


def test_a_stored_rule_that_no_longer_compiles_gives_no_answer():
    pack, _ = pack_of('element.kind != "missing"', 'element.colour == "red"', scope="element")
    assert Ruleset(pack, Scope.ELEMENT).judge(list(sound(Scope.ELEMENT).values())) == (MET, ERRED)


def test_a_pack_may_not_take_more_steps_than_its_limit():
    heavy = f"{NUMBERS}.all(a, [1,2,3,4,5,6,7,8,9,10,11,12].all(b, a == b))"
    _, flaws = pack_of(*[heavy] * 200, scope="element")
    assert [flaw.path for flaw in flaws] == [("rules",)]
    assert "steps, the limit is 2000000" in flaws[0].message
