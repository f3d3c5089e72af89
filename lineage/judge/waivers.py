"""Waivers: findings accepted for a time, by somebody else than who asked."""

from __future__ import annotations

from fnmatch import fnmatchcase

from lineage.domain.days import after
from lineage.domain.facts import Scope
from lineage.gate.purposes import Purposes
from lineage.gate.table import ALWAYS
from lineage.judge.covers import Covered
from lineage.judge.material import Body, Material
from lineage.judge.people import by_another
from lineage.judge.policies import Policies


class Waiver:
    """A waiver ready to be matched.

    One that was not approved by somebody else, or names only findings that are never waived, has no effect: it is void.
    ``regimes`` are those whose findings it accepts (empty: of every regime).
    """

    __slots__ = ("covers", "pattern", "regimes", "until", "void")

    def __init__(self, body: Body, material: Material, policies: Policies) -> None:
        self.pattern = str(body["finding"])
        self.covers: Body = body.get("covers") or {}
        self.regimes: tuple[str, ...] = tuple(sorted(self.covers.get("regimes") or ()))
        lacks = _lacks(body)
        self.void = lacks or _out_of_reach(self.pattern, policies)
        self.until = ALWAYS if lacks else after(body["until"], material.zone)


def _lacks(body: Body) -> str:
    """Say what keeps a waiver from counting; nothing when all is there."""
    if not by_another(body.get("requested_by"), body.get("approved_by")):
        return "nobody else than who asked approved it"
    if not str(body.get("reason") or "").strip():
        return "it gives no reason"
    return "" if body.get("until") else "it has no last day"


def _out_of_reach(pattern: str, policies: Policies) -> str:
    """Say why nothing that a waiver names can be waived; nothing when something can."""
    named = [rule for rule in policies.rules if fnmatchcase(rule.code, pattern)]
    if not named:
        return "there is no such rule"
    waivable = any(rule.waivable and rule.scope is not Scope.REQUEST for rule in named)
    return "" if waivable else "that can never be waived"


class Waivers:
    """All waivers of a catalogue, found by what they cover; one that covers nothing is found nowhere."""

    def __init__(self, material: Material, policies: Policies, purposes: Purposes) -> None:
        waivers = [Waiver(body, material, policies) for _, body in material.waivers]
        self._covered = Covered([(waiver.covers, waiver) for waiver in waivers], purposes)

    def covering(self, use: Body) -> list[Waiver]:
        """Give the waivers that cover a use under whichever regime, those without effect included."""
        return [waiver for _, waiver in self._covered.of(use)]


def waiver_state(waivers: list[Waiver]) -> tuple[str, str]:
    """Say whether any waiver has no effect, and name those."""
    void = sorted(f"{waiver.pattern} ({waiver.void})" for waiver in waivers if waiver.void)
    state = "void" if void else "sound" if waivers else "none"
    return state, ", ".join(void)
