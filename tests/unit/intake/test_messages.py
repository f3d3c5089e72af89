"""One wrong thing in one file: where it is, what it is, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage.intake.declarations import read_declarations
from lineage.services.installed import installed_vocabulary

KINDS = "identity, descriptive, attitudinal, behavioural"
ELEMENT = "elements:\n- key: a\n  {}\n"
ORIGIN = "elements:\n- key: a\n  origins:\n  - key: o\n    {}\n"
USE = (
    "elements: [{{key: a}}]\nuses:\n- element: a\n  process: p\n  purpose: DeliveryOfGoods\n  effect: allow\n  {}\n"
    "processes: [{{key: p}}]\n"
)
TOP = "{}\n"
NOT_A_DAY = "is neither a day like 2026-03-31 nor an instant like 2026-03-31T14:00:00+02:00"


@pytest.fixture(scope="module")
def vocabulary():
    return installed_vocabulary()


@pytest.fixture
def read(tmp_path, monkeypatch, vocabulary):
    monkeypatch.chdir(tmp_path)

    def reading(text, name="a.yaml"):
        (tmp_path / name).write_bytes(text.encode())
        return read_declarations([Path(name)], vocabulary, lambda _: set())

    return reading


FORMS = [
    (ELEMENT, "title: 12", 3, "elements[0].title", "title must be text, not a number", 'put it in quotes: "12"'),
    (
        ELEMENT,
        "title: true",
        3,
        "elements[0].title",
        "title must be text, not true or false",
        'put it in quotes: "true"',
    ),
    (ELEMENT, "title: [a]", 3, "elements[0].title", "title must be text, not a list", "write text"),
    (ELEMENT, "title: {a: b}", 3, "elements[0].title", "title must be text, not a mapping", "write text"),
    (ELEMENT, "audiences: people", 3, "elements[0].audiences", "audiences must be a list, not text", "write [people]"),
    (
        ELEMENT,
        "audiences: {a: b}",
        3,
        "elements[0].audiences",
        "audiences must be a list, not a mapping",
        "write one entry a line",
    ),
    (
        ELEMENT,
        "also_known_as: [x, 1]",
        3,
        "elements[0].also_known_as[1]",
        "an entry of also_known_as must be text, not a number",
        '"1"',
    ),
    (
        ELEMENT,
        "origins: {key: o}",
        3,
        "elements[0].origins",
        "origins must be a list, not a mapping",
        "a dash before it",
    ),
    (ELEMENT, "origins: [o]", 3, "elements[0].origins[0]", "an entry of origins must be a mapping", "field: value"),
    (ORIGIN, "stored_in: crm", 5, "elements[0].origins[0].stored_in", "stored_in must be a mapping", "field: value"),
    (
        ORIGIN,
        "told: nottold",
        5,
        "elements[0].origins[0].told",
        "told cannot be 'nottold'",
        "did you mean not_told? write a list, or not_told",
    ),
    (ORIGIN, "told: [1]", 5, "elements[0].origins[0].told[0]", "an entry of told must be text, not a number", '"1"'),
    (
        ELEMENT,
        "consents: [{key: c, explicit: on}]",
        3,
        "elements[0].consents[0].explicit",
        "explicit must be true or false, not text",
        "true or false",
    ),
    (
        ELEMENT,
        "consents: [{key: c, explicit: yes}]",
        3,
        "elements[0].consents[0].explicit",
        "explicit must be true or false, not text",
        "true or false",
    ),
    (
        ELEMENT,
        "consents: [{key: c, explicit: 1}]",
        3,
        "elements[0].consents[0].explicit",
        "explicit must be true or false, not a number",
        "true or false",
    ),
    (
        TOP,
        "audiences: [{key: a, rank: first}]",
        1,
        "audiences[0].rank",
        "rank must be a whole number, not text",
        "write a whole number",
    ),
    (
        TOP,
        "audiences: [{key: a, rank: 1.5}]",
        1,
        "audiences[0].rank",
        "rank must be a whole number, not text",
        "write a whole number",
    ),
    (
        TOP,
        "audiences: [{key: a, rank: true}]",
        1,
        "audiences[0].rank",
        "rank must be a whole number, not true or false",
        "a whole number",
    ),
    (TOP, "audiences: [{key: a, rank: 0}]", 1, "audiences[0].rank", "rank must be 1 or more", "correct the number"),
    (USE, "basis: contract", 7, "uses[0].basis", "basis must be a mapping of key: value, not text", "key: value"),
    (
        USE,
        "alternatives: non",
        7,
        "uses[0].alternatives",
        "alternatives cannot be 'non'",
        "did you mean none? write a list, or none",
    ),
    (
        USE,
        "insights: [{key: i, outcomes: q1}]",
        7,
        "uses[0].insights[0].outcomes",
        "outcomes must be a list, not text",
        "write [q1]",
    ),
]
WORDS = [
    (
        ELEMENT,
        "kind: identiti",
        3,
        "elements[0].kind",
        "kind cannot be 'identiti'",
        f"did you mean identity? write one of {KINDS}",
    ),
    (ELEMENT, "kind: 5", 3, "elements[0].kind", "kind cannot be 5", f"write one of {KINDS}"),
    (ELEMENT, "kind: [identity]", 3, "elements[0].kind", "kind cannot be a list", f"write one of {KINDS}"),
    (
        ELEMENT,
        "lifecycle: NO",
        3,
        "elements[0].lifecycle",
        "lifecycle cannot be 'NO'",
        "write one of draft, active, retired",
    ),
    (
        ELEMENT,
        "sensitivity: {eu-gdpr: specal}",
        3,
        "elements[0].sensitivity.eu-gdpr",
        "eu-gdpr cannot be 'specal'",
        "did you mean special?",
    ),
    (
        USE,
        "basis: {eu-gdpr: contrakt_performance}",
        7,
        "uses[0].basis.eu-gdpr",
        "cannot be 'contrakt_performance'",
        "did you mean contract_performance",
    ),
    (ELEMENT, "titel: x", 3, "elements[0].titel", "unknown field titel", "did you mean title"),
    (
        ELEMENT,
        "colour: x",
        3,
        "elements[0].colour",
        "unknown field colour",
        "remove it; the fields here are key, title, ",
    ),
    (
        ORIGIN,
        "stored_in: {contry: DE}",
        5,
        "elements[0].origins[0].stored_in.contry",
        "unknown field contry",
        "did you mean country?",
    ),
    (TOP, "element: []", 1, "element", "unknown section element", "did you mean elements"),
    (TOP, "zzz: []", 1, "zzz", "unknown section zzz", "the sections are catalogue, parties, "),
    (
        ELEMENT,
        "category: pd:TelefonNumber",
        3,
        "a: category",
        "unknown category pd:TelefonNumber",
        "did you mean pd:TelephoneNumber",
    ),
    (TOP, "catalogue: {regimes: [eu-gdrp]}", 1, "catalogue: regimes", "unknown regime eu-gdrp", "did you mean eu-gdpr"),
    (
        TOP,
        "audiences: [{key: a, countries: [DE, Germany]}]",
        1,
        "a: countries",
        "unknown country Germany",
        "two letters of ISO 3166",
    ),
    (
        TOP,
        "processes: [{key: p, operations: [Disclos]}]",
        1,
        "p: operations",
        "unknown operation Disclos",
        "did you mean Disclose",
    ),
    (TOP, "catalogue: {time_zone: Europe/Berln}", 1, "catalogue.time_zone", "'Europe/Berln' is not a time zone", ""),
]
TIMES = [
    (ORIGIN, "captured_since: 2026-02-30", 5, "elements[0].origins[0].captured_since",
     "2026-02-30 is not a day of the calendar", ""),
    (ORIGIN, "captured_since: 2026-13-01", 5, "elements[0].origins[0].captured_since",
     "2026-13-01 is not a day of the calendar", ""),
    (ORIGIN, "captured_since: 2026-3-1", 5, "elements[0].origins[0].captured_since", NOT_A_DAY, ""),
    (ORIGIN, "captured_since: 31.03.2026", 5, "elements[0].origins[0].captured_since", NOT_A_DAY, ""),
    (ORIGIN, "captured_since: yesterday", 5, "elements[0].origins[0].captured_since", NOT_A_DAY, ""),
    (ORIGIN, "captured_since: 2026-03-01T25:00:00Z", 5, "elements[0].origins[0].captured_since", NOT_A_DAY, ""),
    (ORIGIN, "captured_since: 2026-03-01T10:00:00", 5, "elements[0].origins[0].captured_since",
     "has no offset: write 2026-03-01T10:00:00Z", ""),
    *(
        (ORIGIN, f"retention: {{period: {text}}}", 5, "elements[0].origins[0].retention.period",
         f"'{text}' is not a period like P24M", "")
        for text in ("2 years", "P", "PT", "P-1D", "P1", "p24m", "P1.5Y", "24M", "P1DT", "P99999Y")
    ),
    (USE, "pilot: {from: 2026-05-01, until: 2026-04-30}", 7, "a/p/DeliveryOfGoods: pilot.until",
     "pilot ends on 2026-04-30, before it begins", "swap"),
    (USE, "outcomes: [{key: o, period: {from: 2026-05-01, until: 2026-04-01}}]", 7,
     "a/p/DeliveryOfGoods#o: period.until", "period ends on", "swap"),
    (TOP, "statements: [{key: s, in_force: {from: 2026-03-02, until: 2026-03-01}}]", 1, "s: in_force.until",
     "in_force ends on 2026-03-01", "swap"),
    (USE, "pilot: {from: 2026-05-01T12:00:00Z, until: 2026-05-01T13:00:00+02:00}", 7,
     "a/p/DeliveryOfGoods: pilot.until", "pilot ends on", "swap"),
]  # fmt: skip
KEYS = [
    (TOP, "elements: [{key: Phone}]", 1, "elements[0].key",
     "'Phone' is no key: use lower-case letters, digits, '_', '-' and '.'", ""),
    (TOP, "elements: [{key: a/b}]", 1, "elements[0].key", "'a/b' is no key", ""),
    (TOP, "elements: [{key: 'a#b'}]", 1, "elements[0].key", "'a#b' is no key", ""),
    (TOP, "elements: [{key: -a}]", 1, "elements[0].key", "'-a' is no key", ""),
    (TOP, "elements: [{key: 'a b'}]", 1, "elements[0].key", "'a b' is no key", ""),
    (TOP, 'elements: [{key: "a\\n"}]', 1, "elements[0].key", "is no key", ""),
    (TOP, f"elements: [{{key: {'a' * 201}}}]", 1, "elements[0].key", "key is longer than 200 characters", "shorten it"),
    (TOP, "elements: [{key: 12}]", 1, "elements[0].key", "key must be text, not a number", 'put it in quotes: "12"'),
    (TOP, "elements: [{title: x}]", 1, "elements[0]", "key is missing", "add key: …"),
    (TOP, "elements: [{key: ''}]", 1, "elements[0].key", "key is missing", "add key: …"),
    (TOP, "elements: [{key: }]", 1, "elements[0].key", "key is missing", "add key: …"),
    (TOP, "elements: [a]", 1, "elements[0]", "an entry must be a mapping of field: value", "write key: …"),
    (TOP, "elements: [ ~ ]", 1, "elements[0]", "an entry must be a mapping of field: value", "write key: …"),
    (TOP, "elements: x", 1, "elements", "elements must be a list of entries", "write a dash before each entry"),
    (TOP, "elements: {key: a}", 1, "elements", "elements must be a list of entries", "write a dash before each entry"),
    (TOP, "catalogue: []", 1, "catalogue", "an entry must be a mapping", ""),
    (TOP, "- a", 1, "", "the file must hold sections", "start with a section: catalogue"),
    (TOP, "just words", 1, "", "the file must hold sections", "start with a section: catalogue"),
    (TOP, "purposes: [{key: delivery of goods}]", 1, "purposes[0].key", "is no purpose name: write it like DeliveryOfGoods", ""),
    (TOP, "elements: [{key: a}]\nuses: [{element: a, purpose: DeliveryOfGoods, effect: allow}]", 2, "uses[0]",
     "a use with effect: allow needs a process", ""),
    (ELEMENT, 'title: "a\\0b"', 3, "elements[0].title", "the text holds a NUL character", ""),
    (ELEMENT, f"title: {'x' * 20_001}", 3, "elements[0].title", "title is longer than 20000 characters", "shorten it"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "field", "line", "path", "message", "fix"), [*FORMS, *WORDS, *TIMES, *KEYS])
def test_one_mistake_is_one_problem_with_its_line_path_and_remedy(read, form, field, line, path, message, fix):
    (problem,) = read(form.format(field)).problems
    assert (str(problem.place), problem.path) == (f"a.yaml:{line}", path)
    assert message in problem.message
    assert fix in problem.fix
    assert problem.fix


@pytest.mark.parametrize(
    "field",
    ["", "title:", "title: ''", "origins:", "origins: []", "category: pd:EmailAddress", "description: 2.5",
     "description: 99999999999999999999", "title: NO", "title: 2026-02-30", "origins: [{key: o, told: not_told}]"],
)  # fmt: skip
def test_what_is_missing_or_empty_or_looks_odd_loads(read, field):
    assert not read(ELEMENT.format(field)).problems


def test_norway_is_a_country_and_numbers_with_a_point_stay_text(read):
    done = read("audiences: [{key: a, countries: [NO]}]\nelements: [{key: b, description: 2.50, title: on}]\n")
    assert not done.problems
    assert [document.body for document in done.documents] == [
        {"key": "a", "countries": ["NO"]},
        {"key": "b", "description": "2.50", "title": "on"},
    ]


def test_a_window_of_one_day_is_a_window(read):
    assert not read(
        USE.format("pilot: {from: 2026-05-01, until: 2026-05-01}").replace("{{", "{").replace("}}", "}")
    ).problems


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ('{"elements": [{"key": "a", "title": "x\\u0000"}]}', "elements[0].title", "NUL character"),
        ('{"elements": [{"key": "a", "title": "\\ud800"}]}', "elements[0].title", "half a character"),
        ('{"elements": [{"key": "\\ud800"}]}', "elements[0].key", "half a character"),
        ('{"elements": [{"key": "a", "\\ud800": 1}]}', None, "the name of a field holds half a character"),
        ('{"\\ud800": []}', None, "unknown section"),
    ],
)
def test_half_characters_and_nul_in_json_are_refused(read, text, path, message):
    (problem,) = read(text, "a.json").problems
    assert path is None or problem.path == path
    assert message in problem.message


def test_a_tab_in_yaml_is_refused_with_its_line(read):
    (problem,) = read("elements:\n- key: a\n\ttitle: b\n").problems
    assert problem.place.line == 3


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "\ufeff"])
def test_an_empty_file_declares_nothing_and_says_so(read, text):
    (problem,) = read(text).problems
    assert (problem.message, problem.place.line) == ("the file declares nothing", 0)


def test_a_section_without_entries_is_no_mistake(read):
    assert not read("catalogue:\nelements:\nuses: []\n").problems
