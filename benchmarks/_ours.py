"""Our engine as the benchmark asks it: grants become documents, are judged and compiled, and a gate answers.

Judging takes minutes at 100,000 uses and is measured when it is done; the table is kept beside the peers' environment, under
a digest of everything that made it, so that the next run can begin with the questions.
"""

from __future__ import annotations

import gc
import pickle
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks._grants import AT, AUDIENCE, REGIME, Ask, Grants
from benchmarks._peers import Why

ROOT = Path(__file__).resolve().parent.parent
KEPT = Path(sys.prefix) / "bench"
MADE_BY = (
    "lineage/cycle/derivation.py", "lineage/cycle/stages.py", "lineage/domain/*.py", "lineage/gate/encode.py",
    "lineage/gate/form.py", "lineage/gate/table.py", "lineage/judge/*.py", "lineage/policy/*.py",
    "catalog/vocabulary/*", "catalog/packs/*/*.yaml", "benchmarks/_grant*.py",
)  # fmt: skip
"""What a table depends on."""


FURTHER: tuple[str, ...] | None = ()
"""Laws beyond those that apply which may be asked about; None, as in a catalogue, triples the time that judging takes."""


def parts_for(grants: Grants) -> tuple[Any, dict[str, float]]:
    """Give the segments of the table of some grants, and what making them cost (seconds of CPU), now or when it was done."""
    path = KEPT / f"table-{grants.size}-{_digest()}-{sha256(repr(grants.grants).encode()).hexdigest()[:12]}.pickle"
    if path.exists():
        found: tuple[Any, dict[str, float]] = pickle.loads(path.read_bytes())
        return found
    made = _made(grants)
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob(f"table-{grants.size}-*"):
        old.unlink()
    path.write_bytes(pickle.dumps(made))
    return made


def _made(grants: Grants) -> tuple[Any, dict[str, float]]:
    from benchmarks._grant_documents import rows_of
    from lineage.gate.encode import encode
    from lineage.gate.segments import PackedParts, packed, parts_of
    from lineage.judge.compile import compile_table

    rows = [*product_rows(), *rows_of(grants)]
    gc.disable()
    start = process_time()
    table = compile_table(rows, 1, "grants", further=FURTHER).table
    judged = process_time()
    written = encode(table)
    manifest = parts_of(1, "grants", written).manifest
    parts = PackedParts(manifest, {name: packed(data) for name, data in written.items()})
    encoded = process_time()
    gc.enable()
    return parts, {"judge_s": judged - start, "encode_s": encoded - judged}


def product_rows() -> list[tuple[str, str, int, str, str, bool]]:
    """Give the rows of the product's own vocabulary and packs."""
    from tests.catalogues import fixed_rows

    return list(fixed_rows())


def _digest() -> str:
    found = sha256()
    for path in sorted(path for pattern in MADE_BY for path in ROOT.glob(pattern)):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


class Still:
    """A source whose knowledge never changes and never ages."""

    def __init__(self, parts: Any) -> None:
        self.parts = parts

    def load(self, held: Any, now: int) -> Any:
        from dataclasses import replace

        from lineage.gate.decode import table_of
        from lineage.gate.source import Snapshot

        if held is not None:
            return replace(held, known=now)
        manifest = self.parts.manifest
        return Snapshot(
            table_of(self.parts), manifest.revision, manifest.digest, manifest.root, now, lambda finding: finding.about
        )

    def close(self) -> None:
        pass


class OurGate:
    """``Gate.may`` with reasons, at an instant, with audience and regime; a question asked again is remembered."""

    name, home, most = "our gate", "", 10_000_000
    at = AT
    """The instant every question is about, in microseconds."""

    audience, regime = AUDIENCE, REGIME

    def load(self, grants: Grants) -> None:
        self.size = grants.size
        self.open(self.parts)

    def prepare(self, grants: Grants) -> None:
        """Have the table made, which is not what loading it costs."""
        self.parts, self.costs = parts_for(grants)

    def open(self, parts: Any) -> None:
        from lineage.gate.gate import Gate

        self.gate = Gate.of(Still(parts), refresh=None, max_age=None)

    def decide(self, ask: Ask) -> bool:
        return bool(self.explained(ask))

    def explained(self, ask: Ask) -> Any:
        process, element, purpose = ask
        return self.gate.may(process, element, purpose, audience=self.audience, regime=self.regime, at=self.at)

    def loop(self, asks: Sequence[Ask]) -> None:
        """Ask one after the other as a program would, with nothing of the benchmark in between."""
        may, audience, regime, at = self.gate.may, self.audience, self.regime, self.at
        for process, element, purpose in asks:
            may(process, element, purpose, audience=audience, regime=regime, at=at)

    def batch(self, asks: Sequence[Ask]) -> list[bool]:
        return self.gate.may_many(*zip(*asks, strict=True), audiences=self.audience, regime=self.regime, at=self.at)  # type: ignore[no-any-return]

    def columns(self, asks: Sequence[Ask]) -> tuple[Any, ...]:
        import numpy as np

        numbers = [self.gate.ids(kind) for kind in ("process", "element", "purpose")]
        return tuple(np.array([known[ask[n]] for ask in asks], np.int32) for n, known in enumerate(numbers))

    def numbered(self, processes: Any, elements: Any, purposes: Any) -> Any:
        return self.gate.may_many(
            processes, elements, purposes, audiences=self.audience, regime=self.regime, at=self.at
        )


class OurGateLogged(OurGate):
    """The same, each answer kept in a decision log, in batches; what waits is written before the clock stops."""

    name, most = "our gate (logged)", 100_000
    together = 20_000
    """Questions between two waits for all that was logged."""

    columns = numbered = None  # type: ignore[assignment]

    def open(self, parts: Any) -> None:
        from lineage.gate.gate import Gate
        from lineage.services.decision_log_bounded import Bounded

        self.folder = tempfile.TemporaryDirectory()
        self.log = Bounded(f"sqlite:///{self.folder.name}/decisions.db", limit=10_000_000)
        self.gate = Gate.of(Still(parts), refresh=None, max_age=None, recorder=self.log)

    def loop(self, asks: Sequence[Ask]) -> None:
        super().loop(asks)
        if not self.log.flush():
            raise RuntimeError(f"decisions were not kept: {self.log.counts().trouble}")


class OurAnswer(OurGate):
    """The function behind the gate with nothing remembered: what a question costs that nobody asked before."""

    name, most = "our answer (first asked)", 10_000_000

    def open(self, parts: Any) -> None:
        from lineage.gate.answer import Question, answer
        from lineage.gate.decode import table_of

        self.table, self._question, self._answer = table_of(parts), Question, answer

    def explained(self, ask: Ask) -> Why:
        found = self._answer(self.table, self._question(*ask, self.at, self.audience, self.regime))
        return found.effect == "allow", found

    def decide(self, ask: Ask) -> bool:
        return self.explained(ask)[0]

    loop = batch = columns = numbered = None  # type: ignore[assignment]
