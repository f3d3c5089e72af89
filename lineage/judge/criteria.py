"""What makes a use risky, and whom and what it concerns under a regime: criteria, age of children, special condition."""

from __future__ import annotations

from typing import NamedTuple

from lineage.domain.facts import CONDITIONS
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.sources import first_age, minor
from lineage.policy.regime_data import DatedList


class Criteria(NamedTuple):
    """The criteria of risk a use meets whatever the level of its data (WP248 rev.01)."""

    met: tuple[str, ...]

    def at(self, level: str) -> tuple[str, ...]:
        """Give the criteria, sensitive data among them."""
        return self.met if level == "ordinary" else tuple(sorted({*self.met, "sensitive"}))


def origins_of(record: ElementRecord) -> tuple[bool, bool]:
    """Tell whether an element is observed, and whether it is put together from several others."""
    observed = any(origin.get("mode") == "observed" for _, origin in record.origins)
    sources = {item["element"] for _, origin in record.origins for item in origin.get("derived_from") or ()}
    return observed, len(sources) > 1


def criteria_of(
    does: tuple[str, ...], automation: str, scale: str, people: tuple[str, ...], observed: bool, combined: bool
) -> Criteria:
    """Work out which criteria of risk a use meets by what is done, to whom and how much."""
    met = {
        "evaluation": "Profiling" in does or "Assess" in does,
        "automated": automation == "full",
        "monitoring": "Tracking" in does or ("Monitor" in does and observed),
        "large_scale": scale == "large",
        "combining": "Combine" in does or "Match" in does or combined,
        "vulnerable": bool({"minor", "employee", "patient", "vulnerable"} & set(people)),
    }
    return Criteria(tuple(sorted(name for name, there in met.items() if there)))


def child_state(material: Material, audiences: tuple[str, ...], ages: DatedList | None) -> str:
    """Compare the ages of minors with the age at which they may consent where they live (GDPR Article 8)."""
    found = "none"
    for key in audiences:
        audience = material.audiences.get(key, {})
        if not minor(audience):
            continue
        first = first_age(audience)
        if first is None or ages is None:
            state = "unknown"
        else:
            by_country = {entry.country: entry.years for entry in ages.entries}
            limits = [by_country.get(country, ages.years) for country in audience.get("countries") or ("",)]
            state = "of_age" if first >= max(limits) > 0 else "under_age"
        found = max(found, state, key=("none", "of_age", "unknown", "under_age").index)
    return found


def condition_of(use: Body, regime: str) -> str:
    """Give the declared condition for special data as its code; a text that is none is unknown."""
    said = str((use.get("special_condition") or {}).get(regime) or "").strip()
    if not said:
        return "missing"
    code = said.removeprefix("A") if said.upper().startswith("A11") else said
    return code if code in CONDITIONS[2:] else "unknown"
