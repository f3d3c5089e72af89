"""Rules against records of facts, by the Common Expression Language.

The rules of a pack and scope are compiled into lists, one for most packs, several for a large one. A record of facts is
judged once and remembered, so that a million elements cost some thousand evaluations (docs/deciding.md). A rule that
errors gives no answer, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from cel_expr_python import cel

from lineage.domain.facts import Scope, facts_of
from lineage.policy.checked import Checked, checked
from lineage.policy.pack import Pack, Rule

FAILED, MET, SILENT, ERRED = 0, 1, 2, 3
"""What a rule says of a record: broken, kept, does not concern it, or gave no answer."""

MOST_TOGETHER = 60
LONGEST_TOGETHER = 24_000
"""Rules, and characters, compiled into one list: CEL refuses a text of 100,000 characters, and counts the steps of
loops over all that is evaluated at once."""

_NAME = re.compile(r"[a-z]+\s*\.\s*[a-z_]+")


class Ruleset:
    """The rules of one pack for one scope, compiled; ``judge`` remembers every record it has seen."""

    def __init__(self, pack: Pack, scope: Scope) -> None:
        self.pack = pack.key
        self.regime = pack.regime
        self.scope = scope
        self.rules: tuple[Rule, ...] = tuple(rule for rule in pack.rules if rule.scope is scope)
        self.facts = tuple(fact.name for fact in facts_of(scope))
        read = names_read(" ".join(f"{rule.when} {rule.require}" for rule in self.rules))
        self.reads: tuple[int, ...] = tuple(index for index, name in enumerate(self.facts) if name in read)
        self.asked = 0
        self.evaluated = 0
        self._env = environment(scope)
        self._together: list[tuple[tuple[Rule, ...], Any]] | None = None
        self._alone: dict[str, Any] = {}
        self._seen: dict[tuple[Any, ...], tuple[int, ...]] = {}

    def judge(self, record: Sequence[Any]) -> tuple[int, ...]:
        """Give FAILED, MET, SILENT or ERRED for each rule; ``record`` holds the facts of the scope in their order."""
        self.asked += 1
        key = tuple([record[index] for index in self.reads])
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._evaluate(record)
        return found

    def ask(self, number: int, record: Sequence[Any]) -> int:
        """Give the answer of one rule alone, by its number; nothing is remembered."""
        return self._one(self.rules[number], self._activation(record))

    def _evaluate(self, record: Sequence[Any]) -> tuple[int, ...]:
        self.evaluated += 1
        if self._together is None:
            self._together = [(group, _compiled(self._env, _list(group))) for group in _groups(self.rules)]
        activation = self._activation(record)
        answers: list[int] = []
        for group, program in self._together:
            answers += _answers(program, activation) or [self._one(rule, activation) for rule in group]
        return tuple(answers)

    def _activation(self, record: Sequence[Any]) -> Any:
        return self._env.Activation(
            {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in zip(self.facts, record, strict=True)
            }
        )

    def _one(self, rule: Rule, activation: Any) -> int:
        if rule.id not in self._alone:
            self._alone[rule.id] = _compiled(self._env, _list((rule,)))
        return (_answers(self._alone[rule.id], activation) or [ERRED])[0]


@cache
def environment(scope: Scope) -> Any:
    """Give the typed facts of a scope, to compile against."""
    variables = {}
    for fact in facts_of(scope):
        text = cel.Type.List(cel.Type.STRING) if fact.many else cel.Type.STRING
        variables[fact.name] = text if fact.many or fact.values else cel.Type.BOOL
    return cel.NewEnv(variables=variables)


def names_read(text: str) -> frozenset[str]:
    """Give the names of facts in an expression; ``understood`` refuses an expression that names one in another way."""
    return frozenset(re.sub(r"\s", "", name) for name in _NAME.findall(text))


def understood(scope: Scope, text: str) -> Checked | str:
    """Give what CEL made of an expression, or why it refuses it: unknown fact, wrong type, no boolean."""
    try:
        expression = environment(scope).compile(text)
    except Exception as error:
        return _reason(error)
    if expression.return_type() != cel.Type.BOOL:
        return f"it gives {expression.return_type().name()}, not a boolean"
    return checked(expression.serialize())


def stands_together(rule: Rule) -> bool:
    """Tell whether a rule still compiles with the question around it; CEL stops at a depth."""
    return _compiled(environment(rule.scope), _list((rule,))) is not None


def _reason(error: Exception) -> str:
    text = str(error)
    if "recursion" in text:
        return "it is nested too deeply"
    first = text.removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: <input>:").split("\n")[0]
    return first.replace(" (in container '')", "")


def _compiled(env: Any, text: str) -> Any:
    try:
        return env.compile(text)
    except Exception:
        # The library has no errors of its own. The rules of the list are then asked one by one.
        return None


def _answers(program: Any, activation: Any) -> list[int] | None:
    """Evaluate a list of rules; nothing when one of them errs, or takes more steps than CEL goes."""
    if program is None:
        return None
    try:
        answer = program.eval(activation)
    except Exception:
        # CEL raises when its budget of steps is used up.
        return None
    return list(answer.plain_value()) if answer.type() == cel.Type.LIST else None


def _groups(rules: Sequence[Rule]) -> Iterator[tuple[Rule, ...]]:
    group: list[Rule] = []
    length = 0
    for rule in rules:
        more = len(rule.when) + len(rule.require)
        if group and (len(group) >= MOST_TOGETHER or length + more > LONGEST_TOGETHER):
            yield tuple(group)
            group, length = [], 0
        group.append(rule)
        length += more
    if group:
        yield tuple(group)


def _list(rules: Sequence[Rule]) -> str:
    return "[" + ",".join(_expression(rule) for rule in rules) + "]"


def _expression(rule: Rule) -> str:
    # A line break ends a comment behind the rule, which would swallow what follows.
    return f"!({rule.when}\n) ? {SILENT} : ({rule.require}\n) ? {MET} : {FAILED}"
