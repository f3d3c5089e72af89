"""The packs of a catalogue, compiled, with every rule numbered for the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from lineage.domain.days import after, start_of
from lineage.domain.facts import Scope
from lineage.gate.instants import within
from lineage.gate.table import RuleText
from lineage.policy.engine import Ruleset
from lineage.policy.pack import Pack, Rule, parse_pack
from lineage.policy.regime_data import DatedList, SensitivityMap


@dataclass(frozen=True)
class Policies:
    """All packs in force for a catalogue; ``rulesets`` holds only those with rules for their scope."""

    packs: tuple[Pack, ...]
    rulesets: tuple[Ruleset, ...]
    rules: tuple[Rule, ...]
    numbers: Mapping[str, int]

    @classmethod
    def of(cls, bodies: Iterable[Mapping[str, Any]]) -> Policies:
        """Compile pack documents; they were checked for flaws when they were loaded."""
        packs = tuple(sorted((parse_pack(body)[0] for body in bodies), key=lambda pack: (pack.regime != "", pack.key)))
        rules = tuple(rule for pack in packs for rule in pack.rules)
        rulesets = [Ruleset(pack, scope) for pack in packs for scope in Scope if scope is not Scope.REQUEST]
        return cls(
            packs,
            tuple(r for r in rulesets if r.rules),
            rules,
            {rule.code: number for number, rule in enumerate(rules)},
        )

    @cached_property
    def regimes(self) -> frozenset[str]:
        """Regimes that a pack speaks for."""
        return frozenset(pack.regime for pack in self.packs if pack.regime)

    def speaks(self, regime: str, zone: ZoneInfo, instant: int) -> bool:
        """Tell whether the pack of a regime itself, no mere supplement, can deny anything at an instant."""
        return within(self._speaking(zone).get(regime, ()), instant)

    def _speaking(self, zone: ZoneInfo) -> Mapping[str, frozenset[tuple[int, int]]]:
        if zone not in self._windows:
            self._windows[zone] = {
                pack.regime: frozenset(self.window(rule, zone) for rule in pack.rules if rule.effect == "blocker")
                for pack in self.packs
                if pack.regime == pack.key
            }
        return self._windows[zone]

    @cached_property
    def _windows(self) -> dict[ZoneInfo, Mapping[str, frozenset[tuple[int, int]]]]:
        return {}

    @cached_property
    def lists(self) -> Mapping[str, Mapping[str, DatedList]]:
        """Regime → its dated lists, of all its packs; of two lists of a name that of the pack of the regime itself."""
        found: dict[str, dict[str, DatedList]] = {}
        for pack in sorted(self.packs, key=lambda pack: (pack.key != pack.regime, pack.key)):
            if pack.regime:
                found[pack.regime] = {**pack.lists, **found.get(pack.regime, {})}
        return found

    def lists_of(self, regime: str) -> Mapping[str, DatedList]:
        """Give the dated lists of a regime."""
        return self.lists.get(regime, {})

    @cached_property
    def sensitivities(self) -> Mapping[str, SensitivityMap]:
        """Regime → how sensitive it takes categories to be: of what several of its packs say, the highest level."""
        found: dict[str, SensitivityMap] = {}
        for pack in sorted(self.packs, key=lambda pack: (pack.key != pack.regime, pack.key)):
            if pack.regime:
                known = found.get(pack.regime)
                found[pack.regime] = known.joined(pack.sensitivity) if known else pack.sensitivity
        return found

    @cached_property
    def _by_scope(self) -> Mapping[tuple[Scope, str], tuple[Ruleset, ...]]:
        found: dict[tuple[Scope, str], list[Ruleset]] = {}
        for ruleset in self.rulesets:
            found.setdefault((ruleset.scope, ruleset.regime), []).append(ruleset)
        return {key: tuple(group) for key, group in found.items()}

    def rulesets_for(self, scope: Scope, regime: str = "") -> tuple[Ruleset, ...]:
        """Give the rulesets of a scope: those of a regime, or those that hold whatever the law."""
        return self._by_scope.get((scope, regime), ())

    def texts(self) -> tuple[RuleText, ...]:
        """Give what every rule says to people, in the order of the numbers."""
        return tuple(
            RuleText(r.code, r.id, r.title, r.stage, r.about, r.message, r.fix, r.cite, r.certainty) for r in self.rules
        )

    def window(self, rule: Rule, zone: ZoneInfo) -> tuple[int, int]:
        """Give the half-open interval in which a rule is in force."""
        forever = 1 << 62
        return (
            start_of(rule.since, zone) if rule.since else -forever,
            after(rule.until, zone) if rule.until else forever,
        )

    def phases(self, zone: ZoneInfo) -> tuple[int, ...]:
        """Give the instants at which a rule comes into force or goes out of it."""
        edges = {edge for rule in self.rules if rule.since or rule.until for edge in self.window(rule, zone)}
        return tuple(sorted(edge for edge in edges if abs(edge) < 1 << 62))

    def active(self, zone: ZoneInfo, instant: int) -> frozenset[int]:
        """Give the numbers of the rules in force at an instant."""
        return frozenset(n for n, rule in enumerate(self.rules) if (w := self.window(rule, zone))[0] <= instant < w[1])
