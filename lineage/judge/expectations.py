"""Told against done: what statements say of a use, as facts at an instant (contextual integrity, Nissenbaum 2010).

A flow of data is expected when people were told of it, in the same terms, before their data was captured. The terms are
the element, the purpose, the recipients, how long it is kept, and whom the statement addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from lineage.cycle.derivation import Windows
from lineage.domain.days import after, plus, start_of
from lineage.gate.purposes import Purposes
from lineage.judge.cycle_dates import FOREVER, NEVER
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.origins import captured_since
from lineage.judge.told import Cited, Coverage, Naming, Span, Told

IDLE = "P180D"
"""How long people may have been told of a use that nobody makes before it is worth saying."""
SOME_DAY = "2001-01-01"
"""Periods are compared by where they lead from here."""
REMEMBERED = 20_000
"""How much is remembered at most; what is asked for again comes soon after."""
ALL_TIME: Windows = ((-FOREVER, FOREVER),)

_TELLS = frozenset({"will", "may"})


class _Statement(NamedTuple):
    """A statement, read once: when it is in force, whom it reaches, and its sentences by element (empty: of any)."""

    key: str
    begin: int
    end: int
    dated: bool
    audiences: tuple[str, ...] | None
    touchpoints: frozenset[str]
    tells: Mapping[str, list[Body]]
    silent: bool
    idle_from: int


class Captured(NamedTuple):
    """What the origins of an element say: since when (None: unknown), told by what, met where, kept for how long."""

    since: int | None
    cited: frozenset[str]
    touchpoints: frozenset[str]
    kept: str


class Expectations:
    """All statements of a catalogue, read once; ``of`` remembers what uses have in common."""

    def __init__(self, material: Material, purposes: Purposes) -> None:
        self._material = material
        self._purposes = purposes
        self._statements: dict[str, _Statement] = {}
        self._promises: dict[str, list[tuple[_Statement, Body]]] = {}
        for key, body in sorted((material.past_statements | material.statements).items()):
            read = _statement(material, key, body)
            if key in material.statements:
                self._statements[key] = read
            for sentence in body.get("says") or ():
                for element in _elements(sentence) if sentence.get("modality") == "will_not" else ():
                    self._promises.setdefault(element, []).append((read, sentence))
        self._used: dict[str, set[str]] = {}
        for use in material.uses:
            if use.body["effect"] == "allow":
                self._used.setdefault(use.body["element"], set()).add(use.body["purpose"])
        nothing = Naming((), (), "", ())
        self._silent = {
            (asked, known): Told(asked, known, (), (), (), nothing)
            for asked in ("missing", "not_told", "given")
            for known in (False, True)
        }
        self._origins: dict[str, Captured] = {}
        self._made: dict[tuple[Any, ...], Told] = {}

    def of(
        self,
        use: Body,
        record: ElementRecord,
        audiences: tuple[str, ...],
        sources: tuple[tuple[str, Windows], ...] = (),
    ) -> Told:
        """Give what people of some audiences were told of a use.

        ``sources`` are the elements it derives from, each with the windows in which the way from there is open: what was
        promised about them holds for it too.
        """
        told = use.get("told")
        asked = "missing" if not told else "not_told" if isinstance(told, str) else "given"
        captured, recipients = self.captured(record), self._recipients(use)
        statements = [self._statements[key] for key in self._cited(use, captured)]
        promises = tuple(self._broken(use, ((record.key, ALL_TIME), *sources), audiences, recipients))
        if not statements and not promises:
            return self._silent[asked, captured.since is not None]
        unused = tuple(self._idle(statements, record.key))
        covering = [(s, tuple(self._covering(s, use, audiences))) for s in statements]
        # Sentences are told apart by where they are kept: they stay there as long as the material.
        which = tuple([(s.key, *map(id, sentences)) for s, sentences in covering])
        purpose = use["purpose"]
        key = (asked, captured.since, captured.kept, recipients, purpose, which, promises, unused)
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= REMEMBERED:
                self._made.clear()
            given = asked == "given"
            cited = tuple([self._read(*said, captured, recipients, given=given) for said in covering])
            benefits = tuple([next((str(s["benefit"]) for s in said[1] if s.get("benefit")), "") for said in covering])
            naming = Naming(tuple([s.key for s in statements]), recipients, captured.kept, benefits)
            found = self._made[key] = Told(asked, captured.since is not None, cited, promises, unused, naming)
        return found

    def _read(
        self,
        statement: _Statement,
        covering: tuple[Body, ...],
        captured: Captured,
        recipients: tuple[str, ...],
        *,
        given: bool,
    ) -> Cited:
        """Read a statement: its sentences tell of the purpose, and of the use where that names what people are told."""
        since = captured.since
        if since is None:
            # Nobody knows which statement was shown first: only one that always was can have been.
            counts = shown = not statement.dated and statement.end == NEVER
        else:
            counts, shown = since < statement.end, statement.begin <= since < statement.end
        return Cited(
            statement.begin,
            shown,
            self._coverage(statement, covering, captured.kept, recipients) if given and counts and covering else None,
            counts and bool(covering),
            counts and statement.silent,
        )

    def _coverage(
        self, statement: _Statement, covering: tuple[Body, ...], kept: str, recipients: tuple[str, ...]
    ) -> Coverage:
        wanted = ("elements", "purpose", "recipients", "retention")
        vague = any(sentence.get("recipients") is None for sentence in covering)
        known = {key for sentence in covering for key in sentence.get("recipients") or ()}
        periods = [sentence.get("retention") for sentence in covering]
        return Coverage(
            whole=any(
                all(s.get(name) is not None for name in wanted) and s["purpose"] not in self._purposes.broad
                for s in covering
            ),
            beyond=0 if vague else sum(1 << bit for bit, key in enumerate(recipients) if key not in known),
            longer=bool(kept) and all(periods) and all(self._end(period) < self._end(kept) for period in periods),
            benefit=any(sentence.get("benefit") for sentence in covering),
            dated=statement.dated,
        )

    def _end(self, period: Any) -> str:
        return plus(SOME_DAY, period, self._material.zone)

    def covering(
        self, use: Body, record: ElementRecord, audiences: tuple[str, ...], instant: int
    ) -> Iterator[tuple[str, Body]]:
        """Give each sentence that covers a use, of a cited statement that has come into force, with the statement's key."""
        for key in self._cited(use, self.captured(record)):
            if self._statements[key].begin <= instant:
                for sentence in self._covering(self._statements[key], use, audiences):
                    yield key, sentence

    def idle(self, instant: int) -> Iterator[tuple[str, str, str]]:
        """Give (statement, element, purpose) of every use that people have long been told of and nobody makes."""
        for statement in self._statements.values():
            for element in sorted(statement.tells):
                for span in self._idle([statement], element):
                    if span.start <= instant < span.end:
                        yield statement.key, element, span.purpose

    def _covering(self, statement: _Statement, use: Body, audiences: tuple[str, ...]) -> Iterator[Body]:
        if not _reaches(statement, audiences):
            return
        above = self._purposes.covering(use["purpose"])
        for element in (use["element"], ""):
            for sentence in statement.tells.get(element, ()):
                if not sentence.get("purpose") or sentence["purpose"] in above:
                    yield sentence

    def _cited(self, use: Body, captured: Captured) -> list[str]:
        told = use.get("told")
        own = () if told is None or isinstance(told, str) else told
        return sorted(key for key in captured.cited.union(own) if key in self._statements)

    def _recipients(self, use: Body) -> tuple[str, ...]:
        process = self._material.processes.get(use.get("process") or "")
        return tuple(sorted(set(process[0].get("recipients") or ()))) if process else ()

    def _broken(
        self,
        use: Body,
        targets: Iterable[tuple[str, Windows]],
        audiences: tuple[str, ...],
        recipients: tuple[str, ...],
    ) -> list[Span]:
        """Give the promises that the use breaks, at the element itself or at one it derives from."""
        above = self._purposes.above(use["purpose"])
        found: set[Span] = set()
        for element, windows in targets:
            record = self._material.elements.get(element)
            captured = self.captured(record) if record else Captured(None, frozenset(), frozenset(), "")
            own = use.get("told")
            cited = captured.cited.union(own if isinstance(own, list) else ())
            for statement, sentence in (*self._promises.get(element, ()), *self._promises.get("", ())):
                purpose, whom = sentence.get("purpose"), sentence.get("recipients")
                if (purpose and purpose not in above) or (whom and not set(whom) & set(recipients)):
                    continue
                if captured.since is not None and statement.end <= captured.since:
                    continue
                if statement.key in cited or _meets(statement, captured, audiences):
                    found.update(
                        Span(max(start, statement.begin), end, statement.key, purpose or use["purpose"])
                        for start, end in windows
                        if statement.begin < end
                    )
        return sorted(found, key=lambda span: (span.statement, span))

    def _idle(self, statements: Iterable[_Statement], element: str) -> Iterator[Span]:
        """Give the sentences that say an element will be used for what no permitted use of it is for."""
        used = self._used.get(element, ())
        for statement in statements:
            said = statement.tells.get(element, ()) if element else ()
            for purpose in sorted({s["purpose"] for s in said if s["modality"] == "will" and s.get("purpose")}):
                if (
                    not any(purpose in self._purposes.covering(done) for done in used)
                    and statement.idle_from < statement.end
                ):
                    yield Span(statement.idle_from, statement.end, statement.key, purpose)

    def captured(self, record: ElementRecord) -> Captured:
        """Give what the origins of an element say."""
        found = self._origins.get(record.key)
        if found is None:
            if len(self._origins) >= REMEMBERED:
                self._origins.clear()
            found = self._origins[record.key] = self._capture(record)
        return found

    def _capture(self, record: ElementRecord) -> Captured:
        since = captured_since(record)
        cited: set[str] = set()
        periods = []
        for _, origin in record.origins:
            told = origin.get("told")
            cited.update(told if isinstance(told, list) else ())
            retention = origin.get("retention") or self._material.defaults.get("retention") or {}
            if retention.get("period"):
                periods.append(retention["period"])
        return Captured(
            start_of(since, self._material.zone) if since else None,
            frozenset(cited),
            frozenset(origin["touchpoint"] for _, origin in record.origins if origin.get("touchpoint")),
            max(sorted(periods), key=self._end, default=""),
        )


