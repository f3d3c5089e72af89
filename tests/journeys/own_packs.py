"""Packs of the shop's own: the one of docs/packs.md, and small ones made for a test."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.house.trees import ROOT

_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)

HEAD = 'pack: {key}\ntitle: House rules\nversion: "1"\nas_of: 2026-08-01\n'
RULE = """\
- id: {name}
  title: Calls are for the courier
  scope: use
  stage: purpose
  about: use.why
  require: '{require}'
  effect: blocker
  message: "{{element}} is used by {{process}} against the house rules"
  fix: choose another element
  cite: the board
  certainty: I
"""
BREAKS = 'use.why == "missing"'
CASES = "cases:\n- {rule: calls, keeps: [{use.why: missing}], breaks: [{}]}\n"


def documented() -> dict[str, str]:
    """The files of the example in the documentation."""
    page = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    return dict(zip(("pack.yaml", "rules.yaml", "cases.yaml"), _BLOCK.findall(page), strict=True))


def house(key: str = "house", require: str = BREAKS, name: str = "calls", more: str = "") -> dict[str, str]:
    """A pack of one rule that every use of the shop breaks."""
    rules = "rules:\n" + RULE.format(name=name, require=require)
    return {"pack.yaml": HEAD.format(key=key) + more, "rules.yaml": rules, "cases.yaml": CASES.replace("calls", name)}


def under(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    """Name files by the folder they lie in."""
    return {f"{folder}/{name}": text for name, text in files.items()}
