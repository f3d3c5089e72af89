"""The shape of SARIF 2.1.0, as far as we write it: what each object must have, what it may have, and of which kind.

Written from the specification. An object may have nothing that is not listed here, except a property bag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

LEVELS = {"none", "note", "warning", "error"}
KINDS = {"notApplicable", "pass", "fail", "review", "open", "informational"}
STATES = {"new", "unchanged", "updated", "absent"}
UNSOUND = re.compile(r"[\s\\<>{}|^`\"]|%(?![0-9A-Fa-f]{2})|[^\x00-\x7f]")
COLUMNS = {"utf16CodeUnits", "unicodeCodePoints"}

# name of a shape -> property -> (must be there, kind). A kind is a type, a set of words, a shape's name, or a list of one.
SHAPES: dict[str, dict[str, tuple[bool, Any]]] = {
    "log": {"$schema": (False, "uri"), "version": (True, {"2.1.0"}), "runs": (True, ["run"])},
    "run": {
        "tool": (True, "tool"),
        "automationDetails": (False, "automation"),
        "invocations": (False, ["invocation"]),
        "originalUriBaseIds": (False, {"*": "artifact"}),
        "columnKind": (False, COLUMNS),
        "results": (False, ["result"]),
        "properties": (False, dict),
    },
    "tool": {"driver": (True, "component")},
    "component": {"name": (True, str), "version": (False, str), "rules": (False, ["rule"])},
    "rule": {"id": (True, str), "shortDescription": (False, "message")},
    "automation": {"id": (False, str)},
    "invocation": {"executionSuccessful": (True, bool), "toolExecutionNotifications": (False, ["notification"])},
    "notification": {"message": (True, "message"), "level": (False, LEVELS)},
    "message": {"text": (True, str)},
    "result": {
        "message": (True, "message"),
        "ruleId": (False, str),
        "ruleIndex": (False, int),
        "kind": (False, KINDS),
        "level": (False, LEVELS),
        "baselineState": (False, STATES),
        "locations": (False, ["location"]),
        "partialFingerprints": (False, {"*": str}),
        "properties": (False, dict),
    },
    "location": {"physicalLocation": (False, "physical"), "logicalLocations": (False, ["logical"])},
    "physical": {"artifactLocation": (True, "artifact"), "region": (False, "region")},
    "artifact": {"uri": (False, "uri"), "uriBaseId": (False, str), "description": (False, "message")},
    "region": {"startLine": (True, int)},
    "logical": {"fullyQualifiedName": (False, str)},
}


def mistakes(log: Any) -> list[str]:
    """Name everything in which a log is no SARIF 2.1.0."""
    found = list(_object("log", log, "log"))
    for number, run in enumerate(log.get("runs", []) if not found else []):
        found += _run(run, f"runs[{number}]")
    return found


def _object(shape: str, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is no object"
        return
    for name, (needed, kind) in SHAPES[shape].items():
        if name in value:
            yield from _value(kind, value[name], f"{path}.{name}")
        elif needed:
            yield f"{path} lacks {name}"
    yield from (f"{path} has {name}, which {shape} does not" for name in value.keys() - SHAPES[shape].keys())


def _value(kind: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(kind, dict):
        for name, entry in value.items():
            yield from _value(kind["*"], entry, f"{path}.{name}")
    elif isinstance(kind, list):
        for number, entry in enumerate(value):
            yield from _value(kind[0], entry, f"{path}[{number}]")
    elif isinstance(kind, str) and kind != "uri":
        yield from _object(kind, value, path)
    elif not _is(kind, value):
        yield f"{path} cannot be {value!r}"


def _is(kind: Any, value: Any) -> bool:
    if kind == "uri":
        return isinstance(value, str) and not UNSOUND.search(value)
    if isinstance(kind, set):
        return value in kind
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _run(run: dict[str, Any], path: str) -> Iterator[str]:
    """What holds between objects: rules are found by number, lines count from 1, a relative place says what it starts from."""
    rules = [rule["id"] for rule in run["tool"]["driver"].get("rules", [])]
    if len(set(rules)) != len(rules):
        yield f"{path} names a rule twice"
    for number, result in enumerate(run.get("results", [])):
        here = f"{path}.results[{number}]"
        if "ruleIndex" in result and rules[result["ruleIndex"]] != result["ruleId"]:
            yield f"{here} points to another rule than it names"
        if result.get("kind", "fail") != "fail" and result.get("level", "none") != "none":
            yield f"{here} has a level and is no failure"
        for location in result.get("locations", []):
            physical = location.get("physicalLocation", {})
            if physical.get("region", {}).get("startLine", 1) < 1:
                yield f"{here} has a line before the first"
            artifact = physical.get("artifactLocation", {})
            absolute = bool(urlsplit(unquote(artifact.get("uri", ""))).scheme)
            if absolute == ("uriBaseId" in artifact):
                yield f"{here} is neither whole nor relative to something"
            if "uriBaseId" in artifact and artifact["uriBaseId"] not in run.get("originalUriBaseIds", {}):
                yield f"{here} is relative to something unknown"