def _statement(material: Material, key: str, body: Body) -> _Statement:
    zone, window = material.zone, body.get("in_force") or {}
    begin, until = window.get("from"), window.get("until")
    tells: dict[str, list[Body]] = {}
    for sentence in body.get("says") or ():
        for element in _elements(sentence) if sentence.get("modality") in _TELLS else ():
            tells.setdefault(element, []).append(sentence)
    audiences = body.get("audiences")
    return _Statement(
        key=key,
        begin=start_of(begin, zone) if begin else -FOREVER,
        end=after(until, zone) if until else NEVER,
        dated=bool(begin),
        audiences=None if audiences is None else tuple(audiences),
        touchpoints=frozenset(body.get("touchpoints") or ()),
        tells=tells,
        silent=not body.get("says"),
        idle_from=start_of(plus(begin, IDLE, zone), zone) if begin else -FOREVER,
    )


def _elements(sentence: Body) -> tuple[str, ...]:
    named = sentence.get("elements")
    return ("",) if named is None else tuple(dict.fromkeys(named))


def _reaches(statement: _Statement, audiences: tuple[str, ...]) -> bool:
    """Tell whether a statement addresses every one of some audiences."""
    return statement.audiences is None or set(audiences) <= set(statement.audiences)


def _meets(statement: _Statement, captured: Captured, audiences: tuple[str, ...]) -> bool:
    """Tell whether a statement may have been seen where the data was captured, by any of some audiences."""
    here = not statement.touchpoints or bool(statement.touchpoints & captured.touchpoints)
    return here and (not statement.audiences or not audiences or bool(set(statement.audiences) & set(audiences)))
