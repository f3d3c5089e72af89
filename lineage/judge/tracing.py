"""Why a verdict is what it is: the facts each rule read, and what the verdict would be if rules were met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lineage.judge.asked import Asked
from lineage.judge.compile import Compiled
from lineage.judge.material import UseRecord
from lineage.policy.engine import names_read


@dataclass(frozen=True)
class Trace:
    """One use at one instant, ready to be asked why."""

    compiled: Compiled
    use: UseRecord
    audience: str
    instant: int
    asked: Asked

    @cached_property
    def records(self) -> Mapping[tuple[str, int], Mapping[str, Any]]:
        """(code of a rule, number of the subject) → the facts that the rule reads, by name, in their declared order."""
        found: dict[tuple[str, int], Mapping[str, Any]] = {}
        judge, policies = self.compiled.uses, self.compiled.policies
        for record in judge.records(self.asked, self.use, self.audience, self.instant):
            for regime in record.regimes:
                for ruleset in policies.rulesets_for(record.scope, regime):
                    for rule in ruleset.rules:
                        read = names_read(f"{rule.when} {rule.require}")
                        facts = {name: record.facts[n] for n, name in enumerate(ruleset.facts) if name in read}
                        found[rule.code, record.subject] = facts
        return found

    def without(self, codes: frozenset[str]) -> str:
        """Give the effect of this use if some rules were met: allow, deny or undecided."""
        return self.compiled.uses.effect_if(self.asked, self.instant, tuple(sorted(codes)))


def trace(compiled: Compiled, use_key: str, audience: str, instant: int, regime: str = "") -> Trace:
    """Trace a permitted use for an audience (empty: all), also under a further regime. Raises KeyError for an unknown use."""
    use = next((use for use in compiled.material.uses if use.key == use_key), None)
    if use is None:
        raise KeyError(use_key)
    return Trace(compiled, use, audience, instant, compiled.uses.asked(use, audience, regime))
