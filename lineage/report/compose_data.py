"""The facts of a report for machines, and the lines by which people check it."""

from __future__ import annotations

from typing import Any

from lineage.domain.canonical import canonical, digest_of
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.compose_words import count
from lineage.report.contexts import MethodRule, PackContext, VerifyLine

_LARGE = 20


def result(sight: Sight, judged: JudgedUse) -> dict[str, Any]:
    """Give an answer in the form that ``check`` and ``query may`` give it in."""
    use, said = judged.use, judged.answer
    findings = [
        {"code": f.code, "stage": f.stage, "severity": f.severity, "message": f.message, "fix": f.fix, "cite": f.cite,
         "where": sight.view.where(f)}
        for f in said.findings
    ]  # fmt: skip
    # Many obligations repeat the same sentence for each audience; machines find the text by its code.
    with_text = len(said.obligations) <= _LARGE
    duties = [{"code": f.code, "message": f.message} if with_text else {"code": f.code} for f in said.obligations]
    found = {
        "element": use.element, "process": use.process, "purpose": use.purpose, "effect": said.effect,
        "cycle": said.cycle, "stages": dict(said.stages), "consent": said.consent, "regulatory": dict(said.regulatory),
        "obligations": duties, "findings": findings, "holds_until": said.holds_until,
    }  # fmt: skip
    return {**found, "audience": use.audience} if use.audience else found


def packs(sight: Sight) -> tuple[PackContext, ...]:
    """Give the rule packs the answers were given under, each with the digest of its document."""
    bodies = {str(body.get("pack") or ""): body for body in sight.material.packs}
    return tuple(
        PackContext(
            key=pack.key,
            title=pack.title,
            version=", ".join(part for part in (pack.version, f"as of {pack.as_of}" if pack.as_of else "") if part),
            digest=f"sha256:{digest_of(canonical(bodies.get(pack.key, {})))}",
        )
        for pack in sight.view.compiled.policies.packs
    )


def method(sight: Sight) -> tuple[MethodRule, ...]:
    """Give every rule in words with its effect."""
    return tuple(MethodRule(r.code, r.title, r.effect, r.cite) for r in sight.view.compiled.policies.rules)


def verify(sight: Sight) -> tuple[VerifyLine, ...]:
    """Give the lines by which a reader checks the report."""
    table = sight.table
    lines = [
        VerifyLine("Catalogue digest", table.digest),
        VerifyLine("Catalogue revision", str(table.revision)),
        VerifyLine("Documents judged", documents(sight)),
    ]
    lines += [VerifyLine(label, text) for label, text in sight.view.proof]
    return (*lines, VerifyLine("Make it again", sight.view.command)) if sight.view.command else tuple(lines)


def documents(sight: Sight) -> str:
    """Count the documents the judge read, those of the vocabulary apart."""
    material = sight.material
    elements, uses = material.elements.values(), material.uses
    numbers = {
        "element": len(material.elements),
        "origin": sum(len(element.origins) for element in elements),
        "consent": sum(len(element.consents) for element in elements),
        "regulatory entry": sum(len(element.regulatory) for element in elements),
        "process": len(material.processes),
        "use": len(uses),
        "outcome": sum(len(use.outcomes) for use in uses),
        "insight": sum(len(use.insights) for use in uses),
        "audience": len(material.audiences),
        "touchpoint": len(material.touchpoints),
        "statement": len(material.statements),
        "party": len(material.parties),
        "assessment": len(material.assessments),
        "waiver": len(material.waivers),
        "pack": len(material.packs),
    }
    total = sum(numbers.values()) + bool(material.catalogue)
    return f"{total}: " + ", ".join(count(number, word) for word, number in numbers.items() if number)
