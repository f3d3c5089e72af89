"""A pack: the rules of one regime, or of the usage cycle itself, as data; and what may be wrong with one."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lineage.domain.days import check_day
from lineage.domain.facts import NAMES, Scope
from lineage.gate.nearest import did_you_mean
from lineage.policy.regime_data import DatedList, SensitivityMap, lists_of, sensitivity_of

STAGES = ("request", "origin", "purpose", "outcome", "insight", "consent", "expectation", "derivation", "regulation")
EFFECTS = ("blocker", "warning", "note", "obligation")
CERTAINTIES = ("L", "S", "M", "I")
ON_CYCLE = ("stale", "suspended", "retired", "pilot")
LONGEST = 2000
MOST_RULES = 1000
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{0,60}")
_FIELDS = {
    "id", "title", "scope", "stage", "about", "when", "require", "effect", "waivable", "message", "fix", "cite",
    "certainty", "in_force", "cycle", "cases",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement. ``cycle`` says what a failure does to the cycle instead of opening its stage."""

    code: str
    id: str
    title: str
    scope: Scope
    stage: str
    about: str
    when: str
    require: str
    effect: str
    waivable: bool
    message: str
    fix: str
    cite: str
    certainty: str
    cycle: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A folder of rules; ``regime`` is empty for rules that hold whatever the law says."""

    key: str
    title: str
    regime: str
    version: str
    as_of: str
    about: str
    rules: tuple[Rule, ...]
    sources: tuple[Mapping[str, str], ...] = ()
    disclaimer: str = ""
    sensitivity: SensitivityMap = field(default_factory=SensitivityMap)
    lists: Mapping[str, DatedList] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A mistake in a pack: the path in its body, what is wrong, and the fix."""

    path: tuple[str | int, ...]
    message: str
    fix: str


def parse_pack(body: Mapping[str, Any]) -> tuple[Pack, tuple[Flaw, ...]]:
    """Read the body of a pack document; give the pack of its sound rules, and every flaw."""
    flaws: list[Flaw] = []
    key = str(body.get("pack") or "")
    for name in ("pack", "title", "version", "as_of"):
        if not body.get(name):
            flaws.append(Flaw((name,), f"{name} is missing", f"add {name}: to pack.yaml"))
    rules = _rules(key, body, flaws)
    if len(rules) > MOST_RULES:
        flaws.append(Flaw(("rules",), f"the pack has {len(rules)} rules, the limit is {MOST_RULES}", "split it"))
    if not isinstance(body.get("sources") or [], list):
        flaws.append(Flaw(("sources",), "sources must be a list", "write a dash before each source"))
    pack = Pack(
        key=key,
        title=str(body.get("title") or key),
        regime=str(body.get("regime") or ""),
        version=str(body.get("version") or ""),
        as_of=str(body.get("as_of") or ""),
        about=str(body.get("about") or ""),
        rules=tuple(rules),
        sources=tuple(sources) if isinstance(sources := body.get("sources") or (), list | tuple) else (),
        disclaimer=str(body.get("disclaimer") or ""),
        sensitivity=sensitivity_of(body),
        lists=lists_of(body),
    )
    return pack, tuple(flaws)


def _rules(key: str, body: Mapping[str, Any], flaws: list[Flaw]) -> list[Rule]:
    """Read the sound rules of a pack; what is wrong with the others goes to ``flaws``."""
    rules: list[Rule] = []
    seen: dict[str, int] = {}
    for section in ("request", "rules"):
        entries = body.get(section) or []
        if not isinstance(entries, list):
            flaws.append(Flaw((section,), f"{section} must be a list of rules", "write a dash before each rule"))
            continue
        for index, entry in enumerate(entries):
            mistakes = list(_mistakes(entry, section))
            flaws.extend(Flaw((section, index, *path), message, fix) for path, message, fix in mistakes)
            if not mistakes:
                rule = _rule(key, entry, section)
                if rule.id in seen:
                    flaws.append(
                        Flaw(
                            (section, index, "id"),
                            f"rule {rule.id} stands in the pack twice",
                            "give one another id; an id is never used again",
                        )
                    )
                seen[rule.id] = index
                rules.append(rule)
    return rules


