"""Which program judged: tables made by another one are made again, since its rules may have been read differently."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

import lineage
from lineage.gate.segments import FORM

JUDGES = ("cycle", "domain", "gate", "judge", "policy")
SPLICERS = ("compiling", "judging", "reaching", "splicing")


@cache
def program() -> str:
    """Give the digest of all code that a verdict depends on, the same wherever that code is the same."""
    found = sha256(f"{lineage.__version__} {FORM}".encode())
    root = Path(lineage.__file__).parent
    paths = [path for room in JUDGES for path in sorted((root / room).glob("*.py"))]
    for path in [*paths, *(root / "services" / f"{name}.py" for name in SPLICERS)]:
        found.update(f"\0{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return found.hexdigest()[:32]
