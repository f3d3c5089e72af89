"""Section of a file → the model of its entries. Importing this loads pydantic; the judge never needs it."""

from __future__ import annotations

from collections.abc import Mapping

from lineage.domain.base import Document
from lineage.domain.element import Consent, DeclaredElement, Element, Origin, Regulatory
from lineage.domain.surroundings import Audience, Catalogue, Party, Purpose, Statement, Touchpoint
from lineage.domain.use import Assessment, DeclaredUse, Insight, Outcome, Process, Use, Waiver

DECLARED: Mapping[str, type[Document]] = {
    "catalogue": Catalogue,
    "party": Party,
    "audience": Audience,
    "touchpoint": Touchpoint,
    "statement": Statement,
    "purpose": Purpose,
    "element": DeclaredElement,
    "process": Process,
    "use": DeclaredUse,
    "assessment": Assessment,
    "waiver": Waiver,
}
"""Kind → model of the entry as it is written in a file."""

STORED: Mapping[str, type[Document]] = {
    **DECLARED,
    "element": Element,
    "use": Use,
    "origin": Origin,
    "consent": Consent,
    "regulatory": Regulatory,
    "outcome": Outcome,
    "insight": Insight,
}
"""Kind → model of the document as it is stored."""
