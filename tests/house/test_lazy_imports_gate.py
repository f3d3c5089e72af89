"""A program that only asks loads what asking needs, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.trees import ROOT

HEAVY = (
    "sqlalchemy", "alembic", "networkx", "pydantic", "yaml", "jinja2", "cel_expr_python", "click", "starlette", "uvicorn",
    "msgspec", "numpy", "scipy", "pyarrow", "cryptography", "psycopg", "sqlite3", "asyncio", "logging", "json",
)  # fmt: skip
PROBE = f"import sys\n{{}}\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
OURS = "print(*sorted(name for name in sys.modules if name.startswith('lineage.') and not name.startswith('lineage.gate')))"


def said(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize(
    "line",
    [
        "import lineage",
        "from lineage import Gate",
        "from lineage import NotAllowed",
        "import lineage.gate.gate",
    ],
)
def test_importing_the_gate_loads_nothing_heavy(line):
    assert not said(PROBE.format(line))


def test_the_gate_loads_nothing_of_ours_but_itself():
    assert not said(f"import sys\nfrom lineage import Gate, NotAllowed\n{OURS}")


def test_what_the_package_does_not_have_is_missing_as_usual():
    assert said("import lineage\nprint(hasattr(lineage, 'Gates'), sorted(lineage.__all__))") == (
        "False ['BundleRefused', 'Gate', 'NotAllowed', 'NotAllowedWarning', 'Unavailable', '__version__']"
    )
