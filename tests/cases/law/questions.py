"""Questions to the organisation under eight regimes, with facts changed as data, and what an answer is held to."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

from lineage.gate.answer import Answer
from lineage.gate.table import Table
from tests.cases.changing import changed, names_of
from tests.catalogues import Data, ask, codes, pack_bodies, plain_file, table_of

HERE = Path(__file__).parent
TODAY = "2026-11-22"
PARTS = plain_file(HERE / "parts.yaml")
SEVERITIES = ("blocker", "warning")


@cache
def organisation() -> Data:
    return plain_file(HERE / "eight_regimes.yaml")


@cache
def whole_table() -> Table:
    return table_of(organisation())


def entries(*names: str) -> list[tuple[str, Data]]:
    """Give the cases of some files, each with the name of its file."""
    files = [HERE / f"{name}.yaml" for name in names] or sorted((HERE / "cases").glob("*.yaml"))
    return [(path.stem, entry) for path in files for entry in plain_file(path)]


def question(entry: Data) -> Data:
    element, process, purpose = entry["use"].split("/")
    return {"element": element, "process": process, "purpose": purpose} | entry.get("ask", {})


def edits_of(entry: Data, *, mended: bool = False) -> list[Data]:
    edits = [edit for part in entry.get("with", ()) for edit in PARTS[part]] + entry["change"]
    return edits + entry["mend"] if mended else edits


def placed(edit: Data, use: str) -> Data:
    """Put the use, its element and its process where a path begins with USE, ELEMENT or PROCESS."""
    element, process, _ = use.split("/")
    starts = {"USE": ["uses", use], "ELEMENT": ["elements", element], "PROCESS": ["processes", process]}
    return {
        word: [*starts.get(value[0], value[:1]), *value[1:]] if word in {"set", "remove", "add"} else value
        for word, value in edit.items()
    }


def sources_of(data: Data, element: str) -> set[str]:
    """Give an element and all it derives from."""
    found, todo = set(), [element]
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            declared = next(entry for entry in data["elements"] if entry["key"] == key)
            origins = declared.get("origins", ())
            todo += [item["element"] for origin in origins for item in origin.get("derived_from", ())]
    return found


def near(data: Data, use: str) -> Data:
    """Leave out the uses that cannot matter: of other elements than the use's and its sources, for other purposes."""
    element, _, purpose = use.split("/")
    kin = sources_of(data, element)
    covering = whole_table().purposes.covering(purpose)
    data["uses"] = [entry for entry in data["uses"] if entry["element"] in kin or entry["purpose"] in covering]
    return data


def answer_to(entry: Data, edits: list[Data], when: str, packs: dict[str, Data] | None = None) -> Answer:
    data = near(copy.deepcopy(organisation()), entry["use"])
    data = changed(data, [placed(edit, entry["use"]) for edit in edits])
    return ask(table_of(data, packs=packs), when, **question(entry))


def base_answer(use: str, when: str) -> Answer:
    return ask(whole_table(), when, **question({"use": use}))


def said(answer: Answer) -> Data:
    """Give effect, blockers and warnings; what is not there is left out."""
    found = {f"{severity}s": sorted(codes(answer, severity)) for severity in SEVERITIES}
    return {"effect": answer.effect} | {name: value for name, value in found.items() if value}


def riding(answer: Answer) -> set[str]:
    return {*codes(answer, "note"), *codes(answer, "obligation")}


def compared(answer: Answer, base: Answer) -> Data:
    """Give what a changed catalogue answers otherwise than the one it was made from."""
    found = said(answer) | ({} if answer.cycle == "complete" else {"cycle": answer.cycle})
    if answer.effect == "allow":
        more, less = riding(answer) - riding(base), riding(base) - riding(answer)
        found |= {} if answer.holds_until == base.holds_until else {"holds_until": answer.holds_until}
    else:  # a denied use has no obligations
        more, less = {*codes(answer, "note")} - {*codes(base, "note")}, set()
    return found | ({"more": sorted(more)} if more else {}) | ({"less": sorted(less)} if less else {})


def on_day(answer: Answer, *, rides: bool) -> Data:
    """Give all of an answer that a day may change; notes and obligations where asked for."""
    found = said(answer) | {"holds_until": answer.holds_until}
    if rides and answer.effect == "allow" and riding(answer):
        found["rides"] = sorted(riding(answer))
    return found | ({} if answer.cycle == "complete" else {"cycle": answer.cycle})


def changed_packs(edits: list[Data]) -> dict[str, Data]:
    """Give the packs of the product with some changes; rules are found by id, entries of lists by country."""
    bodies = copy.deepcopy(pack_bodies())
    return changed(bodies, [resolved(bodies, edit) for edit in edits])


def resolved(bodies: Data, edit: Data) -> Data:
    word = next(name for name in ("set", "remove", "add") if name in edit)
    node: Any = bodies
    path: list[str | int] = []
    for step in edit[word]:
        place = step
        if isinstance(node, list):
            named = [n for n, each in enumerate(node) if step in {each.get("id"), each.get("country"), *names_of(each)}]
            assert len(named) == 1, f"{step} selects {len(named)} entries"
            place = named[0]
        path.append(place)
        node = node[place] if isinstance(node, list) else node.get(place)
    if word == "remove" and isinstance(path[-1], int):
        # The helper takes entries away by name; here they are found by place.
        holder = path[:-1]
        kept = list(parent(bodies, holder))
        del kept[path[-1]]
        return {"set": holder, "to": kept}
    return edit | {word: path}


def parent(data: Any, path: list[str | int]) -> Any:
    for step in path:
        data = data[step]
    return data
