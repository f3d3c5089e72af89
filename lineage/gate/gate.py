"""The gate: asks before data is used, in the program that uses it (docs/engineers.md, "From Python")."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Self, Unpack

from lineage.gate import many
from lineage.gate.answer import Answer, Question, spanned
from lineage.gate.keeper import Keeper, survives_forks
from lineage.gate.listing import Listing, Name, elements_by_process, questions, unknown_name
from lineage.gate.live import Live
from lineage.gate.many import Column
from lineage.gate.memo import MICRO, MOST, Held
from lineage.gate.modes import Guard, Use
from lineage.gate.moments import Moment, instant_of
from lineage.gate.numbers import Numbers
from lineage.gate.options import MAX_AGE, REFRESH, Clocks, Options, mode_of, nanoseconds
from lineage.gate.refusal import TOO_OLD, UNREADABLE, UNRECORDED, refused
from lineage.gate.source import Snapshot, Source, Unavailable

Opener = Callable[[str], Source]
_openers: list[Opener] = []


class Decided(NamedTuple):
    """An answer, the knowledge it comes from, the instant it is about (microseconds), and its id where it was recorded."""

    answer: Answer
    snapshot: Snapshot | None
    instant: int
    id: str = ""


def open_with(opener: Opener) -> None:
    """Tell how ``Gate.open`` comes by the source behind an address."""
    _openers[:] = [opener]


class Gate:
    """Answers whether a process may use an element for a purpose. May be shared by threads, and survives forks.

    It fails closed: what is unknown, unreadable or older than ``max_age`` is denied, with the reason.
    """

    __slots__ = (
        "__weakref__", "_abandoned", "_caller", "_clock", "_closed", "_keeper", "_live", "_lock", "_max_age", "_memory",
        "_numbers", "_recorder", "_refresh", "_reopen", "_source", "_steady", "mode", "trouble",
    )  # fmt: skip

    def __init__(self, source: Source, reopen: Callable[[], Source] | None = None, **options: Unpack[Options]) -> None:
        self.mode = mode_of(options.get("mode", "enforce"))
        self.trouble = ""
        self._max_age = nanoseconds(options.get("max_age"), "max_age")
        self._refresh = nanoseconds(options.get("refresh", REFRESH), "refresh")
        self._recorder, self._caller = options.get("recorder"), options.get("caller", "")
        self._clock, self._steady = options.get("clocks") or Clocks()
        self._memory = options.get("memory", MOST)
        self._source: Source | None = source
        self._reopen, self._closed = reopen, False
        self._abandoned: list[Source] = []
        self._lock, self._numbers = Lock(), Numbers()
        self._live = Live(self._memory, quick=self._recorder is None, watched=self._refresh is not None)
        self._keeper: Keeper | None = None
        if not self.refresh(patient=options.get("patient", False)):
            self.trouble = self.trouble or "nothing could be read yet"
        self._begin()
        survives_forks(self)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        key: str | Iterable[str] | None = None,
        newest: str | os.PathLike[str] | None = None,
        **options: Unpack[Options],
    ) -> Gate:
        """Open a bundle, and notice when the file is replaced. ``key`` holds the public keys to trust, as ``LINEAGE_KEYS``.

        ``newest`` names a file that remembers the newest bundle seen, so that an older one is refused by later processes
        too. Raises BundleRefused, with the reason, for a bundle that must not be used.
        """
        from lineage.gate.bundle_newest import PROCESS, newest_of
        from lineage.gate.bundle_source import BundleSource
        from lineage.gate.signing import keys_of

        keys = keys_of(key, os.environ)
        seen = newest_of(None if newest is None else os.fspath(newest), os.environ, PROCESS)

        def source() -> Source:
            return BundleSource(Path(path), keys, seen)

        return cls(source(), source, **options)

    @classmethod
    def open(cls, url: str, **options: Unpack[Options]) -> Gate:
        """Open a catalogue by its address, and follow it. Its knowledge may be 300 s old, unless ``max_age`` says else."""
        if not _openers:
            raise Unavailable("a catalogue is opened through the package: from lineage import Gate")

        def source() -> Source:
            return _openers[0](url)

        options.setdefault("max_age", MAX_AGE)
        return cls(source(), source, **options)

    @classmethod
    def of(cls, source: Source, **options: Unpack[Options]) -> Gate:
        """Answer from any source of snapshots."""
        return cls(source, **options)

    # --- Asking ---

    def may(
        self,
        process: str,
        element: str,
        purpose: str,
        *,
        audience: str = "",
        regime: str = "",
        at: Moment | None = None,
    ) -> Answer:
        """May ``process`` use ``element`` for ``purpose``? The answer is true only when that is allowed, and says why.

        Without ``audience`` for every audience of the element; ``regime`` is added to those that apply. ``at`` is the
        instant the question is about, else now. An answer given before is given again as long as it is the same: then
        the instant in its ``question`` is the one at which it was worked out. Raises ValueError for an ``at`` without
        offset, TypeError for names that are no text.
        """
        window = self._live.window
        try:
            given = window.answers.get((process, element, purpose, audience, regime))
        except TypeError:  # something that cannot be a key; said below
            given = None
        if (
            given is not None
            and window.since <= self._clock() < window.until
            and (at is None or (type(at) is int and window.low <= at * MICRO < window.high))
        ):
            return given
        return self.decide(process, element, purpose, audience=audience, regime=regime, at=at).answer

    def decide(
        self,
        process: str,
        element: str,
        purpose: str,
        *,
        audience: str = "",
        regime: str = "",
        at: Moment | None = None,
        caller: str = "",
    ) -> Decided:
        """Answer as ``may`` does, and give what the answer was taken from; ``caller`` is who is recorded as asking."""
        live, now = self._live, self._clock()
        snapshot, audience, regime = live.snapshot, audience or "", regime or ""
        instant = now // MICRO if at is None else instant_of(at, snapshot.table.zone if snapshot else "UTC")
        question = Question(process, element, purpose, instant, audience, regime)
        given = self._given(live, snapshot, question, now)
        if self._recorder is None or snapshot is None:
            return Decided(given, snapshot, instant)
        given = given.asked(question)
        try:
            name = self._recorder.record(given, snapshot, caller or self._caller, now // MICRO)
        except Exception as error:
            return Decided(refused(snapshot.table, question, UNRECORDED, _said(error)), snapshot, instant)
        return Decided(given, snapshot, instant, name)

    def _given(self, live: Live, snapshot: Snapshot | None, question: Question, now: int) -> Answer:
        """Give the answer at hand, or one made now and kept; a refusal when what is known is too old or unreadable."""
        instant = question.instant
        steady = self._steady()
        if snapshot is None or self._closed or not live.fresh(now, steady):
            why = "the gate was closed" if self._closed else live.why(now, steady, self._max_age)
            return refused(snapshot.table if snapshot else None, question, TOO_OLD, why)
        key = question[:3] + question[4:6]
        held = live.find(key, instant * MICRO)
        if held is None:
            _check(question)
            try:
                held = Held(spanned(snapshot.table, question))
            except Exception as error:
                return refused(snapshot.table, question, UNREADABLE, _said(error))
            live.keep(key, held)
        if live.quick:
            live.show(key, held, now)
        return held.answer

    def purposes(self, element: str, process: str = "", *, at: Moment | None = None) -> Listing:
        """For which purposes may an element be used, by one process or by any? Going through gives what is allowed."""
        return self._listed(element, process or None, None, at)

    def elements(self, process: str, purpose: str = "", *, at: Moment | None = None) -> Listing:
        """Which elements may a process use, for one purpose or for any it declares?"""
        return self._listed(None, process, purpose or None, at)

    def processes(self, element: str, purpose: str = "", *, at: Moment | None = None) -> Listing:
        """Which processes may use an element, for one purpose or for any they declare?"""
        return self._listed(element, None, purpose or None, at)

    def _listed(self, element: Name, process: Name, purpose: Name, at: Moment | None) -> Listing:
        live, now, steady = self._live, self._clock(), self._steady()
        snapshot = live.snapshot
        if snapshot is None or self._closed or not live.fresh(now, steady):
            return Listing((), f"nothing can be said: {live.why(now, steady, self._max_age)}")
        table = snapshot.table
        instant = now // MICRO if at is None else instant_of(at, table.zone)
        try:
            among: Iterable[Name] = (element,)
            if element is None and process is not None:
                if live.by_process is None:
                    live.by_process = elements_by_process(table)
                among = live.by_process.get(process, ())
            asked = [found for key in among for found in questions(table, instant, key, process, purpose)]
            unknown = unknown_name(table, element, process, purpose)
        except Exception as error:
            return Listing((), f"nothing can be said: {_said(error)}")
        return Listing(
            tuple([self.decide(*one[:3], audience=one.audience, at=instant).answer for one in asked]), unknown
        )

    def may_many(
        self,
        processes: Column,
        elements: Column,
        purposes: Column,
        *,
        audiences: Column | None = None,
        regime: str = "",
        at: Moment | None = None,
    ) -> Any:
        """Answer a row of questions as ``may`` does each: true where allowed. A list for lists, else a NumPy array.

        A column is a list of names, a NumPy array of names or of the numbers of ``ids``, an Arrow array, or one name for
        all rows. Unknown names and numbers are denied. ValueError for columns of different lengths.
        """
        live, now = self._live, self._clock()
        snapshot = live.snapshot
        instant = now // MICRO if at is None else instant_of(at, snapshot.table.zone if snapshot else "UTC")
        columns = (processes, elements, purposes, "" if audiences is None else audiences)
        if snapshot is None or self._closed or not live.fresh(now, self._steady()):
            return many.denied(columns)
        if self._recorder is not None:
            return many.one_by_one(self._numbers, columns, lambda names: bool(self._row(names, regime, instant)))
        if live.bulk is None:
            live.bulk = many.Bulk(snapshot.table, self._numbers)
        return live.bulk.answers(columns, regime or "", instant)

    def _row(self, names: tuple[str, str, str, str], regime: str, instant: int) -> Answer:
        return self.decide(*names[:3], audience=names[3], regime=regime, at=instant).answer

    def ids(self, kind: str) -> Mapping[str, int]:
        """Give the number of each name of a kind (process, element, purpose, audience), for columns of ``may_many``.

        A name keeps its number as long as the gate lives; later revisions add numbers for new names.
        """
        snapshot = self._live.snapshot
        return self._numbers.of(kind, snapshot.table if snapshot else None)

    # --- Guarding ---

    def uses(self, element: str, *more: str, process: str, purpose: str, audience: str = "", regime: str = "") -> Guard:
        """Ask each time a function is called: ``@gate.uses("customer.mobile", process="dispatch", purpose="Delivery")``.

        In mode enforce a no raises NotAllowed, and the function is not called.
        """
        return Guard(self, Use((element, *more), process, purpose, audience, regime))

    using = uses
    """The same for a block of code: ``with gate.using(…) as answer:``."""

    # --- What is known, and since when ---

    @property
    def snapshot(self) -> Snapshot | None:
        """What answers are taken from now; None as long as nothing could be read."""
        return self._live.snapshot

    @property
    def revision(self) -> int:
        """The revision of the catalogue that is answered from; -1 as long as nothing could be read."""
        snapshot = self._live.snapshot
        return snapshot.revision if snapshot else -1

    @property
    def age(self) -> float:
        """Seconds since the knowledge was last confirmed: at most ``max_age``, or everything is denied."""
        return self._live.age(self._clock(), self._steady())

    @property
    def max_age(self) -> float | None:
        """Seconds after which knowledge that was not confirmed is refused; None where only an expiry binds."""
        return None if self._max_age is None else self._max_age / 1e9

    @property
    def ready(self) -> bool:
        """Whether the gate can answer: it knows something, and that is recent enough."""
        return not self._closed and self._live.fresh(self._clock(), self._steady())

    @property
    def recorded(self) -> bool:
        """Whether somebody keeps the answers."""
        return self._recorder is not None

    def refresh(self, *, patient: bool = True) -> bool:
        """Look for news now; tell whether the source could be read. Not ``patient``, it raises what went wrong."""
        with self._lock:
            if self._closed:
                return False
            self._live.fresh(self._clock(), self._steady())
            try:
                if self._source is None and self._reopen is not None:
                    self._source, held = self._reopen(), None
                else:
                    held = self._live.snapshot
                assert self._source is not None
                found = self._source.load(held, self._clock() // MICRO)
            except Exception as error:
                self.trouble = _said(error)
                if not patient:
                    raise
                return False
            self._take(found)
            self.trouble = ""
            return True

    def _take(self, found: Snapshot) -> None:
        """Answer from a snapshot; what was worked out stays when it holds the same table."""
        live = self._live
        held = live.snapshot
        if found is held:
            # Nothing was confirmed anew: a clock that was set back must not make an old bundle younger.
            return
        if held is not None and found.table is not held.table and not (found.root and found.root == held.root):
            live = Live(self._memory, quick=self._recorder is None, watched=self._refresh is not None)
        live.take(found, self._clock(), self._steady(), self._max_age)
        self._live = live

    def _begin(self) -> None:
        self._keeper = None if self._refresh is None else Keeper(self, self._refresh / 1e9)

    def reborn(self) -> None:
        """Go on in a process that was forked off: with a lock, a thread and a source of its own."""
        self._lock = Lock()
        self._numbers.renew()
        self._live = self._live.renewed()
        if self._reopen is not None and self._source is not None:
            # Kept, never closed: to close it here would end the connection that the other process still uses.
            self._abandoned.append(self._source)
            self._source = None
        if not self._closed:
            self._begin()

    def close(self) -> None:
        """Let go of the source and its thread. From now on everything is denied."""
        if self._keeper is not None:
            self._keeper.stop()
        self._closed = True
        self._live.end()
        with self._lock:
            if self._source is not None:
                self._source.close()
                self._source = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _said(error: Exception) -> str:
    return f"{error or type(error).__name__}"


def _check(question: Question) -> None:
    for name in ("process", "element", "purpose", "audience", "regime"):
        value = getattr(question, name)
        if not isinstance(value, str):
            raise TypeError(f"{name} is a {type(value).__name__}, not a text")
