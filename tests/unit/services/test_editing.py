"""What is said of an element by paths, and what holds for every history of changes and restores."""

from __future__ import annotations

import copy
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage.domain.canonical import canonical
from lineage.errors import Refused
from lineage.services.changing import Actor, Request
from lineage.services.editing import bring_back, edit, register, retire
from lineage.services.editing_paths import Draft, Said, prefix_of, sayings_of
from lineage.services.history import history
from lineage.services.restoring import restore_as_of, restore_version
from lineage.services.setting_up import upgrade
from lineage.services.showing import show_document
from lineage.services.views import Times
from lineage.store.database import Database
from lineage.store.documents import read_current, read_one, read_version
from tests.property.often import often

KEY = "a.b"
BODY = {
    "key": KEY,
    "title": "A",
    "measures": ["x"],
    "sensitivity": {"eu-gdpr": "special"},
    "fields": [{"namespace": "n", "dataset": "d", "field": "f"}],
}
ORIGIN = {"key": "shop", "mode": "provided", "stored_in": {"system": "crm"}, "measures": ["x", "y"]}


def said_to(sets=(), unsets=(), *, new=False):
    """Say things of the small element above; give its bodies and the problems."""
    bodies = {("element", KEY): copy.deepcopy(BODY), ("origin", f"{KEY}#shop"): copy.deepcopy(ORIGIN)}
    draft = Draft(KEY, bodies, new)
    sayings, problems = sayings_of(Said(sets, unsets), KEY)
    problems += [problem for problem in map(draft.say, sayings) if problem]
    return draft, [problem.message for problem in problems]


SET = [
    ("title=B", ("element", KEY), ["title"], "B"),
    ("title= B ", ("element", KEY), ["title"], "B"),
    ("title='12'", ("element", KEY), ["title"], "12"),
    ("title=a=b", ("element", KEY), ["title"], "a=b"),
    ("title=NO", ("element", KEY), ["title"], "NO"),
    ("title=", ("element", KEY), ["title"], None),
    ("audiences[+]=c", ("element", KEY), ["audiences"], ["c"]),
    ("sensitivity.id-pdp=ordinary", ("element", KEY), ["sensitivity", "id-pdp"], "ordinary"),
    ("sensitivity[id-pdp]=ordinary", ("element", KEY), ["sensitivity", "id-pdp"], "ordinary"),
    ("fields[0].dataset=e", ("element", KEY), ["fields", 0, "dataset"], "e"),
    ("fields[+].dataset=e", ("element", KEY), ["fields", 1, "dataset"], "e"),
    ("origins[shop].stored_in.country=DE", ("origin", f"{KEY}#shop"), ["stored_in", "country"], "DE"),
    ("origins[shop].retention.period=P1Y", ("origin", f"{KEY}#shop"), ["retention", "period"], "P1Y"),
    ("origins[shop].measures[1]=z", ("origin", f"{KEY}#shop"), ["measures"], ["x", "z"]),
    ("origins[shop]={mode: observed}", ("origin", f"{KEY}#shop"), [], {"key": "shop", "mode": "observed"}),
    ("consents[a.b-c]={explicit: true}", ("consent", f"{KEY}#a.b-c"), [], {"key": "a.b-c", "explicit": True}),
    ("regulatory[eu-gdpr]={by: x}", ("regulatory", f"{KEY}#eu-gdpr"), [], {"regime": "eu-gdpr", "by": "x"}),
]


@pytest.mark.parametrize(("text", "name", "path", "value"), SET)
def test_a_path_sets_what_it_leads_to(text, name, path, value):
    draft, problems = said_to([text])
    found = draft.bodies[name]
    for step in path:
        found = found[step]
    assert (found, problems) == (value, [])


UNSET = [
    ("title", ("element", KEY), "title"),
    ("sensitivity.eu-gdpr", ("element", KEY), "sensitivity"),
    ("fields[0].field", ("element", KEY), "fields"),
    ("origins[shop].stored_in.system", ("origin", f"{KEY}#shop"), "stored_in"),
    ("origins[shop].measures[0]", ("origin", f"{KEY}#shop"), "measures"),
]


