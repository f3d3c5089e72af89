"""The answer of ``lineage check`` in forms that build servers read: SARIF 2.1.0, JUnit XML, GitHub workflow commands.

Everything is rendered from the results of the JSON answer, whose findings carry two more fields here: ``level`` (error,
warning, note) and ``known`` (it stands in the baseline). A result also has ``fails``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from lineage import __version__
from lineage.cli.output import clean, obligation_lines

Result = Mapping[str, Any]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "lineage check"
UNWRITABLE = re.compile("[\ufffe\uffff]")
"""What XML 1.0 cannot hold, beyond the control characters that ``clean`` takes out."""
COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
LEVELS = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Remark:
    """One problem at one place, with the uses it was found for."""

    level: str
    code: str
    message: str
    fix: str = ""
    cite: str = ""
    where: str = ""
    document: str = ""
    known: bool = False
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to tell: results, remarks outside of them, titles of rules by code, and why there is no answer."""

    results: Sequence[Result] = ()
    remarks: Sequence[Remark] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    unanswered: str = ""
    passed_over: bool = False
    """There is no answer, and the build goes on by choice."""


def render(form: str, told: Told) -> str:
    """Write the answer in one of ``options.GATES``."""
    return _FORMS[form](told)


def use_of(result: Result) -> str:
    """Name the use a result is about."""
    audience = f" ({result['audience']})" if result.get("audience") else ""
    return clean(f"{result['process']}: {result['element']} for {result['purpose']}{audience}")


def remarks_of(told: Told) -> list[Remark]:
    """Give each problem once, the gravest first, then in the order of the answer; an element's counts for all its uses."""
    found: dict[tuple[str, ...], Remark] = {}
    for result in told.results:
        for finding in result["findings"]:
            name = tuple(str(finding.get(part) or "") for part in ("code", "document", "where", "message"))
            one = _remark(finding, use_of(result))
            before = found.get(name)
            found[name] = one if before is None else _joined(before, one)
    return sorted([*told.remarks, *found.values()], key=lambda one: LEVELS.index(one.level))


def _remark(finding: Mapping[str, Any], use: str) -> Remark:
    texts = {name: clean(finding.get(name) or "") for name in ("code", "message", "fix", "cite", "where", "document")}
    return Remark(finding["level"], **texts, known=finding["known"], uses=(use,))


def _joined(one: Remark, other: Remark) -> Remark:
    """Count a problem that is new for one of its uses as new."""
    graver = min(one, other, key=lambda remark: LEVELS.index(remark.level))
    uses = tuple(dict.fromkeys((*one.uses, *other.uses)))
    return Remark(
        graver.level, one.code, one.message, one.fix, one.cite, one.where, one.document, one.known and other.known, uses
    )


def _place(where: str) -> tuple[str, int]:
    """Take ``file:line`` apart; a file without a line has line 0."""
    file, colon, line = where.rpartition(":")
    return (file, int(line)) if colon and line.isdecimal() else (where, 0)


# --- SARIF ---


