"""Rules against records of facts, by the Common Expression Language.

All rules of a pack and scope are compiled into one list expression. A record of facts is judged once and remembered, so
that a million elements cost some thousand evaluations (docs/deciding.md). A rule that errors gives no answer, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cel_expr_python import cel

from lineage.domain.facts import Scope, facts_of
from lineage.policy.pack import Flaw, Pack, Rule

FAILED, MET, SILENT, ERRED = 0, 1, 2, 3
"""What a rule says of a record: broken, kept, does not concern it, or gave no answer."""

MOST_FACTS_IN_LIST = 1000
_NAME = re.compile(r"[a-z]+\s*\.\s*[a-z_]+")


class Ruleset:
    """The rules of one pack for one scope, compiled; ``judge`` remembers every record it has seen."""

    def __init__(self, pack: Pack, scope: Scope) -> None:
        self.pack = pack.key
        self.regime = pack.regime
        self.scope = scope
        self.rules: tuple[Rule, ...] = tuple(rule for rule in pack.rules if rule.scope is scope)
        self.facts = tuple(fact.name for fact in facts_of(scope))
        text = " ".join(f"{rule.when} {rule.require}" for rule in self.rules)
        read = {re.sub(r"\s", "", name) for name in _NAME.findall(text)}
        self.reads: tuple[int, ...] = tuple(index for index, name in enumerate(self.facts) if name in read)
        self.asked = 0
        self.evaluated = 0
        self._env = _environment(scope)
        self._together: Any = None
        self._seen: dict[tuple[Any, ...], tuple[int, ...]] = {}

    def judge(self, record: Sequence[Any]) -> tuple[int, ...]:
        """Give FAILED, MET, SILENT or ERRED for each rule; ``record`` holds the facts of the scope in their order."""
        self.asked += 1
        key = tuple([record[index] for index in self.reads])
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._evaluate(record)
        return found

    def _evaluate(self, record: Sequence[Any]) -> tuple[int, ...]:
        self.evaluated += 1
        if self._together is None:
            self._together = self._env.compile("[" + ",".join(_expression(rule) for rule in self.rules) + "]")
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in zip(self.facts, record, strict=True)
        }
        activation = self._env.Activation(values)
        answer = self._together.eval(activation)
        if answer.type() == cel.Type.LIST:
            return tuple(answer.plain_value())
        return tuple(self._one(rule, activation) for rule in self.rules)

    def _one(self, rule: Rule, activation: Any) -> int:
        answer = self._env.compile(_expression(rule)).eval(activation)
        return int(answer.value()) if answer.type() == cel.Type.INT else ERRED


def compile_flaws(pack: Pack, body: Mapping[str, Any]) -> list[Flaw]:
    """Compile each rule by itself and give a flaw for each that CEL refuses: unknown fact, wrong type, no boolean."""
    flaws: list[Flaw] = []
    entries = body.get("rules")
    entries = entries if isinstance(entries, list) else []
    places = {str(entry.get("id")): index for index, entry in enumerate(entries) if isinstance(entry, dict)}
    environments: dict[Scope, Any] = {}
    for rule in pack.rules:
        if rule.scope is Scope.REQUEST:
            continue
        environment = environments.setdefault(rule.scope, _environment(rule.scope))
        for name in ("when", "require"):
            reason = _refusal(environment, getattr(rule, name))
            if reason:
                path = ("rules", places.get(rule.id, 0), name)
                flaws.append(
                    Flaw(path, f"rule {rule.id}: {name} is refused: {reason}", "see the list of facts in docs/facts.md")
                )
    return flaws


def _refusal(environment: Any, text: str) -> str:
    try:
        expression = environment.compile(text)
    except Exception as error:
        first = str(error).removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: <input>:").split("\n")[0]
        return first.replace(" (in container '')", "")
    if expression.return_type() != cel.Type.BOOL:
        return f"it gives {expression.return_type().name()}, not a boolean"
    return ""


def _expression(rule: Rule) -> str:
    # A line break ends a comment behind the rule, which would swallow what follows.
    return f"!({rule.when}\n) ? {SILENT} : ({rule.require}\n) ? {MET} : {FAILED}"


def _environment(scope: Scope) -> Any:
    variables = {}
    for fact in facts_of(scope):
        text = cel.Type.List(cel.Type.STRING) if fact.many else cel.Type.STRING
        variables[fact.name] = text if fact.many or fact.values else cel.Type.BOOL
    return cel.NewEnv(variables=variables)
