"""What travels along derivation: prohibitions, and whether the origins of sources are complete."""

from __future__ import annotations

from collections.abc import Mapping

from lineage.cycle.derivation import FOREVER, Derivation, Edge, Windows, cut, union
from lineage.domain.days import after, start_of
from lineage.gate.table import Prohibition
from lineage.judge.material import Body, ElementRecord, Material, UseRecord
from lineage.judge.people import person


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
    """Give the times in which the newest assessment of the anonymisation of an element bears it out."""
    zone = material.zone
    found: list[tuple[int, bool, int]] = []
    for _, body in material.assessments:
        covers = body.get("covers") or {}
        if body.get("type") != "anonymisation" or element not in (covers.get("elements") or ()):
            continue
        good = body.get("result") == "acceptable"
        if good and (set(covers) != {"elements"} or not _approved(body)):
            continue
        if not good and body.get("result") not in REFUTED:
            continue
        # A bad result without a day may be the newest, and then nothing was ever proven.
        start = start_of(body["approved"], zone) if body.get("approved") else -FOREVER
        if not good and start == -FOREVER:
            return ()
        found.append((start, good, after(body["valid_until"], zone) if body.get("valid_until") else FOREVER))
    windows: Windows = ()
    for start, good, end in sorted(found, key=lambda item: (item[0], not item[1])):
        windows = union(windows, ((start, end),)) if good else cut(windows, ((start, FOREVER),))
    return windows


REFUTED = ("not_acceptable", "high_risk", "incompatible")


def _approved(body: Body) -> bool:
    approved = person(body.get("approved_by"))
    return bool(approved and body.get("approved") and approved != person(body.get("requested_by")))


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
