"""An element in plain words: the law around it, what it inherits, its uses with their reasons, and what stops without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lineage.errors import Refused
from lineage.gate.answer import Answer, Question, answer
from lineage.gate.findings import Finding, ordered, timeline_findings
from lineage.gate.nearest import did_you_mean
from lineage.judge.inheritance import derivation_of
from lineage.services.explaining_law import about_element, element_lines
from lineage.services.explaining_tracing import facts_of_origin
from lineage.services.explaining_use import explained, finding_told, use_lines
from lineage.services.explaining_words import Explanation, finding_lines
from lineage.services.places import Where, locate
from lineage.services.views import View
from lineage.store.database import Database
from lineage.store.documents import written_in

COLUMNS = ("effect", "process", "element", "purpose", "cycle", "holds_until", "findings")


def explain_element(
    database: Database, view: View, key: str, process: str, purpose: str, audience: str, regime: str
) -> Explanation:
    """Explain an element with its uses, or one question about it when process and purpose are given.

    Raises Refused, with the nearest names, when no declared use fits.
    """
    head = about_element(view, key)
    found = list(_answers(view, key, process, purpose, audience, regime))
    if not found and (process or purpose or audience):
        raise _no_such_use(view, key, process, purpose, audience)
    if not found:
        return _without_use(database, view, key, head)
    return _explained(database, view, head, found, one=bool(process and purpose))


def _explained(
    database: Database, view: View, head: Mapping[str, Any], found: Sequence[Answer], *, one: bool
) -> Explanation:
    where = _places(database, view, [finding for answered in found for finding in answered.findings])
    results = [explained(view, answered, where) for answered in found]
    lines = element_lines(view, head)
    for answered, result in zip(found, results, strict=True):
        lines += ["", *use_lines(answered, result)]
    effects = [answered.effect for answered in found]
    summary = {effect: effects.count(effect) for effect in ("allow", "deny", "undecided")}
    code = {"allow": 0, "deny": 1, "undecided": 3}[effects[0]] if one else 0
    return Explanation(view, summary | {"element": head}, results, COLUMNS, "\n".join(lines), code)


def _answers(view: View, key: str, process: str, purpose: str, audience: str, regime: str) -> Iterator[Answer]:
    """Ask the one question, or of each declared use that fits its own."""
    instant = view.at.microseconds
    if process and purpose:
        yield answer(view.table, Question(process, key, purpose, instant, audience, regime))
        return
    for number in view.table.elements[key].uses:
        use = view.table.uses[number]
        fits = (not process or use.process == process) and (not purpose or use.purpose == purpose)
        if fits and (not audience or use.audience in ("", audience)):
            question = Question(use.process, key, use.purpose, instant, use.audience or audience, regime, use.key)
            yield answer(view.table, question)


def _no_such_use(view: View, key: str, process: str, purpose: str, audience: str) -> Refused:
    by, aim = f" by {process}" if process else "", f" for {purpose}" if purpose else ""
    whose = f" with data of {audience}" if audience else ""
    asked, name = (process, "process") if process else (purpose, "purpose")
    names = {str(use.body.get(name) or "") for use in view.compiled.material.uses if use.body["element"] == key}
    hint = did_you_mean(asked, names - {"", asked}) if asked else ""
    return Refused(f"no use of {key}{by}{aim}{whose} is declared", hint or f"see lineage explain {key}")


def _without_use(database: Database, view: View, key: str, head: Mapping[str, Any]) -> Explanation:
    """Explain an element nobody uses: what its origin lacks."""
    timeline = view.table.elements[key].origin
    interval = timeline.at(view.at.microseconds)
    found = [f for f in ordered(timeline_findings(view.table, timeline, interval)) if f.severity != "obligation"]
    where = _places(database, view, found)
    stages = {"origin": timeline.cores[interval].stages[0]} | dict.fromkeys(
        ("purpose", "outcome", "insight"), "missing"
    )
    facts = facts_of_origin(view, key)
    told = [finding_told(view, finding, where, facts.get(finding, {}), "deny") for finding in found]
    result = {
        "element": key,
        "effect": "deny",
        "cycle": "incomplete",
        "stages": stages,
        "findings": told,
        "if_all_fixed": "deny",
        "choices": [],
    }
    lines = [*element_lines(view, head), "", "No use of it is declared, so that no process may use it."]
    lines += [line for finding in told for line in finding_lines(finding, "allow")]
    columns = ("effect", "element", "cycle", "stages", "findings")
    return Explanation(view, {"uses": 0, "element": head}, [result], columns, "\n".join(lines))


def _places(database: Database, view: View, findings: Sequence[Finding]) -> Where:
    """Tell where each finding's document was declared: file and line, else the journal entry that wrote it."""
    where = locate(database, findings)
    homeless = {key for finding in findings if not where(finding) for key in _homes(finding)}
    with database.reading() as connection:
        entries = written_in(connection, homeless, view.sequence) if homeless else {}

    def place(finding: Finding) -> str:
        entry = next((entries[key] for key in _homes(finding) if key in entries), None)
        return where(finding) or ("" if entry is None else f"journal entry {entry}")

    return place


def _homes(finding: Finding) -> list[tuple[str, str]]:
    """Give the document of a finding, and the one it hangs under."""
    kind, key = finding.document
    parent = {"outcome": "use", "insight": "use"}.get(kind, "element")
    return [(kind, key), (parent, key.rpartition("#")[0])] if "#" in key else [(kind, key)]


def explain_breaks(view: View, key: str) -> Explanation:
    """List what stops when an element is withdrawn or retired: every use of it and of what derives from it.

    A masked derivation stands on its source too. An element downstream that nobody uses is listed without process.
    """
    derivation = derivation_of(view.compiled.material)
    uses: dict[str, list[str]] = {}
    for use in view.table.uses:
        uses.setdefault(use.element, []).append(use.key)
    by_key = {use.key: use for use in view.table.uses}
    results: list[dict[str, Any]] = [
        {"element": element, "process": by_key[use].process, "purpose": by_key[use].purpose,
         "audience": by_key[use].audience or None}
        for element, use in derivation.what_breaks(key, uses)
    ]  # fmt: skip
    unused = sorted(derivation.downstream(key) - {key} - uses.keys())
    results += [{"element": element, "process": None, "purpose": None, "audience": None} for element in unused]
    for result in results:
        result["path"] = list(derivation.path(key, result["element"])) or [key]
    lines = [f"Without {key} these stop:", *(_broken(result) for result in results)]
    text = "\n".join(lines) if results else f"Nothing stops without {key}."
    columns = ("element", "process", "purpose", "audience", "path")
    return Explanation(view, {"uses": len(results) - len(unused)}, results, columns, text)


def _broken(result: Mapping[str, Any]) -> str:
    what = f"{result['process']} · {result['purpose']}" if result["process"] else "derives from it; nobody uses it"
    whose = f" ({result['audience']})" if result["audience"] else ""
    way = f"  ({' → '.join(result['path'])})" if len(result["path"]) > 1 else ""
    return f"  {result['element']} · {what}{whose}{way}"
