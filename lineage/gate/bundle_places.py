"""Where findings point to, in a form a bundle carries: file and line of every declared document, in shards by key.

A shard is compact JSON: ``{"files": [name, …], "shapes": [{path: lines below the document's}, …], "places":
{"kind key": [number of the file, line, number of the shape], …}}``. A document lies in one shard with those it hangs
under, so that a finding needs one. Files are written alike all over: some dozen shapes serve a whole catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from typing import Any
from zlib import crc32

from lineage.gate.findings import Finding

PREFIX = "places/"
PER_SHARD = 512
"""So many documents a shard holds on average."""

KEPT = 64
"""So many shards stay in memory."""

Where = Callable[[Finding], str]
Declared = tuple[str, str, str, int, str]
"""Kind, key, file as it is shown, line, and the JSON of the lines of each path in the body."""

_UNDER_USES = ("outcome", "insight")
_NUMBER = re.compile(r'(?<!\\)":(\d+)')


def ancestors(finding: Finding) -> list[tuple[str, str]]:
    """Give the document of a finding, then the one it hangs under."""
    kind, key = finding.document
    if "#" not in key:
        return [(kind, key)]
    return [(kind, key), ("use" if kind in _UNDER_USES else "element", key.rpartition("#")[0])]


def paths_of(abouts: Iterable[str]) -> frozenset[str]:
    """Give the paths whose lines a finding may ask for, from what rules are about (``use.review_by``)."""
    paths: set[str] = set()
    for about in abouts:
        kind, _, path = about.partition(".")
        paths |= {path, f"{kind.partition(':')[0]}s", "regulatory"}
    return frozenset(path[:end] for path in paths for end in (*_dots(path), len(path)) if end)


def _dots(path: str) -> list[int]:
    return [place for place, sign in enumerate(path) if sign == "."]


def segments_of(declared: Iterable[Declared], paths: Collection[str]) -> dict[str, bytes]:
    """Write the shards, by name, with the lines of these paths: the same places give the same bytes in whatever order."""
    rows = sorted(declared)
    count = -(-len(rows) // PER_SHARD)
    shards: list[list[Declared]] = [[] for _ in range(count)]
    for row in rows:
        shards[_shard(row[1], count)].append(row)
    shapes = _Shapes(paths)
    return {_name(number): _written(shard, shapes) for number, shard in enumerate(shards)}


class _Shapes:
    """The lines of a document's paths, counted from its own line, as JSON; each kind of text is looked into once."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = paths
        self._known: dict[tuple[tuple[str, ...], tuple[int, ...]], str] = {}

    def of(self, line: int, lines: str) -> str:
        parts = _NUMBER.split(lines)
        name = (tuple(parts[::2]), tuple([int(part) - line for part in parts[1::2]]))
        found = self._known.get(name)
        if found is None:
            below = {path: at - line for path, at in json.loads(lines).items() if path in self._paths}
            found = self._known[name] = _text(dict(sorted(below.items())))
        return found


def _written(rows: list[Declared], shapes: _Shapes) -> bytes:
    shaped = [shapes.of(line, lines) for *_, line, lines in rows]
    files, forms = sorted({row[2] for row in rows}), sorted(set(shaped))
    file_numbers = {file: number for number, file in enumerate(files)}
    form_numbers = {form: number for number, form in enumerate(forms)}
    places = {
        f"{kind} {key}": [file_numbers[file], line, form_numbers[form]]
        for (kind, key, file, line, _), form in zip(rows, shaped, strict=True)
    }
    return f'{{"files":{_text(files)},"shapes":[{",".join(forms)}],"places":{_text(places)}}}'.encode()


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _shard(key: str, count: int) -> int:
    return crc32(key.rpartition("#")[0].encode() or key.encode()) % count


def _name(number: int) -> str:
    return f"{PREFIX}{number:05d}"


class Places:
    """Tells findings their places out of ``count`` shards, each read when the first finding needs it."""

    def __init__(self, read: Callable[[str], bytes], count: int) -> None:
        self._read = read
        self._count = count
        self._shards: dict[int, dict[str, Any]] = {}

    def __call__(self, finding: Finding) -> str:
        """Give ``file:line`` of what the finding is about, or of its nearest declared ancestor; else nothing."""
        if not self._count:
            return ""
        for number, (kind, key) in enumerate(ancestors(finding)):
            shard = self._shard(key)
            found = shard["places"].get(f"{kind} {key}")
            if found is not None:
                file, line, shape = found
                line += _below(shard["shapes"][shape], finding.about) if number == 0 else 0
                return f"{shard['files'][file]}:{line}" if line else str(shard["files"][file])
        return ""

    def _shard(self, key: str) -> dict[str, Any]:
        number = _shard(key, self._count)
        found = self._shards.get(number)
        if found is None:
            if len(self._shards) >= KEPT:
                self._shards = {}
            found = self._shards[number] = json.loads(self._read(_name(number)))
        return found


def _below(shape: dict[str, int], path: str) -> int:
    """Give how many lines below its document a path stands, or the deepest part of it that was written."""
    while path:
        if path in shape:
            return shape[path]
        path = path.rpartition(".")[0]
    return 0