def _rule(pack: str, entry: Mapping[str, Any], section: str) -> Rule:
    window = entry.get("in_force") or {}
    return Rule(
        code=f"{pack}/{entry['id']}",
        id=entry["id"],
        title=entry["title"],
        scope=Scope.REQUEST if section == "request" else Scope(entry["scope"]),
        stage=entry["stage"],
        about=entry.get("about") or "",
        when=entry.get("when") or "true",
        require=entry.get("require") or "true",
        effect=entry.get("effect") or "blocker",
        waivable=bool(entry.get("waivable", section != "request")),
        message=entry["message"],
        fix=entry.get("fix") or "",
        cite=entry.get("cite") or "",
        certainty=entry.get("certainty") or "I",
        cycle=entry.get("cycle") or "",
        since=window.get("from") or "",
        until=window.get("until") or "",
    )


def _mistakes(entry: Any, section: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    if not isinstance(entry, dict):
        yield (), "a rule must be a mapping", "write id, title, scope, stage and the rest"
        return
    for name in entry:
        if name not in _FIELDS:
            yield (name,), f"unknown field {name}", did_you_mean(name, _FIELDS) or "remove it"
    wanted = (
        ("id", "title", "stage", "message")
        if section == "request"
        else ("id", "title", "scope", "stage", "about", "require", "effect", "message", "cite", "certainty")
    )
    for name in wanted:
        if not entry.get(name) or not isinstance(entry[name], str):
            yield (name,), f"{name} is missing or no text", f"add {name}: to the rule"
    yield from _kind_mistakes(entry)
    scopes = tuple(scope for scope in Scope if scope is not Scope.REQUEST)
    choices = {"stage": STAGES, "effect": EFFECTS, "certainty": CERTAINTIES, "cycle": ON_CYCLE, "scope": scopes}
    for name, values in choices.items():
        if entry.get(name) and (not isinstance(entry[name], str) or entry[name] not in values):
            yield (name,), f"{name} cannot be {entry[name]!r}", f"write one of {', '.join(values)}"
    if isinstance(entry.get("id"), str) and not _ID.fullmatch(entry["id"]):
        yield ("id",), f"{entry['id']!r} is no rule id", "use letters, digits, - and _"
    if entry.get("effect") == "blocker" and not entry.get("fix"):
        yield ("fix",), "a blocker needs a fix", "say what to do in fix:"
    yield from _text_mistakes(entry, section)


def _kind_mistakes(entry: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    if "waivable" in entry and not isinstance(entry["waivable"], bool):
        yield ("waivable",), "waivable must be true or false", "write true or false"
    if "when" in entry and not isinstance(entry["when"], str):
        yield ("when",), "when must be text", "put the expression in quotes"


def _text_mistakes(entry: Mapping[str, Any], section: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    for name in ("when", "require"):
        text = entry.get(name)
        if isinstance(text, str) and len(text) > LONGEST:
            yield (name,), f"{name} has {len(text)} characters, the limit is {LONGEST}", "split the rule"
    scope = Scope.REQUEST if section == "request" else entry.get("scope")
    allowed = NAMES.get(scope, frozenset()) if scope in tuple(Scope) else frozenset[str]()
    for name in ("message", "fix"):
        try:
            holders = {part[1] for part in string.Formatter().parse(str(entry.get(name) or "")) if part[1] is not None}
        except ValueError as error:
            yield (name,), f"{name}: {error}", "double the braces that are meant as braces"
            continue
        for holder in sorted(holders - allowed):
            yield (
                (name,),
                f"{name} speaks of {{{holder}}}, which a rule of scope {scope} does not know",
                did_you_mean(holder, allowed) or "remove it",
            )
    yield from _window_mistakes(entry.get("in_force"))


def _window_mistakes(window: Any) -> Iterator[tuple[tuple[str, ...], str, str]]:
    if window is None:
        return
    if not isinstance(window, dict):
        yield ("in_force",), "in_force must be a mapping", "write {from: DAY, until: DAY}"
        return
    for name, day in window.items():
        if name not in ("from", "until"):
            yield ("in_force", name), f"unknown field {name}", "write from and until"
            continue
        try:
            check_day(str(day))
        except ValueError as error:
            yield ("in_force", name), str(error), "write a day like 2027-01-16"