@pytest.mark.parametrize(("path", "name", "field"), UNSET)
def test_a_path_takes_away_what_it_leads_to_and_nothing_else(path, name, field):
    draft, problems = said_to(unsets=[path])
    was = BODY if name[0] == "element" else ORIGIN
    assert problems == []
    assert draft.bodies[name].get(field) != was[field]
    assert {k: v for k, v in draft.bodies[name].items() if k != field} == {k: v for k, v in was.items() if k != field}


@pytest.mark.parametrize(
    "path", ["steward", "origins[shop].touchpoint", "origins[shop].retention.period", "sensitivity.id-pdp"]
)
def test_what_is_not_said_can_be_taken_away_without_effect(path):
    draft, problems = said_to(unsets=[path])
    assert (draft.bodies["element", KEY], draft.bodies["origin", f"{KEY}#shop"], problems) == (BODY, ORIGIN, [])


@pytest.mark.parametrize(
    "path", ["", ".", "a..b", "title.", "title[", "title[]", "[0]", "a b", "title]x", "1", "a[b]c"]
)
def test_what_is_no_path_is_said_to_be_none(path):
    _, problems = said_to([f"{path}=x"])
    assert len(problems) == 1
    assert "is no path" in problems[0] or "unknown field" in problems[0]


def test_parts_of_a_new_element_need_not_be_said_whole():
    assert said_to(["origins[post].mode=observed"])[1] == ["there is no origins[post]"]
    draft, problems = said_to(["origins[post].mode=observed", "origins[post].captured_by=x"], new=True)
    assert (draft.bodies["origin", f"{KEY}#post"], problems) == (
        {"key": "post", "mode": "observed", "captured_by": "x"},
        [],
    )


def test_a_problem_is_placed_at_the_nearest_thing_said():
    draft, _ = said_to(["origins[shop].stored_in={country: XX}", "title=B"])
    assert draft.place_of("origins[shop].stored_in.country").file == "--set origins[shop].stored_in"
    assert draft.place_of("title").file == "--set title"
    assert draft.place_of("origins[shop].mode").file == f"element {KEY}"
    assert draft.place_of("titles").file == f"element {KEY}"
    assert (prefix_of("regulatory", f"{KEY}#eu-gdpr"), prefix_of("element", KEY)) == ("regulatory[eu-gdpr].", "")


# --- What holds for every history ---

