"""Bodies of requests: read fast where they are plain, with every care where they are not.

A plain body holds nothing but the attributes that are asked for. It is decoded once into typed records; that it names
nothing twice follows from counting colons: as many as the attributes that were found. Every other body is looked at
whole: duplicate keys, depth, numbers and half characters.
"""

from __future__ import annotations

import json
from typing import Any, Literal, NoReturn, TypeVar

import msgspec
from msgspec import Struct

from lineage.web.limits import DEPTH, NAME

T = TypeVar("T")
COLON = b":"
SEMANTICS = ("execute_all", "deny_on_first_deny", "permit_on_first_permit")
Semantic = Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"]


class Malformed(Exception):
    """A request that cannot be read: 400, or what ``status`` says, with a sentence for its sender."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


class Process(Struct, frozen=True, eq=False, gc=False):
    """A subject of the type that is known."""

    type: Literal["process"]
    id: str


class Element(Struct, frozen=True, eq=False, gc=False):
    """A resource of the type that is known."""

    type: Literal["element"]
    id: str


class Action(Struct, frozen=True, eq=False, gc=False):
    """An action: the purpose."""

    name: str


class Plain(Struct, frozen=True, eq=False, gc=False):
    """A question with all its entities and nothing else."""

    subject: Process
    action: Action
    resource: Element


class PlainItem(Struct, frozen=True, eq=False, gc=False):
    """A question of a plain batch; what it leaves out stands at the top."""

    subject: Process | None = None
    action: Action | None = None
    resource: Element | None = None


class PlainBatch(Struct, frozen=True, eq=False, gc=False):
    """A batch without contexts and options."""

    evaluations: list[PlainItem]
    subject: Process | None = None
    action: Action | None = None
    resource: Element | None = None


class Entity(Struct, frozen=True):
    """A subject or a resource of any type."""

    type: str
    id: str


class Kind(Struct, frozen=True):
    """What is searched for; an id is passed over."""

    type: str


class Context(Struct, frozen=True):
    """The circumstances that are understood; every other key is passed over."""

    at: str | None = None
    as_of: str | None = None
    regime: str | None = None
    audience: str | None = None


class Evaluation(Struct, frozen=True):
    """One question."""

    subject: Entity
    action: Action
    resource: Entity
    context: Context = Context()


class Page(Struct, frozen=True):
    """Which part of the results is wanted."""

    token: str | None = None
    limit: int | None = None


class SubjectSearch(Struct, frozen=True):
    """Which processes may use this element for this purpose?"""

    subject: Kind
    action: Action
    resource: Entity
    context: Context = Context()
    page: Page = Page()


class ResourceSearch(Struct, frozen=True):
    """Which elements may this process use for this purpose?"""

    subject: Entity
    action: Action
    resource: Kind
    context: Context = Context()
    page: Page = Page()


class ActionSearch(Struct, frozen=True):
    """For which purposes may this process use this element?"""

    subject: Entity
    resource: Entity
    context: Context = Context()
    page: Page = Page()


_PLAIN = msgspec.json.Decoder(Plain)
_PLAIN_BATCH = msgspec.json.Decoder(PlainBatch)
_ANY = msgspec.json.Decoder()
_COLONS_OF_ONE = 8
_COLONS_OF_ENTITY = 3
_COLONS_OF_ACTION = 2


def plain_question(body: bytes) -> tuple[str, str, str] | None:
    """Give process, element and purpose of a plain question; None for a body that must be looked at whole."""
    try:
        found = _PLAIN.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if body.count(COLON) != _COLONS_OF_ONE:
        return None
    names = found.subject.id, found.resource.id, found.action.name
    return names if len(names[0]) + len(names[1]) + len(names[2]) <= NAME else None


def plain_batch(body: bytes) -> PlainBatch | None:
    """Give a plain batch, once it is sure that no key stands twice; None for a body to be looked at whole."""
    try:
        found = _PLAIN_BATCH.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    items = found.evaluations
    top = found.subject, found.action, found.resource
    if top == (None, None, None):
        # Every question has all its entities then, or looking one up will show that it has not.
        colons = 1 + _COLONS_OF_ONE * len(items)
    else:
        colons = 1 + _colons(*[(one,) for one in top])
        colons += _colons([i.subject for i in items], [i.action for i in items], [i.resource for i in items])
    return found if items and body.count(COLON) == colons else None


def named(batch: PlainBatch) -> list[tuple[str, str, str]] | None:
    """Give process, element and purpose of each question of a batch; None where an entity is missing, or a name too long."""
    subject, action, resource = batch.subject, batch.action, batch.resource
    try:
        names = [
            ((item.subject or subject).id, (item.resource or resource).id, (item.action or action).name)  # type: ignore[union-attr]
            for item in batch.evaluations
        ]
    except AttributeError:
        return None
    return names if max([len(a) + len(b) + len(c) for a, b, c in names]) <= NAME else None


def _colons(subjects: Any, actions: Any, resources: Any) -> int:
    entities = sum([one is not None for one in subjects]) + sum([one is not None for one in resources])
    return _COLONS_OF_ENTITY * entities + _COLONS_OF_ACTION * sum([one is not None for one in actions])


def read_object(body: bytes) -> dict[str, Any]:
    """Read a body with every care. Malformed for what is no I-JSON object, is nested too deep or names a key twice."""
    try:
        # This one knows UTF-8, half characters and numbers better than the next, which can tell a key that comes twice.
        _ANY.decode(body)
        data = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise Malformed(f"the body is nested deeper than {DEPTH} levels") from None
    except UnicodeDecodeError:
        raise Malformed("the body is not UTF-8") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise Malformed(f"the body is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise Malformed("the body is not a JSON object")
    _check_depth(data)
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Malformed(f"the key {twice[:NAME]!r} stands twice in one object")
    return found


def _no_number(text: str) -> NoReturn:
    raise Malformed(f"{text} is no JSON number")


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise Malformed(f"the body is nested deeper than {DEPTH} levels")


def converted(data: Any, form: type[T]) -> T:
    """Give data the form of a record. Malformed where an attribute is missing or of the wrong type."""
    try:
        found = msgspec.convert(_without_nulls(data), form)
    except msgspec.ValidationError as error:
        raise Malformed(_sentence(str(error))) from None
    _check_names(found)
    return found


def _without_nulls(data: Any) -> Any:
    """Leave out what is null, which says the same as nothing, down to where the attributes stand."""
    if not isinstance(data, dict):
        return data
    return {
        key: {name: text for name, text in value.items() if text is not None} if isinstance(value, dict) else value
        for key, value in data.items()
        if value is not None
    }


def _sentence(text: str) -> str:
    reason, _, path = text.partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    return f"{path or 'the body'}: {reason[:1].lower()}{reason[1:]}"


def _check_names(found: Any) -> None:
    for field in found.__struct_fields__:
        value = getattr(found, field)
        if isinstance(value, Struct):
            _check_names(value)
        elif isinstance(value, str) and len(value) > (4 * NAME if field == "token" else NAME):
            raise Malformed(f"{field}: longer than {NAME} characters")
