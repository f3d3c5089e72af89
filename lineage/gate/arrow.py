"""Arrow columns as numbers into the names they hold: each name is looked up once."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lineage.gate.index import Array


class Coded(NamedTuple):
    """For each row the place of its name in ``names``; -1 where there is none."""

    codes: Array
    names: list[Any]

    def __len__(self) -> int:
        return len(self.codes)

    def tolist(self) -> list[Any]:
        """Give the names row by row."""
        return [self.names[code] if code >= 0 else "" for code in self.codes.tolist()]


def coded(kind: str, column: Any) -> Any:
    """Give an Arrow array of names as codes, one of whole numbers as a NumPy array. TypeError for any other."""
    pa = import_module("pyarrow")

    if not isinstance(column, pa.Array | pa.ChunkedArray):
        column = pa.chunked_array(column)
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64()).fill_null(-1).to_numpy()
    if not pa.types.is_dictionary(column.type):
        if pa.types.is_null(column.type) or _is_view(column.type):
            column = column.cast(pa.string())
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            raise TypeError(f"{kind} is an Arrow array of {column.type}: give names or whole numbers")
        column = column.dictionary_encode()
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries().combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks else pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), [])
    codes = column.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    return Coded(codes, column.dictionary.to_pylist())


def _is_view(kind: Any) -> bool:
    pa = import_module("pyarrow")

    return bool(getattr(pa.types, "is_string_view", lambda _: False)(kind))
