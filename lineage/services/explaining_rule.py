"""A rule in plain words: what it asks, of whom, on whose authority, and how it was tested."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lineage.domain.facts import Fact, facts_of
from lineage.domain.facts import Scope as RuleScope
from lineage.intake.text import read_text
from lineage.intake.yaml_text import read_yaml
from lineage.policy.cases import OUTCOMES
from lineage.policy.pack import Pack, Rule
from lineage.services.explaining_words import EFFECTS, Explanation, certainty, lowered, spoken
from lineage.services.installed import pack_folders
from lineage.services.views import View
from lineage.source import Problem

COLUMNS = ("code", "stage", "effect", "certainty", "cite", "title")
_NAME = re.compile(r"\b[a-z]+\.[a-z_]+")


def explain_rules(view: View, rules: Sequence[Rule]) -> Explanation:
    """Explain a rule; of several with one short name give all, and in words only how to name each."""
    packs = {pack.key: pack for pack in view.compiled.policies.packs}
    results = [_data(view, rule, packs[rule.code.rpartition("/")[0]]) for rule in rules]
    if len(rules) == 1:
        return Explanation(
            view, {"rule": rules[0].code}, results, COLUMNS, "\n".join(_lines(view, rules[0], results[0]))
        )
    lines = [f"{rules[0].id} is a rule of {len(rules)} packs; name one with its pack:"]
    lines += [f"  lineage explain {rule.code}    {rule.title}" for rule in rules]
    return Explanation(view, {"rules": len(rules)}, results, COLUMNS, "\n".join(lines))


def _data(view: View, rule: Rule, pack: Pack) -> dict[str, Any]:
    start, end = view.compiled.policies.window(rule, view.compiled.material.zone)
    return {
        "code": rule.code,
        "title": rule.title,
        "scope": rule.scope.value,
        "stage": rule.stage,
        "about": rule.about,
        "when": rule.when,
        "require": rule.require,
        "effect": rule.effect,
        "waivable": rule.waivable,
        "message": rule.message,
        "fix": rule.fix,
        "cite": rule.cite,
        "certainty": rule.certainty,
        "in_force": {"from": rule.since or None, "until": rule.until or None},
        "in_force_at": start <= view.at.microseconds < end,
        "facts": [{"name": f.name, "about": f.about, "values": list(f.values)} for f in facts_read(rule)],
        "cases": _cases(pack, rule),
        "pack": {
            "key": pack.key,
            "title": pack.title,
            "version": pack.version,
            "as_of": pack.as_of,
            "sources": [dict(source) for source in pack.sources],
            "disclaimer": pack.disclaimer,
        },
    }


def facts_read(rule: Rule) -> list[Fact]:
    """Give the facts a rule reads, in the order in which it names them."""
    known = {fact.name: fact for fact in facts_of(rule.scope)}
    return [known[name] for name in dict.fromkeys(_NAME.findall(f"{rule.when} {rule.require}")) if name in known]


def _cases(pack: Pack, rule: Rule) -> dict[str, int] | None:
    """Count the cases of a rule by what they expect; None for a pack this program does not bring in that version."""
    version, counted = _counted(pack.key)
    if rule.scope is RuleScope.REQUEST or version != pack.version:
        return None
    return {word: counted.get((rule.id, word), 0) for word in OUTCOMES}


@cache
def _counted(key: str) -> tuple[str, Mapping[tuple[str, str], int]]:
    """Count the cases of a pack this program brings, by rule and what they expect; and give its version."""
    folder = next((folder for folder in pack_folders() if folder.name == key), None)
    counted: Counter[tuple[str, str]] = Counter()
    if folder is None:
        return "", counted
    for entry in _read(folder / "cases.yaml").get("cases") or ():
        for word in OUTCOMES:
            counted[entry["rule"], word] += len(entry.get(word) or ())
    return str(_read(folder / "pack.yaml").get("version") or ""), counted


def _read(path: Path) -> dict[str, Any]:
    text = read_text(path, path.name)
    data = None if isinstance(text, Problem) else read_yaml(text, path.name)[0]
    return data if isinstance(data, dict) else {}


def _lines(view: View, rule: Rule, data: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{rule.code}: {rule.title}",
        "",
        f"It concerns the stage {rule.stage}, and speaks of {rule.about or 'the question itself'}.",
    ]
    if rule.scope is not RuleScope.REQUEST:
        of = f"of every {rule.scope.value}" if rule.when == "true" else f"of each {rule.scope.value} where"
        lines += [f"It is asked {of}", *([] if rule.when == "true" else [f"    {rule.when}"])]
        lines += ["and holds when", f"    {rule.require}"]
        lines += [f"  {fact['name']}: {lowered(fact['about'])}" for fact in data["facts"]]
    lines.append(f"When it does not hold, {EFFECTS[rule.effect]}; it says: {spoken(rule.message)}")
    if rule.fix:
        lines.append(f"To mend it: {spoken(rule.fix)}")
    waiving = "It can be waived for a time." if rule.waivable else "It cannot be waived."
    lines.append(f"Source: {rule.cite} ({certainty(rule.certainty)}). {waiving}")
    return [*lines, _force(view, rule, in_force=data["in_force_at"]), *_tested(data["cases"]), *_origin(data["pack"])]


def _force(view: View, rule: Rule, *, in_force: bool) -> str:
    edges = [f"from {rule.since}"] if rule.since else []
    edges += [f"until {rule.until}"] if rule.until else []
    window = " ".join(edges) or "without a first or last day"
    return f"On {view.at.day} it is {'' if in_force else 'not '}in force ({window})."


def _tested(cases: Mapping[str, int] | None) -> list[str]:
    if cases is None:
        return []
    broken, kept, silent = (f"{cases[word]} case{'' if cases[word] == 1 else 's'}" for word in OUTCOMES)
    return [f"It is tested in {broken} where it is broken, {kept} where it is kept and {silent} it does not concern."]


def _origin(pack: Mapping[str, Any]) -> list[str]:
    lines = [f"Pack {pack['key']}, version {pack['version']}, as of {pack['as_of']}: {pack['title']}."]
    for source in pack["sources"]:
        url = source.get("url")
        lines.append(f"  {source.get('title') or source.get('key') or url}{f', {url}' if url else ''}")
    return [*lines, pack["disclaimer"]] if pack["disclaimer"] else lines
