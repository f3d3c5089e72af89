"""Files into bounded text: size, encoding, and the error for each."""

from __future__ import annotations

from pathlib import Path

from lineage.source import Place, Problem

LIMIT = 16 * 1024 * 1024
DEPTH = 64


def read_text(path: Path, shown: str) -> str | Problem:
    """Read a UTF-8 file of at most 16 MiB; ``shown`` is the name that problems print."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except OSError as error:
        return Problem(
            Place(shown),
            "",
            f"the file cannot be read: {error.strerror}",
            "check its path and rights",
            undecodable=True,
        )
    if len(data) > LIMIT:
        size = path.stat().st_size / 1024 / 1024
        return Problem(
            Place(shown),
            "",
            f"the file has {size:.1f} MiB, the limit is 16 MiB",
            "spread its sections over several files",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem(
            Place(shown, line),
            "",
            f"the file is not UTF-8: byte {error.start} is 0x{data[error.start]:02x}",
            "save it as UTF-8",
            undecodable=True,
        )
