"""Decisions sealed into the journal while a server runs, and when it ends.

However many workers answer, one thread beside them sees to it, and leaves the work to a process of its own: hashing a
hundred thousand rows, or a database that hangs, keeps no answer waiting.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from threading import Event, Thread
from typing import NamedTuple

SEAL_EVERY = 300.0
"""Seconds between two seals, unless somebody says else."""
PATIENCE = 600.0
"""Seconds after which a seal that does not end is given up; what it was about is sealed next time."""
LAST = 10.0
"""Seconds for the seal at the end of the server."""
REASON = "sealed by lineage serve"
_logger = logging.getLogger("lineage.web")


class Sealing(NamedTuple):
    """What is sealed into what, how often (seconds), and in whose name."""

    catalog: str
    log_url: str
    every: float
    actor: str
    how_known: str


class _Outcome(NamedTuple):
    """How an attempt ended: what went wrong, and whether it would go wrong each time."""

    trouble: str = ""
    hopeless: bool = False


@contextmanager
def sealing(plan: Sealing | None) -> Iterator[None]:
    """Seal at intervals as long as the block runs, and once more behind it, when its workers have written all they had."""
    if plan is None:
        yield
        return
    sealer = _Sealer(plan)
    sealer.start()
    try:
        yield
    finally:
        sealer.end()


class _Sealer:
    """Seals at intervals until told to end. It says what goes wrong once, and that it goes right again."""

    def __init__(self, plan: Sealing) -> None:
        self._plan = plan
        self._ending = Event()
        self._last = _Outcome()
        self._thread = Thread(target=self._run, name="lineage-sealing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ending.set()
        self._thread.join(LAST)
        if not self._thread.is_alive() and not self._last.hopeless:
            self._seal(LAST)

    def _run(self) -> None:
        while not self._ending.wait(self._plan.every) and not self._last.hopeless:
            self._seal(PATIENCE)

    def _seal(self, seconds: float) -> None:
        found = attempt(self._plan, seconds)
        if found.trouble and found.trouble != self._last.trouble:
            _logger.warning("decisions are not sealed: %s", found.trouble)
        if self._last.trouble and not found.trouble:
            _logger.warning("decisions are sealed again")
        self._last = found


def attempt(plan: Sealing, seconds: float) -> _Outcome:
    """Seal what is not sealed yet, in a process of its own that may take so many seconds."""
    context = multiprocessing.get_context("spawn")
    listening, telling = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(plan, telling), daemon=True)
    process.start()
    telling.close()
    found = _Outcome(f"it took longer than {seconds:g} seconds")
    try:
        if listening.poll(seconds):
            found = listening.recv()
    except EOFError:
        found = _Outcome("the process that seals ended by itself")
    finally:
        listening.close()
        process.join(1.0)
        if process.is_alive():
            process.kill()
            process.join()
    return found


def _work(plan: Sealing, telling: Connection) -> None:
    """Be the process that seals. Who ends the server with Ctrl-C does not mean this one."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    telling.send(seal(plan))


def seal(plan: Sealing) -> _Outcome:
    """Seal what is not sealed yet; tell what went wrong."""
    from lineage.clock import default_clock
    from lineage.errors import CatalogueReadOnly, LineageError, NoCatalogue, Refused
    from lineage.services.changing import Actor, Request
    from lineage.services.decisions_sealing import seal_decisions
    from lineage.store.database import Database
    from lineage.store.decisions import Decisions

    request = Request(Actor(plan.actor, plan.how_known), default_clock().now(), REASON)
    try:
        seal_decisions(Database(plan.catalog), Decisions(plan.log_url), request)
    except (NoCatalogue, Refused):
        return _Outcome()  # nothing was logged yet, or another server seals the same log just now
    except CatalogueReadOnly as error:
        return _Outcome(f"{error.sentence}; whoever may write does it with lineage log seal-decisions", hopeless=True)
    except LineageError as error:
        return _Outcome(error.sentence)
    except Exception as error:  # whatever it is: the server goes on
        return _Outcome(f"{type(error).__name__}: {error}")
    return _Outcome()
