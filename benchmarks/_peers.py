"""What a user would pick instead of us: general engines, a database asked each time, and the floors nobody gets below.

Each engine is handed the same grants, may prepare whatever it likes in ``load``, and then answers. All get prohibitions
already pushed down the lineage, since none of them can do that in time.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from benchmarks._grants import Ask, Grants

Why = tuple[bool, Any]


class Engine(Protocol):
    """Answers questions. ``explained`` and ``batch`` are optional, as is ``numbered`` (columns of numbers in, booleans out)."""

    name: str
    home: str
    """Where it runs: "" in our environment, else the name of its package in that of the peers."""

    most: int
    """The largest size it is asked at."""

    def load(self, grants: Grants) -> None: ...
    def decide(self, ask: Ask) -> bool: ...


def expanded(grants: Grants) -> dict[tuple[str, str], set[str]]:
    """Give (process, element) → everything it may be used for, prohibitions and open cycles taken out."""
    found: dict[tuple[str, str], set[str]] = {}
    for process, element, purpose in grants.grants:
        if element not in grants.open:
            found.setdefault((process, element), set()).update(grants.below[purpose] - grants.bans[element].keys())
    return found


class Dict:
    """A floor: one dict from (process, element) to a bit mask of purposes. Gives no reasons."""

    name, home, most = "dict", "", 10_000_000

    def load(self, grants: Grants) -> None:
        self.bits = {purpose: 1 << number for number, purpose in enumerate(grants.purposes)}
        self.masks = {pair: sum(self.bits[p] for p in purposes) for pair, purposes in expanded(grants).items()}

    def decide(self, ask: Ask) -> bool:
        process, element, purpose = ask
        return self.masks.get((process, element), 0) & self.bits[purpose] != 0

    def batch(self, asks: Sequence[Ask]) -> list[bool]:
        masks, bits = self.masks.get, self.bits
        return [masks((process, element), 0) & bits[purpose] != 0 for process, element, purpose in asks]


class DictWithReasons:
    """A floor: a dict that also says why, each answer remembered."""

    name, home, most = "dict with reasons", "", 10_000_000

    def load(self, grants: Grants) -> None:
        self.above, self.bans, self.open = grants.above, {k: v for k, v in grants.bans.items() if v}, grants.open
        self.granted: dict[tuple[str, str], set[str]] = {}
        for process, element, purpose in grants.grants:
            self.granted.setdefault((process, element), set()).add(purpose)
        self.said: dict[Ask, Why] = {}

    def explained(self, ask: Ask) -> Why:
        found = self.said.get(ask)
        if found is None:
            found = self.said[ask] = self._explain(ask)
        return found

    def _explain(self, ask: Ask) -> Why:
        against: list[tuple[str, ...]] = [("cycle-open", ask.element)] if ask.element in self.open else []
        ban = self.bans.get(ask.element, {}).get(ask.purpose)
        if ban is not None:
            against.append(("prohibited", *ban))
        if not against:
            terms = self.granted.get((ask.process, ask.element), set()) & self.above[ask.purpose]
            if terms:
                return True, tuple(("granted", term) for term in sorted(terms))
        return False, tuple(against) or (("no-grant", *ask),)

    def decide(self, ask: Ask) -> bool:
        return self.explained(ask)[0]


class SortedKeys:
    """A floor: sorted NumPy keys with masks, searched by halving."""

    name, home, most = "sorted NumPy keys", "", 10_000_000

    def load(self, grants: Grants) -> None:
        import numpy as np

        plain = Dict()
        plain.load(grants)
        self.process = {key: number for number, key in enumerate(grants.processes)}
        self.element = {key: number for number, key in enumerate(grants.elements)}
        self.purpose = {key: number for number, key in enumerate(grants.purposes)}
        wide = self.wide = len(grants.elements)
        keys = np.array([self.process[p] * wide + self.element[e] for p, e in plain.masks], np.int64)
        order = np.argsort(keys)
        self.keys, self.masks = keys[order], np.array(list(plain.masks.values()), np.uint32)[order]

    def decide(self, ask: Ask) -> bool:
        key = self.process[ask.process] * self.wide + self.element[ask.element]
        place = int(self.keys.searchsorted(key))
        found = place < len(self.keys) and int(self.keys[place]) == key
        return found and bool(int(self.masks[place]) >> self.purpose[ask.purpose] & 1)

    def columns(self, asks: Sequence[Ask]) -> tuple[Any, ...]:
        import numpy as np

        known = (self.process, self.element, self.purpose)
        return tuple(np.array([names[ask[n]] for ask in asks], np.int64) for n, names in enumerate(known))

    def numbered(self, processes: Any, elements: Any, purposes: Any) -> Any:
        import numpy as np

        wanted = processes * self.wide + elements
        places = np.minimum(self.keys.searchsorted(wanted), len(self.keys) - 1)
        return (self.keys[places] == wanted) & (self.masks[places] >> purposes.astype(np.uint32) & 1 != 0)

    def batch(self, asks: Sequence[Ask]) -> list[bool]:
        return list(self.numbered(*self.columns(asks)).tolist())


class Database:
    """SQLAlchemy Core on an indexed SQLite file, asked once a decision."""

    name, home, most = "SQLAlchemy per decision", "", 1_000_000

    def load(self, grants: Grants) -> None:
        import sqlalchemy as sa

        plain = Dict()
        plain.load(grants)
        self.bits = plain.bits
        self.folder = tempfile.TemporaryDirectory()
        engine = sa.create_engine(f"sqlite:///{self.folder.name}/grants.db")
        table = sa.Table(
            "allowed",
            sa.MetaData(),
            sa.Column("process", sa.Text, primary_key=True),
            sa.Column("element", sa.Text, primary_key=True),
            sa.Column("mask", sa.Integer),
        )
        table.create(engine)
        self.connection = engine.connect()
        rows = [{"process": p, "element": e, "mask": mask} for (p, e), mask in plain.masks.items()]
        self.connection.execute(table.insert(), rows)
        self.connection.commit()
        asked = table.c.process == sa.bindparam("p"), table.c.element == sa.bindparam("e")
        self.question = sa.select(table.c.mask).where(*asked)

    def decide(self, ask: Ask) -> bool:
        mask = self.connection.execute(self.question, {"p": ask.process, "e": ask.element}).scalar()
        return bool((mask or 0) & self.bits[ask.purpose])


CEDAR = """
@id("granted") permit(principal, action, resource) when {
  resource.hasTag(context.process) && resource.getTag(context.process).contains(context.purpose) };
