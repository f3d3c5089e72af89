"""Changes of a catalogue as data: where, and what to put, take away or add there."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from tests.catalogues import Data, plain_file

HERE = Path(__file__).parent


def base() -> Data:
    """Give a fresh copy of the catalogue that is changed."""
    return plain_file(HERE / "phone_number.yaml")


def names_of(entry: Any) -> set[str]:
    """Give the names by which a step may select an entry of a list."""
    if not isinstance(entry, dict):
        return set()
    use = "/".join(entry[name] for name in ("element", "process", "purpose", "audience") if entry.get(name))
    return {name for name in (entry.get("key"), entry.get("regime"), use) if name}


def step_into(node: Any, step: str | int) -> Any:
    if isinstance(node, list) and isinstance(step, str):
        found = [entry for entry in node if step in names_of(entry)]
        assert len(found) == 1, f"{step} selects {len(found)} entries"
        return found[0]
    return node[step]


def parent_of(data: Any, path: list[str | int]) -> Any:
    node = data
    for step in path[:-1]:
        node = step_into(node, step)
    return node


def change(data: Data, edit: Data) -> None:
    """Apply one edit: ``{set: PATH, to: VALUE}``, ``{remove: PATH}`` or ``{add: PATH, values: [ENTRY…]}``."""
    if "set" in edit:
        node, last = parent_of(data, edit["set"]), edit["set"][-1]
        place = node.index(step_into(node, last)) if isinstance(node, list) else last
        node[place] = copy.deepcopy(edit["to"])
    elif "remove" in edit:
        node, last = parent_of(data, edit["remove"]), edit["remove"][-1]
        if isinstance(node, list):
            node.remove(step_into(node, last))
        else:
            del node[last]
    else:
        node = parent_of(data, edit["add"])
        node.setdefault(edit["add"][-1], []).extend(copy.deepcopy(edit["values"]))


def changed(data: Data, edits: list[Data]) -> Data:
    for edit in edits:
        change(data, edit)
    return data
