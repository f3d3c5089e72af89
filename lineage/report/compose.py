"""From a compiled catalogue to what the templates of the lineage report are told.

Every verdict is an answer of the gate; this room only asks, counts and puts in words. A first pass over all elements
keeps small rows; the sections of the elements are composed one by one while the report is written, so that a large
catalogue needs no more memory than its rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from lineage.report.compose_data import method, packs, verify
from lineage.report.compose_element import element_context
from lineage.report.compose_overview import Overview
from lineage.report.compose_sight import ReportView, Sight
from lineage.report.compose_words import count, shortened
from lineage.report.contexts import (
    AudienceRow,
    CatalogueContext,
    ElementContext,
    ReportContext,
    ScopeContext,
    StampContext,
)

TITLE = "Data lineage report"


def compose(view: ReportView) -> ReportContext:
    """Compose a report. Its elements are a generator: walk it once."""
    sight = Sight(view)
    found = Overview.of(sight)
    return ReportContext(
        title=TITLE,
        catalogue=_catalogue(sight),
        stamp=StampContext(
            as_of=view.as_of,
            as_of_utc=view.as_of_utc,
            at=view.at,
            at_utc=view.at_utc,
            made_by=view.made_by,
            revision=sight.table.revision,
            digest=sight.table.digest,
        ),
        packs=packs(sight),
        scope=_scope(sight),
        counts=found.counts(),
        headline=found.headline(),
        bars=found.bars(),
        attention=found.attention.listed(),
        attention_total=found.attention.total,
        rows=tuple(found.rows),
        processes=found.processes(),
        audiences=_audiences(sight, found),
        told=found.told.summary(),
        pilots=found.pilots.rows(),
        calendar=found.calendar.rows(),
        elements=_elements(sight) if view.detail == "full" else (),
        method=method(sight),
        verify=verify(sight),
        detail=view.detail,
        data=found.data(at=view.at, as_of=view.as_of),
    )


def _elements(sight: Sight) -> Iterator[ElementContext]:
    """Compose one element at a time, when it is asked for."""
    for number, key in enumerate(sight.keys, 1):
        yield element_context(sight, key, number)


def _catalogue(sight: Sight) -> CatalogueContext:
    body = sight.material.catalogue
    publisher = sight.party(body["publisher"]) if body.get("publisher") else ""
    return CatalogueContext(str(body.get("name") or "Catalogue"), str(body.get("description") or ""), publisher)


def _scope(sight: Sight) -> ScopeContext:
    """Say what the report speaks of, and with numbers what it leaves out."""
    everything = sight.table.elements
    if not sight.view.keys:
        retired = len(everything) - len(sight.keys)
        out = (f"{count(retired, 'retired element')}, no longer used",) if retired else ()
        return ScopeContext("All elements of the catalogue that are not retired", out)
    rest = len(everything) - len(sight.keys)
    left = [f"{count(rest, 'other element')} of the catalogue"] if rest else []
    if sight.unknown:
        left.append(f"not in the catalogue: {shortened(sight.unknown, 5)}")
    chosen = shortened(sight.keys, 5) or "none"
    return ScopeContext(f"{count(len(sight.keys), 'chosen element')}: {chosen}", tuple(left))


def _audiences(sight: Sight, found: Overview) -> tuple[AudienceRow, ...]:
    """Give the audiences by rank; where elements were chosen, only theirs."""
    rows = [
        AudienceRow(
            key=key,
            title=sight.table.audiences.get(key, key),
            rank=body.get("rank"),
            owner=str(body.get("owner") or ""),
            process=str(body.get("process") or ""),
            measure=str(body.get("measure") or ""),
            elements=found.audiences[key],
        )
        for key, body in sight.material.audiences.items()
        if found.audiences[key] or not sight.view.keys
    ]
    return tuple(sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.key)))


__all__ = ["ReportView", "compose"]
