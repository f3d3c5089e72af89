"""What happens when a use is not allowed: it is stopped, warned about, or only recorded."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, cast, get_args

from lineage.gate.answer import Answer
from lineage.gate.refusal import NotAllowed, NotAllowedWarning, not_allowed
from lineage.gate.source import Snapshot

Mode = Literal["enforce", "warn", "record"]
MODES: tuple[Mode, ...] = get_args(Mode)
Function = TypeVar("Function", bound=Callable[..., Any])
LOGGER = "lineage.gate"
_INSIDE = 3
"""Frames between whoever uses the data and the warning."""


class Use(NamedTuple):
    """What somebody is about to do: with which elements, by which process, for which purpose."""

    elements: tuple[str, ...]
    process: str
    purpose: str
    audience: str
    regime: str


class Asks(Protocol):
    """The part of a gate that a guard needs."""

    @property
    def mode(self) -> Mode: ...
    @property
    def snapshot(self) -> Snapshot | None: ...
    @property
    def recorded(self) -> bool: ...
    def may(self, process: str, element: str, purpose: str, *, audience: str = "", regime: str = "") -> Answer: ...


class Guard:
    """Asks before a block of code or a function runs: ``with gate.using(…)`` or ``@gate.uses(…)``.

    May be entered again and by several threads: it keeps nothing.
    """

    __slots__ = ("_gate", "_use")

    def __init__(self, gate: Asks, use: Use) -> None:
        self._gate = gate
        self._use = use

    def __enter__(self) -> Answer:
        return self._check(_INSIDE)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let whatever was raised go on."""

    async def __aenter__(self) -> Answer:
        return self._check(_INSIDE)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let whatever was raised go on."""

    def __call__(self, function: Function) -> Function:
        """Wrap a function so that it asks each time it is called; a coroutine function asks when it is awaited."""
        if not callable(function) or inspect.isclass(function):
            raise TypeError(f"uses() goes before a function, not before {function!r}")
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def waiting(*arguments: Any, **named: Any) -> Any:
                self._check(_INSIDE)
                return await function(*arguments, **named)

            return cast("Function", waiting)

        @functools.wraps(function)
        def asking(*arguments: Any, **named: Any) -> Any:
            self._check(_INSIDE)
            return function(*arguments, **named)

        return cast("Function", asking)

    def _check(self, depth: int) -> Answer:
        """Ask for each element; give the first refusal, else the first answer. NotAllowed when the gate enforces."""
        use = self._use
        given = [
            self._gate.may(use.process, element, use.purpose, audience=use.audience, regime=use.regime)
            for element in use.elements
        ]
        refused = [answer for answer in given if not answer]
        if refused:
            self._refuse(refused[0], depth + 1)
        return (refused or given)[0]

    def _refuse(self, given: Answer, depth: int) -> None:
        gate, snapshot = self._gate, self._gate.snapshot
        where = snapshot.where if snapshot else _nowhere
        refusal = not_allowed(given, where, snapshot.revision if snapshot else -1)
        if gate.mode == "enforce":
            raise refusal
        if gate.mode == "warn":
            warnings.warn(NotAllowedWarning(str(refusal)), stacklevel=depth)
        elif not gate.recorded:
            import logging

            logging.getLogger(LOGGER).warning("%s", refusal)


def _nowhere(_: object) -> str:
    return ""


__all__ = ["MODES", "Guard", "Mode", "NotAllowed", "NotAllowedWarning", "Use"]
