"""Ceilings: a file or a function that outgrows them does two things."""

from __future__ import annotations

import ast

from tests.house.trees import ROOT, shown, sources, tree_of

FILE, FUNCTION, COMMAND = 400, 40, 25
MEASURED = [*sources(), ROOT / "dev.py"]


def test_no_file_is_longer_than_its_ceiling():
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MEASURED}
    assert not {name: length for name, length in lengths.items() if length > FILE}


def test_no_function_is_longer_than_its_ceiling():
    wrong = [f"{shown(path)}:{text}" for path in MEASURED for text in too_long(tree_of(path))]
    assert not wrong, "\n".join(wrong)


def too_long(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        command = is_command(node)
        length = lines_of(node) - (docstring_lines(node) if command else 0)
        ceiling = COMMAND if command else FUNCTION
        if length > ceiling:
            found.append(f"{node.lineno} {node.name} has {length} lines, at most {ceiling}")
    return found


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """A command's docstring is its help text; writing good help must not cost code."""
    if ast.get_docstring(node) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether click calls it: decorated with something.command, something.group, or those names alone."""
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in {"command", "group"}:
            return True
    return False


def test_the_check_itself_counts():
    body = "\n".join(["    pass"] * 25)
    text = f'def short():\n{body}\n@group.command("x")\ndef long():\n    """Help.\n\n    More."""\n{body}\n'
    assert too_long(ast.parse(text)) == ["28 long has 26 lines, at most 25"]