def _sarif(told: Told) -> str:
    remarks = remarks_of(told)
    codes = sorted({remark.code for remark in remarks})
    number = {code: index for index, code in enumerate(codes)}
    driver = {
        "name": "lineage",
        "version": __version__,
        "rules": [_rule(code, told.titles.get(code, code)) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "lineage-check/"},
        "invocations": [_invocation(told)],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder the check was run in."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(remark, number[remark.code]) for remark in remarks],
        "properties": dict(told.facts),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(code: str, title: str) -> dict[str, Any]:
    return {"id": code, "shortDescription": {"text": clean(title)}}


def _invocation(told: Told) -> dict[str, Any]:
    if not told.unanswered:
        return {"executionSuccessful": True}
    note = {"level": "warning" if told.passed_over else "error", "message": {"text": clean(told.unanswered)}}
    return {"executionSuccessful": False, "toolExecutionNotifications": [note]}


def _sarif_result(remark: Remark, number: int) -> dict[str, Any]:
    text = remark.message + (f"\nFix: {remark.fix}" if remark.fix else "")
    name = f"{remark.code}\0{remark.document}\0{remark.message}"
    return {
        "ruleId": remark.code,
        "ruleIndex": number,
        "kind": "fail",
        "level": remark.level,
        "baselineState": "unchanged" if remark.known else "new",
        "message": {"text": text},
        "locations": [_location(remark)],
        "partialFingerprints": {"lineageFinding/v1": hashlib.sha256(name.encode()).hexdigest()},
        "properties": {"cite": remark.cite, "uses": list(remark.uses)},
    }


def _location(remark: Remark) -> dict[str, Any]:
    """Point to the line; to the checkout as a whole where no file declares it, since readers ask for a place."""
    file, line = _place(remark.where)
    whole = Path(file)
    if file and whole.is_absolute():
        artifact = {"uri": whole.as_uri()}
    else:
        artifact = {"uri": quote(PurePosixPath(whole.as_posix()).as_posix()), "uriBaseId": "%SRCROOT%"}
    physical: dict[str, Any] = {"artifactLocation": artifact}
    if line:
        physical["region"] = {"startLine": line}
    names = [{"fullyQualifiedName": name} for name in (remark.document, *remark.uses) if name]
    return {"physicalLocation": physical} | ({"logicalLocations": names} if names else {})


# --- JUnit ---


def _junit(told: Told) -> str:
    cases = [*_cases(told)]
    counts = {"tests": str(len(cases)), "time": "0"}
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counts[name] = str(sum(case.find(tag) is not None for case in cases))
    # `testsuites` has no `skipped` in the oldest readers.
    outer = ElementTree.Element("testsuites", {"name": HOME} | {k: v for k, v in counts.items() if k != "skipped"})
    suite = ElementTree.SubElement(outer, "testsuite", {"name": HOME} | counts)
    suite.extend(cases)
    ElementTree.indent(outer)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(outer, encoding="unicode")


def _cases(told: Told) -> Iterator[ElementTree.Element]:
    if told.unanswered:
        tag = "skipped" if told.passed_over else "error"
        yield _case("lineage", "the catalogue answers", "", [(tag, "could not answer", told.unanswered, "")])
    for remark in told.remarks:
        name = f"{remark.where or 'declarations'} {remark.message}"
        yield _case(
            "declarations", name, remark.where, [("failure", remark.code, remark.message, f"fix: {remark.fix}")]
        )
    for result in told.results:
        yield _case_of(result)


def _case_of(result: Result) -> ElementTree.Element:
    audience = f" ({result['audience']})" if result.get("audience") else ""
    name = f"{result['element']} for {result['purpose']}{audience}"
    findings = [*result["findings"]]
    told = "\n".join(line for finding in findings for line in _lines(finding))
    grave = [finding for finding in findings if finding["level"] == "error"]
    first = min(findings, key=lambda finding: LEVELS.index(finding["level"]), default=None)
    where = str(first["where"] or "") if first else ""
    body = []
    if result["effect"] == "undecided":
        body = [("error", "undecided", "a rule gave no answer", told)]
    elif result["fails"]:
        said = str(grave[0]["message"]) if grave else f"the use is not allowed: {result['effect']}"
        said += f" (and {len(grave) - 1} more)" if len(grave) > 1 else ""
        body = [("failure", str(grave[0]["code"]) if grave else "not-allowed", said, told)]
    done = obligation_lines(result)
    notes = "\n".join(([] if body else [told] if told else []) + done)
    return _case(str(result["process"]), name, where, [*body, *([("system-out", "", "", notes)] if notes else [])])


def _case(classname: str, name: str, where: str, parts: Iterable[tuple[str, str, str, str]]) -> ElementTree.Element:
    file, line = _place(where)
    about = {"classname": classname, "name": name, "time": "0"}
    about |= ({"file": file} if file else {}) | ({"line": str(line)} if line else {})
    case = ElementTree.Element("testcase", {key: _writable(value, " ") for key, value in about.items()})
    for tag, kind, message, text in parts:
        said = {"message": message} | ({"type": kind} if tag != "skipped" else {}) if message else {}
        part = ElementTree.SubElement(case, tag, {key: _writable(value, " ") for key, value in said.items()})
        part.text = _writable(text) or None
    return case


def _lines(finding: Mapping[str, Any]) -> Iterator[str]:
    known = ", known" if finding["known"] else ""
    yield f"{finding['severity']}[{finding['code']}{known}] {finding['message']}"
    for name in ("where", "fix", "cite"):
        if finding.get(name):
            yield f"  {name.ljust(6)} {finding[name]}"


def _writable(text: str, newline: str = "\n") -> str:
    return UNWRITABLE.sub("", clean(text)).replace("\n", newline)


# --- GitHub ---


def _github(told: Told) -> str:
    lines = []
    if told.unanswered:
        lines.append(_command("warning" if told.passed_over else "error", "could not answer", told.unanswered, ""))
    for remark in remarks_of(told):
        text = remark.message + (f"\nfix: {remark.fix}" if remark.fix else "")
        lines.append(_command(COMMANDS[remark.level], remark.code, text, remark.where))
    return "\n".join(lines)


def _command(name: str, title: str, text: str, where: str) -> str:
    file, line = _place(where)
    about = {"file": file, "line": str(line or ""), "title": title}
    shown = ",".join(f"{key}={_property(value)}" for key, value in about.items() if value)
    return f"::{name} {shown}::{_data(text)}"


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_FORMS: Mapping[str, Callable[[Told], str]] = {"sarif": _sarif, "junit": _junit, "github": _github}
