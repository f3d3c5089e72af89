"""The words explanations share: certainty, effects, one finding as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.services.views import View

CERTAINTY = {
    "L": "read in the text of the law or standard",
    "S": "taken from a secondary source",
    "M": "to be verified before it is quoted",
    "I": "this product's interpretation",
}
EFFECTS = {
    "blocker": "the use is denied",
    "warning": "it is said, and the use goes on",
    "note": "it is noted",
    "obligation": "the use is allowed only if this is done",
}
_VERDICTS = {"allow": "allowed", "deny": "denied", "undecided": "without an answer"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """An explanation as data and as text; ``code`` is the exit code."""

    view: View
    summary: Mapping[str, Any]
    results: Sequence[Mapping[str, Any]]
    columns: tuple[str, ...]
    text: str
    code: int = 0


def certainty(code: str) -> str:
    """Say how sure a citation is, in words."""
    return CERTAINTY.get(code, "not said how sure")


def spoken(text: str) -> str:
    """Give a message of a rule with its names in angle marks instead of braces; doubled braces stand for themselves."""
    marked = text.replace("{{", "\x00").replace("}}", "\x01").replace("{", "‹").replace("}", "›")
    return marked.replace("\x00", "{").replace("\x01", "}")


def finding_lines(finding: Mapping[str, Any], effect: str) -> list[str]:
    """Write an explained finding: what is wrong, the rule, its facts, where, how to mend it, and what that alone changes.

    ``effect`` is the verdict as it stands.
    """
    lines = [f"  {finding['severity']}[{finding['code']}] {finding['message']}", f"    rule      {finding['title']}"]
    for fact in finding["facts"]:
        lines.append(f"    fact      {fact['name']} is {value_text(fact['value'])}: {lowered(fact['about'])}")
    if finding["declared"]:
        lines.append(f"    declared  {finding['declared']}")
    if finding["fix"]:
        lines.append(f"    fix       {finding['fix']}")
    if effect != "allow" and finding["severity"] == "blocker":
        lines.append(f"    alone     {_alone(finding['if_fixed_alone'], effect)}")
    return [*lines, f"    source    {finding['cite']} ({finding['certainty']})"]


def _alone(then: str, effect: str) -> str:
    verdict = _VERDICTS[then]
    return f"mending only this leaves it {verdict}" if then == effect else f"mending only this makes it {verdict}"


def together(blockers: int, effect: str, then: str) -> str:
    """Say what mending every blocker changes; nothing when there is none."""
    if not blockers or effect == "allow":
        return ""
    what = "this is" if blockers == 1 else f"these {blockers} are"
    if then == "allow":
        return f"Once {what} mended, nothing that is known today stands against it."
    return f"Once {what} mended, it is still {_VERDICTS[then]}: more is missing than these findings can tell yet."


def value_text(value: Any) -> str:
    """Write the value of a fact."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "empty"
    return str(value)


def lowered(sentence: str) -> str:
    """Let a sentence go on in the middle of another."""
    return sentence[:1].lower() + sentence[1:]