START = datetime(2026, 9, 1, 12, tzinfo=UTC)
VALUES = st.sampled_from(["rina", "budi", "'12'", "a b", ""])
EDITS = st.one_of(
    st.builds("steward={}".format, VALUES),
    st.builds("title={}".format, VALUES),
    st.builds("also_known_as={}".format, st.sampled_from(["[]", "[a]", "[b, a]", ""])),
    st.builds("origins[o{}]={{captured_by: {}}}".format, st.integers(0, 1), VALUES.filter(bool)),
    st.builds("-origins[o{}]".format, st.integers(0, 1)),
    st.builds("consents[c]={{purpose: CustomerCare, withdraw: {}}}".format, VALUES.filter(bool)),
    st.builds("regulatory[eu-gdpr]={{by: {}}}".format, VALUES.filter(bool)),
    st.sampled_from(["!retire", "!undo"]),
    st.builds("@{}".format, st.integers(1, 6)),
)
few = settings(
    derandomize=True, max_examples=often(3), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A catalogue that holds one element, made once."""
    path = tmp_path_factory.mktemp("editing") / "lineage.db"
    database = Database(f"sqlite:///{path}")
    list(upgrade(f"sqlite:///{path}", Actor("rina", "stated"), START - timedelta(hours=1)))
    register(database, Times(START), KEY, Said(["title=A"]), request_at(0))
    return path


def request_at(hour):
    return Request(Actor("rina", "stated"), START + timedelta(hours=hour))


def act(database, hour, what):
    """Carry out one drawn step at an hour of its own; what does not fit is refused or a problem, and changes nothing."""
    times, request = Times(START + timedelta(hours=hour)), request_at(hour)
    try:
        if what.startswith("!"):
            (retire if what == "!retire" else bring_back)(database, times, KEY, request)
        elif what.startswith("@"):
            restored(database, times, int(what[1:]), request)
        elif what.startswith("-"):
            edit(database, times, KEY, Said(unsets=[what[1:]]), request)
        else:
            edit(database, times, KEY, Said([what]), request)
    except Refused:
        return


def restored(database, times, version, request):
    """Restore a version: the element then says what that version said."""
    done = restore_version(database, times, KEY, version, request)
    assert not done.problems
    with database.reading() as connection:
        now, then = read_one(connection, "element", KEY), read_version(connection, "element", KEY, version)
    assert (now.body, now.digest, now.retired) == (then.body, then.digest, False)


def current(database):
    with database.reading() as connection:
        rows = read_current(connection, {"element", "origin", "consent", "regulatory"})
        return {(kind, key): (text, retired) for kind, key, _, text, _, retired in rows}


@few
@given(st.lists(EDITS, min_size=1, max_size=8))
def test_no_version_is_lost_and_every_past_can_be_read_and_brought_back(made, tmp_path, steps):
    path = tmp_path / "lineage.db"
    shutil.copyfile(made, path)
    database = Database(f"sqlite:///{path}")
    known = [current(database)]
    for hour, what in enumerate(steps, start=1):
        act(database, hour, what)
        known.append(current(database))
    last = Times(START + timedelta(hours=len(steps)))
    entries = history(database, last, "element", KEY)
    with database.reading() as connection:
        kept = connection.exec_driver_sql(
            "SELECT kind, key, version, sys_from FROM document WHERE kind IN ('element', 'origin', 'consent', 'regulatory')"
        )
        stored = sorted(tuple(row) for row in kept)
    listed = [(one.kind, one.key, one.version, one.sequence) for one in entries]
    assert sorted(listed) == stored
    assert [row[3] for row in listed] == sorted(row[3] for row in listed)
    today = show_document(database, last, "element", KEY)
    for now in ("now", last.now.isoformat(), f"@{max(row[3] for row in listed)}"):
        assert show_document(database, Times(last.now, as_of=now), "element", KEY) == today
    for hour, then in enumerate(known):
        when = (START + timedelta(hours=hour, minutes=30)).isoformat()
        shown = history(database, Times(last.now, as_of=when), "element", KEY)
        assert {(one.kind, one.key) for one in shown} == then.keys()
        assert len(shown) == sum(
            one.at.microseconds <= (START + timedelta(hours=hour)).timestamp() * 1e6 for one in entries
        )
    back_to_the_middle(database, known, len(steps))


def back_to_the_middle(database, known, hours):
    """Restore everything as it was half way: apart from consents that came since it is as it was then."""
    middle = hours // 2
    then = known[middle]
    if then["element", KEY][1]:
        return
    when = (START + timedelta(hours=middle, minutes=30)).isoformat()
    done = restore_as_of(database, Times(START + timedelta(hours=hours + 1), as_of=when), KEY, request_at(hours + 1))
    assert not done.problems
    live = {name: text for name, (text, retired) in current(database).items() if not retired}
    left = {tuple(document.split(" ", 1)) for document, _ in done.left}
    assert {name: text for name, text in live.items() if name not in left} == {
        name: text for name, (text, retired) in then.items() if not retired and name not in left
    }
    assert all(kind == "consent" for kind, _ in left)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_a_restore_writes_is_what_was_written_then(request, kind):
    url = request.getfixturevalue(f"{kind}_url")
    list(upgrade(url, Actor("rina", "stated"), START - timedelta(hours=1)))
    database = Database(url)
    register(database, Times(START), KEY, Said(["title=A", "origins[o].mode=provided"]), request_at(0))
    edit(database, Times(START), KEY, Said(["title=B", "also_known_as=[]"]), request_at(1))
    restore_version(database, Times(START), KEY, 1, request_at(2))
    retire(database, Times(START), KEY, request_at(3))
    with database.reading() as connection:
        assert canonical(read_one(connection, "element", KEY).body) == '{"key":"a.b","title":"A"}'
    entries = history(database, Times(START + timedelta(days=1)), "element", KEY, everything=True)
    assert [(one.kind, one.version, one.operation) for one in entries] == [
        ("element", 1, "add"), ("origin", 1, "add"), ("element", 2, "change"), ("element", 3, "change"),
        ("element", 4, "retire"), ("origin", 2, "retire"),
    ]  # fmt: skip
    assert [d.path for d in entries[3].differences] == ["also_known_as", "title"]
    assert all(one.who == "rina" for one in entries)
    bring_back(database, Times(START), KEY, request_at(4))
    assert set(current(database).values()) == {
        ('{"key":"a.b","title":"A"}', False), ('{"key":"o","mode":"provided"}', False),
    }  # fmt: skip
