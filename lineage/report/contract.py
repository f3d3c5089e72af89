"""The contract between contexts and templates as a page, written from the contexts themselves.

``python -m lineage.report.contract`` prints what ``templates/README.md`` has to hold; a test compares the two.
"""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import is_dataclass
from typing import TYPE_CHECKING

from lineage.report import contexts, contexts_element, contexts_picture, contexts_told

if TYPE_CHECKING:
    from types import ModuleType

_HEAD = """# Templates

Jinja2 templates for the report and for the parts that web pages share with it. This page is written by
`python -m lineage.report.contract > templates/README.md`; do not edit it by hand.

- `report/frame.html.jinja` is the whole file; it gets `report`, a `ReportContext` (below), and writes the elements one
  by one.
- `parts/` holds macros: a state as mark and word, a finding, the two pictures with their table. A page that draws a
  picture calls `picture_defs()` once, before the first picture.
- `parts/words.html.jinja` holds all words that are the same in each report.
- A folder of your own is looked through first, so a single template can be replaced by one of the same name.
- Everything is escaped; control characters and direction marks are dropped; an unknown name is an error.
- The filter `days` keeps ISO days inside a sentence on one line.
- There is one style block, one script block and no `style` attribute: the page's own policy lets nothing else through.
- Besides the contexts a template may use: `marks` and `tones` (state → mark, state → class), `rule_ids` (rule code → id
  of its line in the method section), `all_stages`, and the drawing functions that `parts/pictures.html.jinja` calls.
"""


def fields(cls: type) -> dict[str, tuple[str, str]]:
    """Field → (type, what it means), in the order of declaration; a property counts as a field."""
    body = ast.parse(inspect.getsource(cls)).body[0]
    assert isinstance(body, ast.ClassDef)  # the source of a class
    found: dict[str, tuple[str, str]] = {}
    last = ""
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.target.id
            found[last] = (ast.unparse(node.annotation), "")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and last:
            found[last] = (found[last][0], str(node.value.value))
        elif isinstance(node, ast.FunctionDef) and node.returns and not node.name.startswith("_"):
            found[node.name] = (ast.unparse(node.returns), ast.get_docstring(node) or "")
    return found


def classes() -> list[type]:
    """All context classes, the whole report first."""
    found = [cls for module in (contexts, contexts_element, contexts_told, contexts_picture) for cls in _own(module)]
    return sorted(found, key=lambda cls: cls is not contexts.ReportContext)


def _own(module: ModuleType) -> list[type]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__
    ]


def page() -> str:
    """The text of ``templates/README.md``."""
    parts = [_HEAD]
    for cls in classes():
        parts += [f"## {cls.__name__}\n", f"{inspect.getdoc(cls)}\n", "| field | type | meaning |", "|---|---|---|"]
        for name, (kind, meaning) in fields(cls).items():
            parts.append("| `{}` | `{}` | {} |".format(name, kind.replace("|", "\\|"), meaning.replace("|", "\\|")))
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