@id("prohibited") forbid(principal, action, resource) when { resource.banned.contains(context.purpose) };
@id("cycle-open") forbid(principal, action, resource) when { resource.open };
"""


class Cedar:
    """Cedar through cedarpy: three policies parsed once, grants as tags of elements, entities parsed once."""

    name, home, most = "Cedar (cedarpy)", "cedarpy", 100_000

    def load(self, grants: Grants) -> None:
        import cedarpy  # type: ignore[import-not-found]

        tags: dict[str, dict[str, set[str]]] = {element: {} for element in grants.elements}
        for process, element, purpose in grants.grants:
            tags[element].setdefault(process, set()).update(grants.below[purpose])
        entities = [
            {
                "uid": {"type": "Element", "id": element},
                "attrs": {"open": element in grants.open, "banned": sorted(grants.bans[element])},
                "parents": [],
                "tags": {process: sorted(purposes) for process, purposes in tags[element].items()},
            }
            for element in grants.elements
        ]
        self.cedar = cedarpy
        self.policies = cedarpy.PolicySet.from_str(CEDAR)
        self.entities = cedarpy.Entities.from_json_str(json.dumps(entities))

    @staticmethod
    def request(ask: Ask) -> dict[str, Any]:
        return {
            "principal": f'Process::"{ask.process}"',
            "action": 'Action::"use"',
            "resource": f'Element::"{ask.element}"',
            "context": {"process": ask.process, "purpose": ask.purpose},
        }

    def explained(self, ask: Ask) -> Why:
        found = self.cedar.is_authorized(self.request(ask), self.policies, self.entities)
        return found.allowed, found.diagnostics.reasons

    def decide(self, ask: Ask) -> bool:
        return bool(self.cedar.is_authorized(self.request(ask), self.policies, self.entities).allowed)

    def batch(self, asks: Sequence[Ask]) -> list[bool]:
        requests = [self.request(ask) for ask in asks]
        return [found.allowed for found in self.cedar.is_authorized_batch(requests, self.policies, self.entities)]


REGO = """package grants
import rego.v1

