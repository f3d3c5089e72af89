"""One document that does not come from a file: checked by the same models, with the same messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from lineage.domain.canonical import without_empty
from lineage.domain.documents import STORED
from lineage.domain.kinds import Declared
from lineage.intake.consistency import window_problems
from lineage.intake.messages import problems_of
from lineage.source import Problem


def make_document(kind: str, key: str, body: Mapping[str, Any]) -> tuple[Declared, tuple[Problem, ...]]:
    """Make a stored document of ``body``; give it with everything that is wrong with it."""
    said = without_empty(dict(body))
    model = STORED[kind]
    try:
        model.__pydantic_validator__.validate_python(said)
    except ValidationError as error:
        found = problems_of(error.errors(include_url=False, include_input=False), model, said, "", (), said)
        return Declared.of(kind, key, said), tuple(found)
    document = Declared.of(kind, key, said)
    return document, tuple(window_problems([document]))
