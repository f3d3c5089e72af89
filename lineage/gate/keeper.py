"""Looks for news in the background, in one thread a gate, in every process that a gate was forked into."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol
from weakref import WeakSet, ref


class Kept(Protocol):
    """What a keeper looks after."""

    @property
    def revision(self) -> int: ...
    def refresh(self) -> bool: ...
    def reborn(self) -> None: ...


_forked: WeakSet[Kept] = WeakSet()


def survives_forks(gate: Kept) -> None:
    """Have a gate told in each process that it is forked into."""
    _forked.add(gate)


def _after_fork() -> None:
    for gate in list(_forked):
        gate.reborn()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Keeper:
    """A daemon thread that refreshes a gate every so many seconds, until it is stopped or nobody holds the gate."""

    def __init__(self, gate: Kept, every: float) -> None:
        self._stop = Event()
        self._thread = Thread(target=_keep, args=(ref(gate), self._stop, every), name="lineage-gate", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Have the thread end after what it is doing; nobody waits for it."""
        self._stop.set()


def _keep(gate_of: Callable[[], Kept | None], stop: Event, every: float) -> None:
    while not stop.wait(every):
        gate = gate_of()
        if gate is None:
            return
        before = gate.revision
        if gate.refresh() and gate.revision != before:
            # What a source left for when there is no news, such as keeping a table for other processes, is done now.
            gate.refresh()
        del gate
