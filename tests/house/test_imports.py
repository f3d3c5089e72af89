"""Who may import whom: the contracts of pyproject.toml, and that the gate needs nothing but Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.house.trees import LINEAGE, ROOT, imported_modules, shown, sources, tree_of

LAZILY = {"numpy", "cryptography"}  # inside functions of the gate, for signatures and for big tables


def test_the_contracts_are_kept():
    program = Path(sys.executable).with_name("lint-imports")
    report = subprocess.run([program, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert report.returncode == 0, report.stdout + report.stderr


def test_the_gate_imports_the_standard_library_and_itself():
    wrong = [
        f"{shown(path)}:{line} imports {module}"
        for path in sources(LINEAGE / "gate")
        for line, module in foreign_imports(tree_of(path))
    ]
    assert not wrong, "\n".join(wrong)


def test_only_packages_of_ours_lie_in_lineage():
    rooms = [path for path in LINEAGE.rglob("*") if path.is_dir() and any(path.glob("*.py"))]
    assert not [shown(room) for room in rooms if not (room / "__init__.py").is_file()]


def foreign_imports(tree: ast.Module) -> list[tuple[int, str]]:
    at_top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for line, module in imported_modules(node):
            top = module.partition(".")[0]
            ours = module == "lineage.gate" or module.startswith("lineage.gate.")
            lazy = top in LAZILY and id(node) not in at_top
            if not (ours or lazy or top in sys.stdlib_module_names):
                found.append((line, module))
    return found


def test_the_check_itself_sees_what_is_foreign():
    top = "import json\nimport numpy\nimport lineage.gate.form\nfrom lineage import errors\n"
    inside = "def f():\n    import numpy\n    import yaml"
    assert foreign_imports(ast.parse(top + inside)) == [(2, "numpy"), (4, "lineage"), (7, "yaml")]
