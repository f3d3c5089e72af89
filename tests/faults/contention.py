"""Several programs at once: counting one document up, each its own, or all sending the same request."""

from __future__ import annotations

import random
import time
from collections import Counter
from functools import partial
from typing import Any

from lineage.errors import Refused
from lineage.services.changing import Actor, Request, carry_out
from lineage.store.database import Database
from tests.faults.invariants import ack_of, broken, requests_of
from tests.faults.processes import Child, Say, all_end
from tests.faults.work import NOW, bare, counter, element, increment


def count_up(url: str, processes: int, each: int, documents: int) -> dict[str, Any]:
    """Let processes count up, on one document or on several; give what was counted, and how often one was beaten."""
    database = bare(url, documents)
    start = time.monotonic()
    children = [Child(partial(_count_up, database, number, each, documents)) for number in range(processes)]
    said = [what for lines in all_end(children) for what in lines]
    acks = [what for what in said if "request" in what]
    assert broken(database, acks) == []
    kept = requests_of(database)
    assert len(kept) == len(set(kept)) == processes * each + 1
    return {
        "acknowledged": len(acks),
        "counted": sum(counter(database, f"counter.{number}") for number in range(documents)),
        "beaten": sum(what["beaten"] for what in said if "beaten" in what),
        "seconds": round(time.monotonic() - start, 1),
    }


def _count_up(database: Database, number: int, each: int, documents: int, say: Say) -> None:
    """Read, add one, write under the version that was read; beaten, wait a moment of any length and do it again.

    The moment is in proportion to an attempt: of those who take turns exactly, the same one wins every time.
    """
    chance, beaten = random.Random(number), 0
    for turn in range(each):
        while True:
            start = time.monotonic()
            ack = increment(database, f"counter.{number % documents}", f"{number}/{turn}")
            if ack is not None:
                say(ack)
                break
            beaten += 1
            time.sleep(chance.uniform(0.0, 2.0) * (time.monotonic() - start))
    say({"beaten": beaten})


def send_at_once(url: str, processes: int, times: int) -> dict[str, Any]:
    """Let processes send the same requests at the same moments; give how many answers there were, and how many differ."""
    database = bare(url)
    children = [Child(partial(_send, database, times)) for _ in range(processes)]
    said = [what for lines in all_end(children) for what in lines]
    answers: dict[str, set[tuple[Any, ...]]] = {}
    for ack in said:
        answers.setdefault(ack["request"], set()).add((ack["first"], ack["last"], ack["command"], ack["changes"]))
    assert broken(database, said) == []
    return {
        "answers": len(said),
        "requests": len(answers),
        "answered differently": sum(len(found) > 1 for found in answers.values()),
        "first to come": sum(not ack["repeated"] for ack in said),
        "entries": len(requests_of(database)) - 1,
    }


def _send(database: Database, times: int, say: Say) -> None:
    for turn in range(times):
        wanted = Request(Actor("rina", "stated"), NOW, "because it is so", f"same-{turn}")
        changes = [element(f"same.{turn}.{part}", "Same") for part in ("a", "b")]
        say(ack_of(f"same-{turn}", carry_out(database, wanted, changes).written))


def tell_refusals(url: str, processes: int) -> dict[str, Any]:
    """Let processes add the same document under request ids of their own: one is told yes, the others no."""
    database = bare(url)
    children = [Child(partial(_add, database, number)) for number in range(processes)]
    counts = Counter(what["answer"] for lines in all_end(children) for what in lines)
    assert broken(database) == []
    return dict(counts)


def _add(database: Database, number: int, say: Say) -> None:
    try:
        carry_out(database, Request(Actor("rina", "stated"), NOW, None, f"add-{number}"), [element("once", "Once")])
        say({"answer": "yes"})
    except Refused:
        say({"answer": "no"})
