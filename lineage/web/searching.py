"""Searches (AuthZEN: subject, resource and action search): which processes, elements or purposes are allowed.

Results stand in the order of their keys, and each was answered with allow. A page ends when it is full or its time is
over; the token then says behind which key to go on, and about which instant, so that all pages are of one moment.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lineage.gate.listing import elements_by_process, unknown_name
from lineage.gate.table import Table
from lineage.web.asking import circumstances, instant_of
from lineage.web.desk import Held, Names, ending_of, shown
from lineage.web.evaluating import TYPES
from lineage.web.limits import LARGEST_PAGE, PAGE, PATIENCE, SLICE
from lineage.web.messages import (
    ActionSearch,
    Context,
    Malformed,
    Page,
    ResourceSearch,
    SubjectSearch,
    converted,
    read_object,
)
from lineage.web.paging import Mark, mark_of, token_of
from lineage.web.past import Then
from lineage.web.service import Service, encode
from lineage.web.threads import beside


class Search(NamedTuple):
    """What is searched, with what is known of it: process, element, purpose, the one that is searched for empty."""

    kind: str
    process: str
    element: str
    purpose: str
    typed: bool
    context: Context
    page: Page

    def names(self, key: str) -> Names:
        """Give the question about one candidate."""
        found: Names = tuple(name or key for name in (self.process, self.element, self.purpose))
        if self.context.audience or self.context.regime:
            found = (*found, self.context.audience or "", self.context.regime or "")
        return found


class Ground(NamedTuple):
    """From what a search is answered, about which instant, and what ends its context."""

    held: Held
    at: int
    ending: bytes


async def search_subject(service: Service, body: bytes, caller: str) -> bytes:
    """Tell which processes may use an element for a purpose."""
    said = converted(read_object(body), SubjectSearch)
    typed = (said.subject.type, said.resource.type) == TYPES
    found = Search("subject", "", said.resource.id, said.action.name, typed, said.context, said.page)
    return await _search(service, found, caller, lambda key: {"type": TYPES[0], "id": key})


async def search_resource(service: Service, body: bytes, caller: str) -> bytes:
    """Tell which elements a process may use for a purpose."""
    said = converted(read_object(body), ResourceSearch)
    typed = (said.subject.type, said.resource.type) == TYPES
    found = Search("resource", said.subject.id, "", said.action.name, typed, said.context, said.page)
    return await _search(service, found, caller, lambda key: {"type": TYPES[1], "id": key})


async def search_action(service: Service, body: bytes, caller: str) -> bytes:
    """Tell for which purposes a process may use an element."""
    said = converted(read_object(body), ActionSearch)
    typed = (said.subject.type, said.resource.type) == TYPES
    found = Search("action", said.subject.id, said.resource.id, "", typed, said.context, said.page)
    return await _search(service, found, caller, lambda key: {"name": key})


async def _search(service: Service, search: Search, caller: str, entity: Callable[[str], dict[str, str]]) -> bytes:
    now = service.desk.now()
    ground = await _ground(service, search, now)
    if ground is None:
        return _written(b"", [], {"next_token": ""}, "nothing is known, or nothing recent enough; see /readyz")
    bound = [*search[:4], _said(search.context), caller, *_revision(ground.held)]
    mark = _mark(service.secret, bound, search, ground.at)
    reason = _unknown(ground.held.table, search)
    if reason or not search.typed:
        reason = reason or "this server knows subjects of type process and resources of type element"
        return _written(ground.held.opening, [], _page(search, mark, ""), reason, ground.ending)
    keys = await _candidates(service, ground.held, search)
    found, behind = await _allowed(service, ground._replace(at=mark.at), search, keys, mark)
    token = token_of(service.secret, bound, mark._replace(behind=behind)) if behind else ""
    return _written(ground.held.opening, [entity(key) for key in found], _page(search, mark, token), "", ground.ending)


async def _ground(service: Service, search: Search, now: int) -> Ground | None:
    """Give what the search is answered from; None when nothing recent enough is known."""
    around = circumstances(search.context, service.desk.gate.snapshot, now)
    if around.as_of is not None:
        return Ground(*await service.past.held(Then(instant_of(now), around.at_text, around.as_of)))
    held = service.desk.held(now)
    if held is None:
        return None
    at = now if around.at is None else around.at
    zone = held.table.zone
    return Ground(held, at, ending_of(shown(at, zone), shown(held.snapshot.known, zone)))


def _said(context: Context) -> list[str | None]:
    return [context.at, context.as_of, context.regime, context.audience]


def _revision(held: Held) -> tuple[int, str, str]:
    return held.snapshot.revision, held.snapshot.digest, held.snapshot.root


def _mark(secret: bytes, bound: Sequence[Any], search: Search, at: int) -> Mark:
    """Tell where to begin: at the beginning, or where the token says."""
    limit = search.page.limit
    if limit is not None and not 0 < limit <= 1 << 31:
        raise Malformed("page.limit: write a number from 1 on")
    limit = None if limit is None else min(limit, LARGEST_PAGE)
    if not search.page.token:
        return Mark("", at, limit or PAGE)
    mark = mark_of(secret, bound, search.page.token)
    if limit not in (None, mark.limit):
        raise Malformed("page.limit: a token goes on with the limit of its first page; begin again to change it")
    return mark


def _page(search: Search, mark: Mark, token: str) -> dict[str, Any]:
    """Tell how to go on; and, to who asked for more than there may be on a page, the limit that is kept to."""
    return {"next_token": token} | ({} if search.page.limit in (None, mark.limit) else {"limit": mark.limit})


def _unknown(table: Table, search: Search) -> str:
    kinds = (("resource", search.element), ("subject", search.process), ("action", search.purpose))
    found = unknown_name(table, *[None if kind == search.kind else name for kind, name in kinds])
    for kind, key, known in (
        ("audience", search.context.audience, table.audiences),
        ("regime", search.context.regime, table.regimes),
    ):
        if key and key not in known:
            found = found or f"there is no {kind} {key}"
    return found


async def _candidates(service: Service, held: Held, search: Search) -> Sequence[str]:
    """Give, sorted, the keys worth asking about: whatever some declared use might cover."""
    table = held.table
    if search.kind == "resource":
        async with service.indexing:
            if held.index is None:
                held.index = await beside(lambda: elements_by_process(table))
            return sorted(held.index.get(search.process, ()))
    uses = [table.uses[number] for number in table.elements[search.element].uses]
    if search.kind == "subject":
        covering = table.purposes.covering(search.purpose)
        return sorted({use.process for use in uses if use.purpose in covering})
    declared = {use.purpose for use in uses if use.process == search.process}
    if not declared:
        return ()
    covered = table.purposes.covering
    return sorted(name for name in table.purposes.names() if not declared.isdisjoint(covered(name)))


async def _allowed(
    service: Service, ground: Ground, search: Search, keys: Sequence[str], mark: Mark
) -> tuple[list[str], str]:
    """Give the keys of one page, and behind which key the next one begins; nothing when this is the last."""
    loop = asyncio.get_running_loop()
    since = loop.time()
    end, found = since + PATIENCE / 2, list[str]()
    for place in range(bisect_right(keys, mark.behind) if mark.behind else 0, len(keys)):
        key = keys[place]
        if service.desk.about(ground.held, search.names(key), ground.at).allows:
            if len(found) == mark.limit:
                return found, found[-1]
            found.append(key)
        if loop.time() - since > SLICE:
            await asyncio.sleep(0)
            since = loop.time()
            if since > end:
                return found, key
    return found, ""


def _written(
    opening: bytes, results: list[dict[str, str]], said: dict[str, Any], reason: str, ending: bytes = b"}}"
) -> bytes:
    page: bytes = encode(said | {"count": len(results)})
    why: bytes = encode({"reason": reason})[:-1] if reason else b"{"
    context = why + (opening if reason else opening.removeprefix(b",")) + ending.removesuffix(b"}")
    if not reason and not opening:
        context = b"{}"
    listed: bytes = encode(results)
    return b'{"page":' + page + b',"context":' + context + b',"results":' + listed + b"}"
