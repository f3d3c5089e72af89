"""What is declared, asked one use at a time: purposes of an element, elements of a process, processes of an element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lineage.gate.answer import Answer, Question
from lineage.gate.meant import suggested
from lineage.gate.table import Table, Use


@dataclass(frozen=True, slots=True)
class Listing:
    """The answers to the questions that declared uses stand for. Going through it gives those that are allowed.

    ``answers`` holds all, in the order of the catalogue; ``unknown`` says which name nobody knows, else nothing.
    """

    answers: tuple[Answer, ...]
    unknown: str = ""

    @property
    def allowed(self) -> tuple[Answer, ...]:
        """The answers that allow."""
        return tuple([given for given in self.answers if given])

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.allowed)

    def __len__(self) -> int:
        return len(self.allowed)


Name = str | None
"""A name, or None for any."""


def unknown_name(table: Table, element: Name = None, process: Name = None, purpose: Name = None) -> str:
    """Say which of some names is not in the table, with what may be meant; nothing when all are."""
    known: tuple[tuple[str, Name, Mapping[str, object]], ...] = (
        ("element", element, table.elements),
        ("process", process, table.processes),
        ("purpose", purpose, table.purposes.parents),
    )
    for kind, key, names in known:
        if key is not None and key not in names:
            hint = suggested(table, kind, key, names)
            return f"there is no {kind} {key}{f'; {hint}' if hint else ''}"
    return ""


def questions(
    table: Table, instant: int, element: Name = None, process: Name = None, purpose: Name = None
) -> Iterator[Question]:
    """Give, for each declared use that fits, its own question; with a purpose, that purpose instead of the declared one."""
    asked: set[tuple[str, str, str, str]] = set()
    covering = table.purposes.covering(purpose) if purpose is not None else {}
    for use in _uses(table, element):
        if (process is not None and use.process != process) or (purpose is not None and use.purpose not in covering):
            continue
        name = (use.process, use.element, use.purpose if purpose is None else purpose, use.audience)
        if name not in asked:
            asked.add(name)
            yield Question(*name[:3], instant, audience=use.audience)


def _uses(table: Table, element: Name) -> Iterable[Use]:
    """Give the uses of one element, or all of them: a table may not want to read those nobody asks for."""
    if element is None:
        return table.uses
    found = table.elements.get(element)
    return [table.uses[number] for number in found.uses] if found else ()


def elements_by_process(table: Table) -> dict[str, tuple[str, ...]]:
    """Give the elements that each process has uses of, in the order of the table."""
    found: dict[str, dict[str, None]] = {}
    for use in table.uses:
        found.setdefault(use.process, {})[use.element] = None
    return {process: tuple(elements) for process, elements in found.items()}
