"""Data-lineage governance: a process may use an element only when its usage cycle is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.gate.bundle_refused import BundleRefused
    from lineage.gate.gate import Gate
    from lineage.gate.refusal import NotAllowed, NotAllowedWarning
    from lineage.gate.source import Source, Unavailable

__version__ = "0.1.0"
__all__ = ["BundleRefused", "Gate", "NotAllowed", "NotAllowedWarning", "Unavailable", "__version__"]


def __getattr__(name: str) -> Any:
    # Read when it is first asked for: the command line starts without it.
    if name == "Gate":
        from lineage.gate.gate import Gate, open_with

        open_with(_source_of)
        return Gate
    if name in {"NotAllowed", "NotAllowedWarning"}:
        from lineage.gate import refusal

        return getattr(refusal, name)
    if name == "BundleRefused":
        from lineage.gate.bundle_refused import BundleRefused

        return BundleRefused
    if name == "Unavailable":
        from lineage.gate.source import Unavailable

        return Unavailable
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _source_of(url: str) -> Source:
    from lineage.services.opening import open_source

    return open_source(url)
