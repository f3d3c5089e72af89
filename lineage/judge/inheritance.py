"""What travels along derivation: prohibitions, and whether the origins of sources are complete."""

from __future__ import annotations

from collections.abc import Mapping

from lineage.cycle.derivation import FOREVER, Derivation, Edge, Windows, union
from lineage.domain.days import after, start_of
from lineage.gate.table import Prohibition
from lineage.judge.material import ElementRecord, Material, UseRecord


def derivation_of(material: Material) -> Derivation:
    """Build the derivation graph; an edge with masking is closed while an approved anonymisation covers its target."""
    edges: dict[tuple[str, str], Windows | None] = {}
    for element in material.elements.values():
        for source, masking in _sources(element):
            closed = anonymised(material, element.key) if masking else ()
            name = (source, element.key)
            edges[name] = closed if edges.get(name, closed) == closed else ()
    return Derivation(Edge(source, target, closed or ()) for (source, target), closed in edges.items())


def _sources(element: ElementRecord) -> list[tuple[str, bool]]:
    return [
        (item["element"], bool(item.get("masking")))
        for _, origin in element.origins
        for item in origin.get("derived_from") or ()
    ]


def anonymised(material: Material, element: str) -> Windows:
    """Give the times in which an approved anonymisation assessment names the element."""
    windows: Windows = ()
    zone = material.zone
    for _, body in material.assessments:
        covers = body.get("covers") or {}
        approved = (
            body.get("approved_by") and body.get("approved") and body.get("approved_by") != body.get("requested_by")
        )
        if body.get("type") != "anonymisation" or body.get("result") != "acceptable" or not approved:
            continue
        if set(covers) != {"elements"} or element not in covers["elements"]:
            continue
        end = after(body["valid_until"], zone) if body.get("valid_until") else FOREVER
        windows = union(windows, ((start_of(body["approved"], zone), end),))
    return windows


def prohibitions_of(material: Material, derivation: Derivation) -> Mapping[str, tuple[Prohibition, ...]]:
    """Give each element's prohibitions: its own, and those of everything it derives from."""
    declared: list[UseRecord] = [use for use in material.uses if use.body["effect"] == "prohibit"]
    own: dict[str, list[int]] = {}
    for number, use in enumerate(declared):
        own.setdefault(use.body["element"], []).append(number)
    found: dict[str, list[Prohibition]] = {}
    for element, numbers in own.items():
        for number in numbers:
            found.setdefault(element, []).append(
                _prohibition(declared[number], element, (element,), ((-FOREVER, FOREVER),))
            )
    for element, inherited in derivation.inherit(own).items():
        for entry in inherited:
            ban = _prohibition(declared[entry.restriction], entry.source, entry.path, entry.windows)
            found.setdefault(element, []).append(ban._replace(audience=""))
    return {element: tuple(sorted(bans)) for element, bans in found.items()}


def _prohibition(use: UseRecord, source: str, path: tuple[str, ...], windows: Windows) -> Prohibition:
    body = use.body
    return Prohibition(
        body["purpose"], body.get("process") or "", body.get("audience") or "", source, use.key, path, windows
    )
