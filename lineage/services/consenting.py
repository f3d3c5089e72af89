"""Record a consent, withdraw it, and say how it stands; with every answer that this changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from lineage.domain.consents import ACTS, ENDED, INVALID_METHODS, STANDS, next_change, refusal, state_at, too_early
from lineage.domain.days import DAY, micros, start_of
from lineage.domain.kinds import REFERENCES, Declared, references
from lineage.errors import Refused, WrongUse
from lineage.gate.nearest import did_you_mean, nearest
from lineage.intake.single import make_document
from lineage.services.changing import Done, Request, carried_out, carry_out
from lineage.services.checking import answers
from lineage.services.comparing import Comparison, Turn, compare, turns
from lineage.services.moments import Moment
from lineage.services.views import Scope, Times, View, open_view
from lineage.store.commands import Change
from lineage.store.database import Database
from lineage.store.documents import Stored, read_one, read_versions

CONSENT = "consent"
_FORMER = ("given", "expires", "withdrawn")
"""Days that belong to the act before: a consent that is asked for again begins without them."""


@dataclass(frozen=True, slots=True)
class ConsentRecorded:
    """What was written: operation is add, change, restore, or same where nothing was; the state now, and the answers.

    ``done`` is None where nothing was written; what waits for somebody else does not hold yet.
    """

    key: str
    operation: str
    state: str
    comparison: Comparison
    done: Done | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawal from a day on, with every answer that turns to no, and how many uses were looked at.

    ``done`` is None for a plan; what waits for somebody else does not hold yet.
    """

    key: str
    since: str
    turns: tuple[Turn, ...]
    uses: int
    done: Done | None = None


def record_consent(
    database: Database,
    times: Times,
    element: str,
    said: Mapping[str, Any],
    request: Request,
) -> ConsentRecorded:
    """Write the consent ``said["key"]`` of an element, or change what is said of it and keep the rest.

    Raises Refused when the element or something referred to is unknown, the facts do not fit, or the consent cannot
    go from its state to the one said.
    """
    before, today = _opened(database, times)
    _require_element(before, element)
    if before.table.elements[element].retired:
        raise Refused(f"element {element} is retired", "declare it anew first")
    stored = _stored(database, element, str(said["key"]))
    _require_purpose(stored, said)
    document = _document(before, element, _body(stored, said, today))
    _require_transition(stored, document, today, str(said.get("status") or ""))
    _require_later_act(database, document, ZoneInfo(today.zone))
    operation = _operation(stored, document)
    comparison = compare(before, open_view(database, times, overlay=[document]))
    done = None if operation == "same" else _write(database, request, document, stored, operation)
    state = state_at(document.body, before.at.microseconds, ZoneInfo(before.table.zone))
    return ConsentRecorded(document.key, operation, state, comparison, done)


def withdraw(
    database: Database,
    times: Times,
    element: str,
    key: str,
    on: str | None,
    request: Request,
    *,
    plan: bool = False,
) -> Withdrawal:
    """Withdraw a consent from a day on (None: today), or with ``plan`` only say what that would do.

    Raises Refused when there is no such consent, or none that could be withdrawn.
    """
    before, today = _opened(database, times)
    _require_element(before, element)
    stored = _stored(database, element, key)
    if stored is None or stored.retired:
        raise _no_consent(before, element, key)
    since = on if on and on != "today" else today.day
    document = _document(before, element, dict(stored.body) | {"status": "withdrawn", "withdrawn": since})
    if document.digest == stored.digest:
        earlier = _earlier(database, request)
        if earlier is not None:
            return Withdrawal(document.key, since, (), len(before.table.uses), earlier)
        raise Refused(f"{document.key} is withdrawn from {since} on already", "choose an earlier day with --on")
    _require_transition(stored, document, today)
    found = turns(before, open_view(database, times, overlay=[document]), start_of(since, ZoneInfo(before.table.zone)))
    done = None if plan else _write(database, request, document, stored, "change")
    lost = tuple(turn for turn in found if turn.before.effect == "allow")
    return Withdrawal(document.key, since, lost, len(before.table.uses), done)


def _earlier(database: Database, request: Request) -> Done | None:
    """Give what became of a request that is sent again."""
    with database.reading() as connection:
        return carried_out(connection, request)


def _opened(database: Database, times: Times) -> tuple[View, Moment]:
    """Judge the catalogue as it is, and tell what day it is there."""
    if times.as_of is not None:
        raise WrongUse("a consent is recorded in the catalogue of today", "leave out --as-of")
    view = open_view(database, times)
    return view, Moment(micros(times.now), view.table.zone)


def _stored(database: Database, element: str, key: str) -> Stored | None:
    with database.reading() as connection:
        return read_one(connection, CONSENT, f"{element}#{key}")


