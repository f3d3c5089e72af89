"""Keep people's data and secrets out of the catalogue: whatever is written passes here, and so does what the journal says.

Personal data may be let in by somebody who says that it is meant and why; the reason is journaled. Secrets never.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lineage.domain.kinds import Declared
from lineage.domain.personal import E_MAIL, PHONE, looks, may_hold
from lineage.domain.secret_text import secrets
from lineage.errors import Refused, WrongUse
from lineage.source import Place, Problem, path_text
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.documents import read_one

if TYPE_CHECKING:
    from lineage.services.changing import Request

OURS = frozenset({"pack", "vocabulary"})
"""Kinds that hold rules and words, not an organisation's texts."""

OFFICES = frozenset({("party", "contact"), ("party", "address"), ("party", "email"), ("party", "phone")})
"""Where an organisation says how to reach it: personal data of any kind is meant there."""
CHANNELS = frozenset({("consent", "withdraw"), ("use", "objection"), ("use", "opt_out")})
"""Where people are told whom to write to or call."""

REMOVE = "take it out: a catalogue holds facts about data, never somebody's values"
MEANT = '{}. If it is meant, say so and why: --personal-data --reason "..."'.format
LEAKED = "take it out and change it, since others may have seen it: no option lets a secret in"
_PATH = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a text looks like; ``where`` names document and path, and the text itself is told nobody."""

    where: str
    what: str
    secret: bool
    path: _PATH = ()


def check(changes: Iterable[Change], request: Request, held: Callable[[str, str], str] = lambda *_: "") -> None:
    """Raise Refused, naming each finding, when changes or what the journal would say of them look sensitive.

    ``held`` gives the body that a document (kind, key) has now: personal data that was let in before needs no new leave.
    WrongUse when personal data is declared to be meant and nobody says why.
    """
    require_reason(request)
    found = [*_of_request(request)]
    for change in changes:
        if change.operation != "retire":
            found += _of_document(change.kind, change.key, change.body_text, held)
    found = _counting(found, request)
    if found:
        lines = [f"{finding.where} looks like {finding.what}" for finding in found]
        secret, personal = any(f.secret for f in found), any(not f.secret for f in found)
        fix = ". ".join([*([MEANT(REMOVE)] if personal else []), *([f"Secrets: {LEAKED}"] if secret else [])])
        raise Refused("; ".join(lines) + ". Nothing was written.", fix[:1].upper() + fix[1:])


def problems(documents: Iterable[Declared], request: Request, database: Database | None = None) -> list[Problem]:
    """Give what looks sensitive in documents, with file and line, so that all of it can be mended at once.

    Personal data that the catalogue holds already in the same document was let in before.
    WrongUse when personal data is declared to be meant and nobody says why.
    """
    require_reason(request)
    if database is None:
        return sorted(_problems(documents, request, lambda *_: ""))
    with database.reading() as connection:
        return sorted(_problems(documents, request, held_by(connection)))


def held_by(connection: Connection) -> Callable[[str, str], str]:
    """Give what reads the body a document has now; it is asked only where something looks personal."""

    def held(kind: str, key: str) -> str:
        stored = read_one(connection, kind, key)
        return "" if stored is None else json.dumps(stored.body)

    return held


def _problems(documents: Iterable[Declared], request: Request, held: Callable[[str, str], str]) -> Iterator[Problem]:
    for document in documents:
        for finding in _counting(_of_document(document.kind, document.key, document.text, held), request):
            path = path_text(finding.path)
            message = f"{path} looks like {finding.what}"
            place = Place(document.file, _line(document, finding.path))
            yield Problem(place, f"{document.key}: {path}", message, LEAKED if finding.secret else MEANT(REMOVE))


def require_reason(request: Request) -> None:
    """Raise WrongUse when personal data is let in without a reason."""
    if request.personal_data and not (request.reason or "").strip():
        raise WrongUse("--personal-data needs a reason.", 'Say why it is meant: --reason "..."')


def _counting(found: Iterable[Finding], request: Request) -> list[Finding]:
    return [finding for finding in found if finding.secret or not request.personal_data]


def _of_request(request: Request) -> Iterator[Finding]:
    """Look at what the journal will say about who asked and why; who acts is somebody, so that a name may be an address."""
    for where, text in (("the reason", request.reason), ("--by", request.actor.name), ("--request", request.request)):
        yield from (Finding(where, found.what, secret=True) for found in secrets(text or ""))
    if not secrets(request.reason or ""):
        yield from (Finding("the reason", found.what, secret=False) for found in looks(request.reason or ""))


def _of_document(kind: str, key: str, text: str, held: Callable[[str, str], str]) -> list[Finding]:
    """Look at the free texts of a document, unless its JSON as a whole shows that nothing is there."""
    if kind in OURS or not ("\\" in text or may_hold(text) or secrets(text)):
        return []
    from lineage.domain.free_text import free_texts

    found = []
    before = held(kind, key)
    known = {value for _, value in free_texts(kind, json.loads(before))} if before else set()
    for path, value in free_texts(kind, json.loads(text)):
        where = f"{kind} {key}, {path_text(path)}"
        hidden = [Finding(where, one.what, secret=True, path=path) for one in secrets(value)]
        found += hidden
        place = (kind, str(path[0]))
        # A connection string contains what looks like an address: the worse of both is told.
        if hidden or place in OFFICES or value in known:
            continue
        fine = (E_MAIL, PHONE) if place in CHANNELS else ()
        found += [Finding(where, one.what, secret=False, path=path) for one in looks(value) if one.what not in fine]
    return found


def _line(document: Declared, path: _PATH) -> int:
    """Give the line of the deepest part of a path that is known; the document's own otherwise."""
    lines, names = document.lines, [str(step) for step in path if not isinstance(step, int)]
    dotted = (".".join(names[:count]) for count in range(len(names), 0, -1))
    return next((lines[name] for name in dotted if name in lines), document.line)
