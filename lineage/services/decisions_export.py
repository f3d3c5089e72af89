"""Decisions as files: JSON lines, each the canonical line its seal is made of, or Parquet; rotated after so many rows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from lineage.domain.canonical import canonical
from lineage.errors import CannotAnswer, WrongUse
from lineage.services.decision_rows import decision_data, line_of
from lineage.store.decisions import Numbered

Page = tuple[Sequence[Numbered], Mapping[str, str]]
FORMS = (".jsonl", ".parquet")
WRITTEN = 100_000
"""Rows a group of a Parquet file: so many are in memory at a time."""

_TEXTS = (
    "id", "effect", "caller", "process", "element", "purpose", "audience", "regime", "cycle", "consent", "stages",
    "regulatory", "holds_until", "digest", "root", "bundle", "program",
)  # fmt: skip
_LISTS = ("obligations", "findings", "severities", "uses")


def export_decisions(pages: Iterable[Page], place: Path, rotate: int | None) -> list[tuple[Path, int]]:
    """Write decisions to a file, or to numbered files of ``rotate`` rows each; give each with its rows.

    A file is there whole or not at all. WrongUse for another ending, or a file that cannot be written; CannotAnswer when
    the package for Parquet is not installed.
    """
    if place.suffix not in FORMS:
        raise WrongUse(f"{place} has no ending that says its form.", f"Choose one of {', '.join(FORMS)}.")
    write = _write_parquet if place.suffix == ".parquet" else _write_lines
    made: list[tuple[Path, int]] = []
    for number, part in enumerate(_parts(pages, rotate), 1):
        name = place if rotate is None else place.with_name(f"{place.stem}-{number:04d}{place.suffix}")
        draft = name.with_name(f".{name.name}.{os.getpid()}")
        try:
            count = write(part, draft)
            draft.replace(name)
        except OSError as error:
            raise WrongUse(f"{name} cannot be written: {error.strerror}", "choose another file with --out") from None
        finally:
            draft.unlink(missing_ok=True)
        made.append((name, count))
    return made


def _parts(pages: Iterable[Page], rotate: int | None) -> Iterator[Iterator[Page]]:
    """Cut pages into parts of ``rotate`` rows; each must be read to its end before the next. There is at least one."""
    source = iter(pages)
    rest: list[Page] = []

    def part() -> Iterator[Page]:
        left = rotate
        while left is None or left > 0:
            page = rest.pop() if rest else next(source, None)
            if page is None:
                return
            rows, said = page
            if left is not None and len(rows) > left:
                rest.append((rows[left:], said))
                rows = rows[:left]
            left = None if left is None else left - len(rows)
            yield rows, said

    yield part()
    while True:
        if not rest:
            page = next(source, None)
            if page is None:
                return
            rest.append(page)
        yield part()


def _write_lines(pages: Iterator[Page], draft: Path) -> int:
    count = 0
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        for rows, said in pages:
            file.writelines(line_of(decision_data(found, said)) + "\n" for found in rows)
            count += len(rows)
    return count


def _write_parquet(pages: Iterator[Page], draft: Path) -> int:
    try:
        pa: Any = import_module("pyarrow")
        pq: Any = import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise CannotAnswer(
            f"Parquet needs {error.name}, which is not installed.",
            "Install it with: pip install 'usage-cycle[arrow]', or write .jsonl.",
        ) from None
    schema = _schema(pa)
    count = 0
    with pq.ParquetWriter(draft, schema) as file:
        for rows in _groups(pages):
            file.write_table(pa.Table.from_pylist(rows, schema=schema))
            count += len(rows)
    return count


def _groups(pages: Iterator[Page]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for rows, said in pages:
        group += [_flat(found, said) for found in rows]
        if len(group) >= WRITTEN:
            yield group
            group = []
    if group:
        yield group


def _schema(pa: Any) -> Any:
    instant = pa.timestamp("us", tz="UTC")
    fields = [("sequence", pa.int64()), ("time", instant), ("at", instant), ("known", instant), ("until", instant)]
    fields += [(name, pa.string()) for name in _TEXTS] + [(name, pa.list_(pa.string())) for name in _LISTS]
    return pa.schema([*fields, ("revision", pa.int64()), ("lost", pa.int64())])


def _flat(found: Numbered, said: Mapping[str, str]) -> dict[str, Any]:
    """Give a decision as columns: lists of codes, and what has names of its own as JSON."""
    data, row = decision_data(found, said), found.row
    flat = {name: data.get(name) for name in (*_TEXTS, *_LISTS, "sequence", "revision")}
    flat |= {name: canonical(data[name]) for name in ("stages", "regulatory") if name in data}
    flat |= {"time": row.time, "lost": row.lost}
    if row.lost:
        return flat | {"until": row.at}
    findings = data.get("findings", ())
    flat |= {"findings": [one["code"] for one in findings], "severities": [one["severity"] for one in findings]}
    return flat | {"at": row.at, "known": row.known}