def _body(stored: Stored | None, said: Mapping[str, Any], today: Moment) -> dict[str, Any]:
    """Lay what is said over what is stored. A new act has a day of its own, and takes none from the one before."""
    told = {name: today.day if value == "today" else value for name, value in said.items() if value is not None}
    kept = dict(stored.body) if stored else {}
    status = told.get("status") or ("" if stored else "given")
    if not status:
        return kept | told
    over = state_at(kept, today.microseconds, ZoneInfo(today.zone)) in ("withdrawn", "expired")
    if status == "renewed" or status != kept.get("status") or over or (stored and stored.retired):
        if status == "requested":
            kept = {name: value for name, value in kept.items() if name not in _FORMER}
        elif status in ACTS:
            kept["given"] = today.day
        elif status == "withdrawn":
            kept.setdefault("withdrawn", today.day)
    if status != "withdrawn":
        kept.pop("withdrawn", None)
    return kept | {"status": status} | told


def _document(view: View, element: str, body: Mapping[str, Any]) -> Declared:
    """Make the document. Raises Refused for facts that do not fit, and for what it refers to and nobody knows."""
    document, problems = make_document(CONSENT, f"{element}#{body['key']}", body)
    if problems:
        sentences = [f"{problem.path}: {problem.message}" if problem.path else problem.message for problem in problems]
        raise Refused("; ".join(sentences), problems[0].fix)
    material = view.compiled.material
    known: Mapping[str, Iterable[str]] = {
        "purpose": view.table.purposes.names(), "audience": material.audiences, "statement": material.statements,
        "regime": view.table.regimes,
    }  # fmt: skip
    assert set(known) == set(REFERENCES[CONSENT].values())
    for _, kind, key in references(CONSENT, document.body):
        if key not in known[kind]:
            raise Refused(f"there is no {kind} {key}", did_you_mean(key, known[kind]) or f"declare the {kind} first")
    return document


def _require_days(body: Mapping[str, Any], zone: ZoneInfo) -> None:
    given = body.get("given")
    for name, what in (("expires", "expires"), ("withdrawn", "is withdrawn")):
        day = body.get(name)
        if given and day and start_of(day, zone) < _first(given, zone):
            raise Refused(f"the consent {what} on {day}, before it is given on {given}", "correct one of the days")


def _first(given: str, zone: ZoneInfo) -> int:
    """Give the beginning of the day something was given: an instant later that day does not contradict it."""
    return start_of(given if DAY.fullmatch(given) else Moment(start_of(given, zone), str(zone)).day, zone)


def _require_transition(stored: Stored | None, document: Declared, today: Moment, asked: str = "") -> None:
    """Raise Refused when the stored consent may not become this one, or its days contradict each other.

    ``asked`` is the state somebody asked for by name: a last day that is over must not turn it into another.
    """
    zone, body = ZoneInfo(today.zone), document.body
    over = asked in STANDS and state_at(body, today.microseconds, zone) == "expired"
    meant = {name: value for name, value in body.items() if name != "expires"} if over else body
    found = refusal(stored.body, meant, today.utc, zone) if stored else None
    if found is not None:
        raise Refused(f"{document.key}: {found[0]}", found[1])
    if stored and over:
        message = f"{document.key}: it would be {asked} and expired at once, on {body['expires']}"
        raise Refused(message, "give the new last day with --expires")
    _require_days(body, zone)


def _require_later_act(database: Database, document: Declared, zone: ZoneInfo) -> None:
    """Raise Refused when a consent would stand from a day on which it had not been withdrawn yet."""
    with database.reading() as connection:
        past = read_versions(connection, "consent", document.key)
    found = too_early(past, document.body, zone)
    if found is not None:
        raise Refused(f"{document.key}: {found[0]}", found[1])


def _operation(stored: Stored | None, document: Declared) -> str:
    if stored is None:
        return "add"
    if stored.retired:
        return "restore"
    return "same" if stored.digest == document.digest else "change"


def _write(database: Database, request: Request, document: Declared, stored: Stored | None, operation: str) -> Done:
    """Write or propose one document; Conflict when somebody else changed it since it was read."""
    change = Change(CONSENT, document.key, operation, document.text, document.digest)  # type: ignore[arg-type]
    return carry_out(database, request, [change], {(CONSENT, document.key): stored.version if stored else 0})


def _require_purpose(stored: Stored | None, said: Mapping[str, Any]) -> None:
    old, new = stored.body.get("purpose") if stored else None, said.get("purpose")
    if stored is None and not new:
        raise WrongUse("a new consent needs a purpose", "add --for PURPOSE")
    if old and new and old != new:
        fix = "record a consent for another purpose under another --key"
        raise Refused(f"{said['key']} is a consent for {old}, not for {new}", fix)


def _require_element(view: View, element: str) -> None:
    known = view.table.elements
    if element not in known:
        names = {name: key for key, held in known.items() for name in (key, held.title, *held.also)}
        keys = dict.fromkeys(names[name] for name in nearest(element, names, least=0.6))
        hint = f"did you mean {' or '.join(keys)}?" if keys else "see lineage element list"
        raise Refused(f"there is no element {element}", hint)


