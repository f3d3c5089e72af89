"""The cycle and the restrictions of a whole catalogue at one instant, from arrays: a million elements in about a second.

Elements are numbered from 0. Derivations are two columns of element numbers, ``sources[i]`` → ``targets[i]``. What the
networkx graphs of ``stages`` and ``derivation`` say of one use and of a neighbourhood, these functions say of everything
at once; tests hold them equal. Shapes of the stage graph are judged by networkx alone, once each, and looked up here.
NumPy does the work where it is installed and the catalogue is large; the same steps in plain Python otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, Protocol

from lineage.cycle.plain_push import PlainGraph
from lineage.cycle.stages import SHAPES, StageStates, is_closed, shape_of

LARGE = 20_000
"""Elements and derivations together from which importing NumPy (a quarter of a second) pays."""

STATES = 1 << len(StageStates._fields)
ORIGIN = 1

Column = Any
"""A sequence of whole numbers: a list, an ``array.array`` or a NumPy array."""


class Masks(Protocol):
    """One set of restrictions an element, as a number of any size whose bits are the restrictions."""

    def __getitem__(self, element: int, /) -> int: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[int]: ...


@dataclass(frozen=True, slots=True)
class Bulk:
    """A catalogue as columns.

    ``states`` has five bits an element: those of ``StageStates``, origin first, what the origin inherits left out.
    ``restrictions`` are those declared at each element. A derivation listed in ``masked`` (0 or 1 each; None: no one) passes
    none of them on.
    """

    states: Column
    sources: Column
    targets: Column
    restrictions: Masks | Sequence[int]
    masked: Column | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How every element stands, one entry each.

    ``closed`` tells whether the cycle is closed, ``origins`` whether the origin is complete, that of everything it derives
    from included, ``circles`` whether it derives from itself. ``restrictions`` are the declared and the inherited ones.
    """

    closed: Sequence[int]
    origins: Sequence[int]
    circles: Sequence[int]
    restrictions: Masks


def stand(bulk: Bulk, *, arrays: bool | None = None) -> Standing:
    """Judge a whole catalogue. ``arrays`` chooses between NumPy and plain Python; None leaves that to size and installation."""
    if use_arrays(len(bulk.states) + len(bulk.sources)) if arrays is None else arrays:
        from lineage.cycle.array_push import stand_in_arrays

        return stand_in_arrays(bulk)
    states = [state % STATES for state in numbers(bulk.states)]
    sources, targets = numbers(bulk.sources), numbers(bulk.targets)
    whole = PlainGraph(len(states), sources, targets)
    lacking = [int(not state & ORIGIN or circle) for state, circle in zip(states, whole.circles, strict=True)]
    lacking = whole.push(lacking)
    table = closing()
    closed = bytes([0 if lacks else table[state] for state, lacks in zip(states, lacking, strict=True)])
    passing = whole if bulk.masked is None else PlainGraph(len(states), *unmasked(sources, targets, bulk.masked))
    return Standing(
        closed, bytes([1 - lacks for lacks in lacking]), whole.circles, passing.push(numbers(bulk.restrictions))
    )


def use_arrays(size: int) -> bool:
    """Tell whether arrays pay for so many elements and derivations, and can be had."""
    return size >= LARGE and find_spec("numpy") is not None


def numbers(column: Column) -> list[int]:
    """Give a column as a list of whole numbers."""
    found: list[int] = column.tolist() if hasattr(column, "tolist") else list(column)
    return found


def unmasked(sources: list[int], targets: list[int], masked: Column) -> tuple[list[int], list[int]]:
    """Give the derivations that pass restrictions on."""
    kept = [number for number, closed in enumerate(masked) if not closed]
    return [sources[number] for number in kept], [targets[number] for number in kept]


@cache
def closing() -> bytes:
    """Give for each of the 32 combinations of stage states whether the cycle is closed: networkx judged its shape."""
    shapes = [is_closed(shape) for shape in range(SHAPES)]
    return bytes([shapes[shape_of(states_of(number))] for number in range(STATES)])


def states_of(number: int) -> StageStates:
    """Give the stage states that five bits stand for."""
    return StageStates(*(bool(number >> bit & 1) for bit in range(len(StageStates._fields))))


def number_of(states: StageStates) -> int:
    """Give the five bits that stand for stage states."""
    return sum(1 << bit for bit, state in enumerate(states) if state)


def states_from(count: int, elements: Column, stages: Column) -> Column:
    """Put rows together into ``Bulk.states``: each names an element, and one of the five fields of ``StageStates`` that holds."""
    if use_arrays(count + len(elements)):
        import numpy as np

        found = np.zeros(count, np.uint8)
        np.bitwise_or.at(found, np.asarray(elements), np.left_shift(1, np.asarray(stages, np.uint8), dtype=np.uint8))
        return found
    states = bytearray(count)
    for element, stage in zip(numbers(elements), numbers(stages), strict=True):
        states[element] |= 1 << stage
    return bytes(states)