default allowed := false
allowed if { granted; count(against) == 0 }
granted if { some term in data.above[input.purpose]; data.granted[input.element][input.process][term] }
because contains term if { some term in data.above[input.purpose]; data.granted[input.element][input.process][term] }
against contains {"code": "cycle-open"} if data.open[input.element]
against contains {"code": "prohibited", "from": why} if { why := data.bans[input.element][input.purpose] }
answer := {"allowed": allowed, "because": because, "against": against}
one(ask) := true if {
  some term in data.above[ask[2]]; data.granted[ask[1]][ask[0]][term]
  not data.open[ask[1]]; not data.bans[ask[1]][ask[2]]
} else := false
many := [found | some ask in input.asks; found := one(ask)]
"""


def rego_data(grants: Grants) -> dict[str, Any]:
    """Give the grants as one JSON document, indexed the way the policy looks them up."""
    granted: dict[str, dict[str, dict[str, bool]]] = {}
    for process, element, purpose in grants.grants:
        granted.setdefault(element, {}).setdefault(process, {})[purpose] = True
    return {
        "above": {purpose: sorted(terms) for purpose, terms in grants.above.items()},
        "granted": granted,
        "open": dict.fromkeys(sorted(grants.open), True),
        "bans": {element: found for element, found in grants.bans.items() if found},
    }


class Regorus:
    """The Rego interpreter of the regorus project, from its Python wheel."""

    name, home, most = "regorus", "hobofan-regorus", 100_000

    def load(self, grants: Grants) -> None:
        import hobofan_regorus  # type: ignore[import-not-found]

        self.engine = hobofan_regorus.Engine()
        self.engine.add_policy("grants.rego", REGO)
        self.engine.add_data_json(json.dumps(rego_data(grants)))

    def _ask(self, ask: Ask) -> None:
        self.engine.set_input_json(json.dumps(ask._asdict()))

    def decide(self, ask: Ask) -> bool:
        self._ask(ask)
        return bool(self.engine.eval_rule("data.grants.allowed"))

    def explained(self, ask: Ask) -> Why:
        self._ask(ask)
        found = json.loads(self.engine.eval_rule_as_json("data.grants.answer"))
        return found["allowed"], found

    def batch(self, asks: Sequence[Ask]) -> list[bool]:
        self.engine.set_input_json(json.dumps({"asks": asks}))
        return list(self.engine.eval_rule("data.grants.many"))


class Opa:
    """OPA itself, its Go library loaded into the process."""

    name, home, most = "OPA (in process)", "opa-golib-python-bindings", 100_000

    def load(self, grants: Grants) -> None:
        import opa_bindings  # type: ignore[import-not-found]

        self.engine = opa_bindings.OpaEngine()
        self.engine.add_policy("grants.rego", REGO)
        self.engine.add_data(rego_data(grants))

    def decide(self, ask: Ask) -> bool:
        return bool(self.engine.eval_document("grants.allowed", ask._asdict()))

    def explained(self, ask: Ask) -> Why:
        found = self.engine.eval_document("grants.answer", ask._asdict())
        return found["allowed"], found

    def batch(self, asks: Sequence[Ask]) -> list[bool]:
        return list(self.engine.eval_document("grants.many", {"asks": [list(ask) for ask in asks]}))


CASBIN = """
[request_definition]
r = process, element, purpose
[policy_definition]
p = process, element, purpose, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.element == p.element && (p.process == "*" || r.process == p.process) && (p.purpose == "*" || r.purpose == p.purpose \\
 || p.eft == "allow" && g(r.purpose, p.purpose))
"""


class Casbin:
    """The FastEnforcer of pycasbin, keyed on the element, so that only the rules of one element are gone through."""

    name, home, most = "pycasbin FastEnforcer", "pycasbin", 100_000

    def load(self, grants: Grants) -> None:
        import casbin  # type: ignore[import-not-found]

        class Rules(casbin.persist.Adapter):  # type: ignore[misc]
            def load_policy(self, model: Any) -> None:
                for rule in casbin_rules(grants):
                    model.model["p"]["p"].policy.append(rule)
                for purpose, parents in grants.above_of.items():
                    model.model["g"]["g"].policy.extend([purpose, parent] for parent in parents)

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.conf"
            path.write_text(CASBIN, encoding="utf-8")
            self.enforcer = casbin.FastEnforcer(str(path), Rules(), cache_key_order=[1])

    def decide(self, ask: Ask) -> bool:
        return bool(self.enforcer.enforce(*ask))

    def batch(self, asks: Sequence[Ask]) -> list[bool]:
        return [bool(found) for found in self.enforcer.batch_enforce([list(ask) for ask in asks])]


def casbin_rules(grants: Grants) -> Iterable[list[str]]:
    """Give grants, prohibitions and open elements as rules."""
    for process, element, purpose in grants.grants:
        yield [process, element, purpose, "allow"]
    for element, bans in grants.bans.items():
        for purpose in bans:
            # Narrower and broader purposes stand among the bans themselves, so that a denial is for one purpose exactly.
            yield ["*", element, purpose, "deny"]
    for element in sorted(grants.open):
        yield ["*", element, "*", "deny"]
