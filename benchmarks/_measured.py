"""Run one command in this process and print its peak memory, its children's included, behind everything else on stderr."""

from __future__ import annotations

import resource
import sys

from lineage.cli.main import run

if __name__ == "__main__":
    code = run(sys.argv[1:])
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"peak-kib {max(own, children)}", file=sys.stderr)
    sys.exit(code)
