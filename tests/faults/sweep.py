"""Every call by which SQLite changes a file fails once: what was acknowledged stays, the rest can be sent again."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from lineage.errors import LineageError, Refused
from lineage.store.database import Database
from lineage.store.documents import revision
from tests.faults.invariants import broken, requests_of
from tests.faults.processes import Child, Say
from tests.faults.shim import Disk, Fault
from tests.faults.work import STEPS, Step, remember_rules, shop


def run(folder: str, fault: str, stride: int, start: int = 0) -> dict[str, Any]:
    """Break every ``stride``-th call of every command, from the ``start``-th on; give what was counted."""
    return Sweep(Path(folder), Fault[fault]).run(stride, start)


class Sweep:
    """The states of a catalogue between commands, and every fault on the way from one to the next.

    Everything happens in one folder, of which copies are put away: a catalogue knows where files were applied from.
    """

    def __init__(self, folder: Path, fault: Fault) -> None:
        self._folder, self._work, self._fault, self._disk = folder, folder / "work", fault, Disk()
        self._work.mkdir()
        self._database = Database(shop(self._work))
        self._counts: Counter[str] = Counter()

    def run(self, stride: int, start: int) -> dict[str, Any]:
        remember_rules()
        for number, step in enumerate(STEPS):
            before, after = self._folder / f"{number}", self._folder / f"{number + 1}"
            shutil.move(self._work, before)
            wanted, calls = self._undisturbed(step, before)
            shutil.move(self._work, after)
            for nth in range(1 + (start + number) % stride, calls + 1, stride):
                self._point(step, before, wanted, nth)
            shutil.move(after, self._work)
        return dict(self._counts)

    def _undisturbed(self, step: Step, before: Path) -> tuple[str, int]:
        """Do a command in peace; give the digest of what the catalogue then holds, and how many calls it took."""
        shutil.copytree(before, self._work)
        self._disk.arm(self._work / "lineage.db", 0, Fault.COUNT)
        step.do(self._database, self._work)
        calls = self._disk.disarm()
        assert calls > 20, f"{step.name} changed files {calls} times only"
        self._counts["calls"] += calls
        return digest(self._database), calls

    def _point(self, step: Step, before: Path, wanted: str, nth: int) -> None:
        shutil.copytree(before, self._work)
        child = Child(lambda say: self._disturbed(step, nth, say))
        code = child.end()
        place = f"{step.name}, {self._fault.name} at call {nth}"
        said = child.said[0] if child.said else {}
        killed = self._fault in (Fault.KILL, Fault.TEAR)
        assert code == (-signal.SIGKILL if killed else 0), f"{place}: ended with {code}"
        assert broken(self._database) == [], place
        kept = step.name in requests_of(self._database)
        self._count(place, said, kept=kept)
        self._again(step, kept=kept)
        assert digest(self._database) == wanted, f"{place}: sent again, it did not end as without the fault"
        assert broken(self._database, level="quick") == [], place
        assert requests_of(self._database).count(step.name) == 1, place
        shutil.rmtree(self._work)

    def _again(self, step: Step, *, kept: bool) -> None:
        """Send the request again on a disk that works."""
        try:
            step.do(self._database, self._work)
        except Refused:
            assert kept
            self._counts["kept, and refused when sent again"] += 1

    def _disturbed(self, step: Step, nth: int, say: Say) -> None:
        """Run within the process that is hit."""
        self._disk.arm(self._work / "lineage.db", nth, self._fault)
        try:
            step.do(self._database, self._work)
        except LineageError as error:
            self._disk.disarm()
            say({"error": error.sentence, "fix": error.fix, "code": error.exit_code})
            return
        self._disk.disarm()
        say({"done": True})

    def _count(self, place: str, said: dict[str, Any], *, kept: bool) -> None:
        counts = self._counts
        counts["points"] += 1
        counts["acknowledged"] += "done" in said
        counts["failed"] += "error" in said
        counts["kept though not acknowledged"] += kept and "done" not in said
        assert kept or "done" not in said, f"{place}: acknowledged and lost"
        if "error" in said:
            assert said["code"] == 3, (place, said)
            assert said["fix"], (place, said)
            counts[said["error"].partition("lineage.db")[2]] += 1


def digest(database: Database) -> str:
    """Give the root over everything the catalogue holds."""
    with database.reading() as connection:
        return str(revision(connection))
