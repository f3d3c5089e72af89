"""Say why, in plain words: an element with its uses, what stops without it, or a rule."""

from __future__ import annotations

from lineage.errors import Refused
from lineage.gate.nearest import did_you_mean
from lineage.policy.pack import Rule
from lineage.services.explaining_element import explain_breaks, explain_element
from lineage.services.explaining_rule import explain_rules
from lineage.services.explaining_words import Explanation
from lineage.services.views import Scope, Times, View, open_view
from lineage.store.database import Database

__all__ = ["Explanation", "explain"]


def explain(
    database: Database,
    times: Times,
    what: str,
    process: str = "",
    purpose: str = "",
    audience: str = "",
    regime: str = "",
    *,
    breaks: bool = False,
) -> Explanation:
    """Explain an element or a rule. Raises Refused, with the nearest names, when it is neither.

    Rules go by their code, or by the part behind the pack; where several packs have it, all are explained.
    """
    scope = None if breaks else Scope((what,), process, (regime,) if regime else ())
    view = open_view(database, times, scope, digest=True)
    if what in view.table.elements:
        if breaks:
            return explain_breaks(view, what)
        return explain_element(database, view, what, process, purpose, audience, regime)
    rules = [rule for rule in view.compiled.policies.rules if what in (rule.code, rule.id)]
    if not rules:
        known = view.compiled.policies.rules
        names = [*view.table.elements, *(rule.code for rule in known), *dict.fromkeys(rule.id for rule in known)]
        hint = did_you_mean(what, names)
        raise Refused(
            f"there is no element and no rule {what}", hint or "see lineage element list and lineage pack list"
        )
    return explain_rules(view, rules)


def _rule(view: View, rule: Rule) -> Explanation:
    """Explain one rule, as the documentation's own tests ask for each."""
    return explain_rules(view, [rule])