def _no_consent(view: View, element: str, key: str) -> Refused:
    keys = [name.rpartition("#")[2] for name, _ in view.compiled.material.elements[element].consents]
    hint = did_you_mean(key, keys) or (f"its consents are {', '.join(keys)}" if keys else "none is declared for it")
    return Refused(f"there is no consent {key} of {element}", hint)


@dataclass(frozen=True, slots=True)
class ConsentState:
    """How one consent stands at an instant; ``because`` says what keeps it from being valid, ``codes`` which rules do."""

    element: str
    key: str
    body: Mapping[str, Any]
    state: str
    because: tuple[str, ...]
    codes: tuple[str, ...]
    changes: tuple[Moment, str] | None

    @property
    def valid(self) -> bool:
        """Whether a use may rest on it."""
        return not self.because


def consent_states(
    database: Database, times: Times, element: str, key: str = "", *, digest: bool = False
) -> tuple[View, tuple[ConsentState, ...]]:
    """Say how each consent of an element stands, or one. Raises Refused when element or consent is unknown."""
    view = open_view(database, times, Scope((element,)), digest=digest)
    _require_element(view, element)
    consents = {name.rpartition("#")[2]: body for name, body in view.compiled.material.elements[element].consents}
    if key and key not in consents:
        raise _no_consent(view, element, key)
    broken = _broken_rules(view, element)
    found = (_stands(view, element, name, consents, broken.get(name, {})) for name in consents if name == (key or name))
    return view, tuple(found)


def _broken_rules(view: View, element: str) -> dict[str, dict[str, str]]:
    """Give, for each consent, the rules about consents that a use resting on it breaks now, with what they say."""
    found: dict[str, dict[str, str]] = {}
    for answered in answers(view, [element]):
        for finding in answered.findings:
            kind, name = finding.document
            if finding.stage == CONSENT and finding.severity == "blocker" and kind == CONSENT:
                found.setdefault(name.rpartition("#")[2], {}).setdefault(finding.code, finding.message)
    return found


def _stands(
    view: View, element: str, key: str, consents: Mapping[str, Mapping[str, Any]], broken: Mapping[str, str]
) -> ConsentState:
    body, instant, zone = consents[key], view.at.microseconds, ZoneInfo(view.table.zone)
    state = state_at(body, instant, zone)
    own = (*_lacks(body, state, instant, zone), *_overtaken(view, key, consents, instant, zone))
    change = next_change(body, instant, zone)
    changes = (Moment(change[0], view.table.zone), change[1]) if change else None
    return ConsentState(element, key, body, state, own or tuple(broken.values()), tuple(broken), changes)


def _lacks(body: Mapping[str, Any], state: str, instant: int, zone: ZoneInfo) -> Iterator[str]:
    """Say what a consent lacks by itself."""
    if state == "unknown" and body.get("status") in (*STANDS, "withdrawn"):
        given = body.get("given")
        yield f"it is given on {given} only" if given else "nobody knows when it was given"
    elif state not in STANDS:
        day = body.get({"withdrawn": "withdrawn", "expired": "expires", "refused": "given"}.get(state, ""))
        yield f"it is {state}{f' ({day})' if day and start_of(day, zone) <= instant else ''}"
    if body.get("method") in INVALID_METHODS:
        yield f"{body['method']} is no way to consent"
    for name, what in (
        ("method", "how it was given"),
        ("statement", "what people saw"),
        ("withdraw", "how to withdraw it"),
    ):
        if not body.get(name):
            yield f"it does not say {what} ({name})"


def _overtaken(
    view: View, key: str, consents: Mapping[str, Mapping[str, Any]], instant: int, zone: ZoneInfo
) -> Iterator[str]:
    """Name the consents for the same thing that ended after this one was given: it does not bring them back."""
    body = consents[key]
    given = start_of(body["given"], zone) if body.get("given") else None
    for name, other in consents.items():
        state = state_at(other, instant, zone)
        if name == key or given is None or state not in ENDED or not _same_thing(view, body, other):
            continue
        day = other.get("withdrawn") or other.get("given")
        if day is None or start_of(day, zone) >= given:
            yield f"{name}, for the same, was {state} after this was given"


def _same_thing(view: View, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two consents may decide about the same use: purposes, audiences and regimes that meet."""
    purposes = [body.get("purpose") or "" for body in (one, other)]
    covering = view.table.purposes.covering
    if not all(purposes) or not (purposes[0] in covering(purposes[1]) or purposes[1] in covering(purposes[0])):
        return False
    audiences = {body.get("audience") for body in (one, other) if body.get("audience")}
    regimes = [set(body.get("regimes") or ()) for body in (one, other)]
    return len(audiences) < 2 and (not all(regimes) or bool(regimes[0] & regimes[1]))
