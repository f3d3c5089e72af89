"""A pack: the rules of one regime, or of the usage cycle itself, as data; and what may be wrong with one."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lineage.domain.facts import NAMES, Scope
from lineage.gate.nearest import did_you_mean
from lineage.policy.bounds import LONGEST
from lineage.policy.head import MOST_FLAWS, Path, Wrong, head_mistakes, retired_mistakes, short, window_mistakes
from lineage.policy.regime_data import DatedList, SensitivityMap, lists_of, sensitivity_of

STAGES = ("request", "origin", "purpose", "outcome", "insight", "consent", "expectation", "derivation", "regulation")
EFFECTS = ("blocker", "warning", "note", "obligation")
CERTAINTIES = ("L", "S", "M", "I")
ON_CYCLE = ("stale", "suspended", "retired", "pilot")
MOST_RULES = 1000
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{0,60}")
_FIELDS = {
    "id", "title", "scope", "stage", "about", "when", "require", "effect", "waivable", "message", "fix", "cite",
    "certainty", "in_force", "cycle",
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
    """A folder of rules; ``regime`` is empty for rules that hold whatever the law says.

    ``since`` and ``until`` are in force for every rule that has no span of its own.
    """

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
    since: str = ""
    until: str = ""
    retired: frozenset[str] = frozenset()
    """Ids that were used once and never mean anything else."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A mistake in a pack: the path in its body, what is wrong, and the fix."""

    path: Path
    message: str
    fix: str


def parse_pack(body: Mapping[str, Any]) -> tuple[Pack, tuple[Flaw, ...]]:
    """Read the body of a pack document; give the pack of its sound rules, and every flaw.

    What is wrong in the head leaves that part of the pack empty.
    """
    retired, wrong = retired_mistakes(body)
    flaws = [Flaw(*mistake) for mistake in (*islice(head_mistakes(body), MOST_FLAWS), *wrong[:MOST_FLAWS])]
    bad = {flaw.path[0] for flaw in flaws}
    sound = {name: value for name, value in body.items() if name not in bad}
    key = str(body.get("pack") or "")
    window = sound.get("in_force") or {}
    rules = _rules(key, body, window, retired, flaws)
    pack = Pack(
        key=key,
        title=str(sound.get("title") or key),
        regime=str(sound.get("regime") or ""),
        version=str(sound.get("version") or ""),
        as_of=str(sound.get("as_of") or ""),
        about=str(sound.get("about") or ""),
        rules=tuple(rules),
        sources=tuple(sound.get("sources") or ()),
        disclaimer=str(sound.get("disclaimer") or ""),
        sensitivity=sensitivity_of(sound),
        lists=lists_of(sound),
        since=window.get("from") or "",
        until=window.get("until") or "",
        retired=retired,
    )
    return pack, tuple(flaws)


def _rules(
    key: str, body: Mapping[str, Any], window: Mapping[str, str], retired: frozenset[str], flaws: list[Flaw]
) -> list[Rule]:
    """Read the sound rules of a pack; what is wrong with the others goes to ``flaws``."""
    rules: list[Rule] = []
    seen: set[str] = set()
    for section in ("request", "rules"):
        entries = body.get(section) or []
        if not isinstance(entries, list):
            flaws.append(Flaw((section,), f"{section} must be a list of rules", "write a dash before each rule"))
            continue
        if len(entries) > MOST_RULES:
            fix = "split the pack"
            flaws.append(Flaw((section,), f"the pack has {len(entries)} rules, the limit is {MOST_RULES}", fix))
        for index, entry in enumerate(entries[:MOST_RULES]):
            mistakes = list(islice(_mistakes(entry, section), MOST_FLAWS))
            flaws.extend(Flaw((section, index, *path), message, fix) for path, message, fix in mistakes)
            if mistakes:
                continue
            rule = _rule(key, entry if section == "request" else {"in_force": window} | entry, section)
            flaws.extend(_reused(rule, (section, index, "id"), seen, retired))
            seen.add(rule.id)
            rules.append(rule)
    return rules


def _reused(rule: Rule, path: Path, seen: set[str], retired: frozenset[str]) -> Iterator[Flaw]:
    if rule.id in seen:
        fix = "give one another id; an id is never used again"
        yield Flaw(path, f"rule {rule.id} stands in the pack twice", fix)
    if rule.id in retired:
        fix = "give it another id: decisions of the past still speak of the old rule"
        yield Flaw(path, f"the id {rule.id} was retired and is used again", fix)


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


def _mistakes(entry: Any, section: str) -> Iterator[Wrong]:
    if not isinstance(entry, dict):
        yield (), "a rule must be a mapping", "write id, title, scope, stage and the rest"
        return
    for name in entry:
        if name not in _FIELDS:
            hint = "cases stand in cases.yaml" if name == "cases" else did_you_mean(name, _FIELDS) or "remove it"
            yield (name,), f"unknown field {name[:60]}", hint
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
            yield (name,), f"{name} cannot be {short(entry[name])}", f"write one of {', '.join(values)}"
    if isinstance(entry.get("id"), str) and not _ID.fullmatch(entry["id"]):
        yield ("id",), f"{short(entry['id'])} is no rule id", "use letters, digits, - and _"
    if entry.get("effect") == "blocker" and not entry.get("fix"):
        yield ("fix",), "a blocker needs a fix", "say what to do in fix:"
    yield from _text_mistakes(entry, section)


def _kind_mistakes(entry: Mapping[str, Any]) -> Iterator[Wrong]:
    if "waivable" in entry and not isinstance(entry["waivable"], bool):
        yield ("waivable",), "waivable must be true or false", "write true or false"
    for name in ("when", "fix"):
        if name in entry and not isinstance(entry[name], str):
            yield (name,), f"{name} must be text", "put it in quotes"


def _text_mistakes(entry: Mapping[str, Any], section: str) -> Iterator[Wrong]:
    for name, text in entry.items():
        if isinstance(text, str) and len(text) > LONGEST:
            fix = "split the rule" if name in ("when", "require") else "say it shorter"
            yield (name,), f"{name} has {len(text)} characters, the limit is {LONGEST}", fix
    scope = Scope.REQUEST if section == "request" else entry.get("scope")
    allowed = NAMES.get(scope, frozenset()) if scope in tuple(Scope) else frozenset[str]()
    for name in ("message", "fix"):
        yield from _brace_mistakes(name, str(entry.get(name) or ""), allowed, f"a rule of scope {scope}")
    yield from window_mistakes(entry.get("in_force"), ("in_force",))


def _brace_mistakes(name: str, text: str, allowed: frozenset[str], who: str) -> Iterator[Wrong]:
    try:
        parts = [part for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        yield (name,), f"{name}: {error}", "double the braces that are meant as braces"
        return
    for holder in sorted({str(part[1]) for part in parts} - allowed):
        hint = did_you_mean(holder, allowed) or "remove it"
        yield (name,), f"{name} speaks of {{{holder}}}, which {who} does not know", hint
    # A width of a thousand million would fill the memory.
    if any(part[2] or part[3] for part in parts):
        yield (name,), f"{name} formats a name with : or !", "write the name alone, such as {element}"
