"""Compare the vocabularies in catalog/vocabulary with the tables published by the W3C Data Privacy Vocabulary.

The vocabularies hold facts of the source (names, addresses, order, types) beside words of our own. The facts must
stay equal to one published version; this script says where they differ, and ends with 1 when they do:

    python scripts/vocabulary.py --purposes purposes.csv --pd pd.csv --dpv dpv.csv --gdpr eu-gdpr.csv

Further tables of the same form (``--other risk.csv legal.csv``) let it look up addresses from other extensions too.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

DPV = "https://w3id.org/dpv#"
PD = "https://w3id.org/dpv/pd#"
SOURCE = "https://w3id.org/dpv"
ROOT = "Purpose"
KINDS = {"identity", "descriptive", "attitudinal", "behavioural", None}
CRIMINAL = {"Criminal"}
EMOTION = {"Emotion", "Mood"}

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Term:
    """One class of a published table: its address, the addresses right above it, and its types."""

    iri: str
    broader: frozenset[str]
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tables:
    """The published tables, each by term name, and every address found in any of them."""

    purposes: Mapping[str, Term]
    pd: Mapping[str, Term]
    dpv: Mapping[str, Term]
    known: frozenset[str]


def read_table(path: Path) -> dict[str, Term]:
    """Read the classes of one published table; properties are of no interest here."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["term"]: Term(row["iri"], _several(row["hasbroader"]), _several(row["dpvtype"]))
            for row in csv.DictReader(file)
            if row["type"] == "class"
        }


def read_addresses(path: Path) -> set[str]:
    """Read every address of a published table; names may occur twice in tables that cover several laws."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["iri"] for row in csv.DictReader(file) if row["type"] == "class"}


def _several(cell: str) -> frozenset[str]:
    """Split a cell that holds several addresses."""
    return frozenset(part.strip() for part in cell.split(";") if part.strip())


def names_in(namespace: str, addresses: Iterable[str]) -> set[str]:
    """Keep the addresses of one namespace and cut them down to their names."""
    return {address.removeprefix(namespace) for address in addresses if address.startswith(namespace)}


def compare(what: str, ours: object, theirs: object) -> Iterator[str]:
    """Report two values that should be equal."""
    if ours != theirs:
        yield f"{what}: is {_show(ours)}, should be {_show(theirs)}"


def _show(value: object) -> str:
    """Print sets in a stable order, so that two runs can be compared."""
    return str(sorted(value)) if isinstance(value, (set, frozenset)) else repr(value)


def check_keys(what: str, ours: Sequence[str], theirs: Iterable[str]) -> Iterator[str]:
    """Report keys that are missing, extra or written twice."""
    wanted = set(theirs)
    yield from (f"{what}: {key} is missing" for key in sorted(wanted - set(ours)))
    yield from (f"{what}: {key} is not in the source" for key in sorted(set(ours) - wanted))
    yield from (f"{what}: {key} is there {count} times" for key, count in Counter(ours).items() if count > 1)


def check_order(what: str, terms: Sequence[Document]) -> Iterator[str]:
    """Report broader terms that do not exist and circles among them."""
    above = {str(term["key"]): [str(key) for key in term["broader"]] for term in terms}
    for key, broader in above.items():
        yield from (f"{what}: {key} is below {other}, which does not exist" for other in broader if other not in above)
    try:
        TopologicalSorter(above).prepare()
    except CycleError as error:
        yield f"{what}: terms stand above themselves: {error.args[1]}"


def purpose_parents(key: str, table: Mapping[str, Term], purposes: set[str]) -> set[str]:
    """Find the purposes above a purpose; what has none in the source stands right below the root."""
    if key == ROOT:
        return set()
    return (names_in(DPV, table[key].broader) & (purposes | {ROOT})) or {ROOT}


def check_purposes(document: Document, tables: Tables) -> Iterator[str]:
    """Compare the purposes: which there are, their addresses and their order."""
    table = tables.purposes
    purposes = {name for name, term in table.items() if f"{DPV}{ROOT}" in term.types}
    terms: Sequence[Document] = document["terms"]
    yield from compare("purposes: root", document["root"], ROOT)
    yield from check_keys("purposes", [term["key"] for term in terms], purposes | {ROOT})
    yield from check_order("purposes", terms)
    for term in terms:
        key = term["key"]
        if key in purposes | {ROOT}:
            yield from compare(f"purposes: {key}: iri", term["iri"], table[key].iri)
            yield from compare(f"purposes: {key}: broader", set(term["broader"]), purpose_parents(key, table, purposes))
    yield from check_sunset(document["sunset"], tables.dpv)
    yield from check_renamed("purposes", document["renamed"], table)


def check_sunset(entries: Sequence[Document], table: Mapping[str, Term]) -> Iterator[str]:
    """Compare the terms on their way out: each exists, and so does what replaces it."""
    for entry in entries:
        for name in (entry["key"], entry["replaced_by"]):
            if name is not None and name not in table:
                yield f"sunset: {name} is not in the source"


def check_renamed(what: str, entries: Sequence[Document], table: Mapping[str, Term]) -> Iterator[str]:
    """Compare renamed terms: the old name is gone, the new one exists."""
    for entry in entries:
        old, new = (str(entry[field]).removeprefix("pd:") for field in ("key", "now"))
        if old in table:
            yield f"{what}: renamed: {old} still exists"
        if new not in table:
            yield f"{what}: renamed: {new} does not exist"


def at_or_below(name: str, tops: set[str], table: Mapping[str, Term]) -> bool:
    """Tell whether a category is one of the given ones or stands below one."""
    return name in tops or any(at_or_below(above, tops, table) for above in names_in(PD, table[name].broader))


def category_facts(name: str, table: Mapping[str, Term]) -> dict[str, object]:
    """Work out from the source what a category must say about itself."""
    term = table[name]
    special = f"{DPV}SpecialCategoryPersonalData" in term.types
    return {
        "iri": term.iri,
        "broader": {f"pd:{above}" for above in names_in(PD, term.broader)},
        "special": special,
        "sensitive": not special and f"{DPV}SensitivePersonalData" in term.types,
        "criminal": at_or_below(name, CRIMINAL, table),
        "emotion": at_or_below(name, EMOTION, table),
    }


def check_categories(document: Document, tables: Tables) -> Iterator[str]:
    """Compare the data categories: which there are, their addresses, order and sensitivity."""
    table = tables.pd
    terms: Sequence[Document] = document["terms"]
    yield from check_keys("categories", [term["key"] for term in terms], [f"pd:{name}" for name in table])
    yield from check_order("categories", terms)
    for term in terms:
        key = str(term["key"])
        if term["kind"] not in KINDS:
            yield f"categories: {key}: kind {term['kind']!r} does not exist"
        if key.removeprefix("pd:") in table:
            for field, theirs in category_facts(key.removeprefix("pd:"), table).items():
                ours = set(term[field]) if field == "broader" else term.get(field, False)
                yield from compare(f"categories: {key}: {field}", ours, theirs)
    yield from check_renamed("categories", document["renamed"], table)


def check_operations(values: Sequence[Document], tables: Tables) -> Iterator[str]:
    """Compare the operations, the one enumeration that is taken over whole, with its order."""
    operations = {name for name, term in tables.dpv.items() if f"{DPV}Processing" in term.types}
    yield from check_keys("operation", [value["key"] for value in values], operations)
    yield from check_order("operation", values)
    for value in values:
        if value["key"] in operations:
            theirs = names_in(DPV, tables.dpv[value["key"]].broader) & operations
            yield from compare(f"operation: {value['key']}: broader", set(value["broader"]), theirs)


def check_addresses(what: str, values: Sequence[Document], tables: Tables) -> Iterator[str]:
    """Report addresses that no table knows, as far as the table of their namespace was given."""
    namespaces = {address.rpartition("#")[0] for address in tables.known}
    for value in values:
        iri = value["iri"]
        if iri is None or iri in tables.known:
            continue
        if str(iri).startswith(SOURCE) and str(iri).rpartition("#")[0] not in namespaces:
            print(f"not checked, table not given: {what}: {iri}", file=sys.stderr)
        else:
            yield f"{what}: {value['key']}: {iri} is not in the source"


def check_enumerations(document: Document, tables: Tables) -> Iterator[str]:
    """Compare the addresses of all enumerations, and the operations in full."""
    enumerations: Mapping[str, Document] = document["enumerations"]
    for name, enumeration in enumerations.items():
        keys = Counter(value["key"] for value in enumeration["values"])
        yield from (f"{name}: {key} is there {count} times" for key, count in keys.items() if count > 1)
        yield from check_addresses(name, enumeration["values"], tables)
    yield from check_operations(enumerations["operation"]["values"], tables)


def differences(folder: Path, tables: Tables) -> list[str]:
    """List everything in which the vocabularies of a folder differ from the published tables."""
    purposes, categories, regimes, enumerations = (
        yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("purposes", "categories", "regimes", "enumerations")
    )
    return [
        *check_purposes(purposes, tables),
        *check_categories(categories, tables),
        *check_addresses("regimes", regimes["terms"], tables),
        *check_enumerations(enumerations, tables),
    ]


def read_tables(purposes: Path, pd: Path, dpv: Path, others: Sequence[Path]) -> Tables:
    """Read the published tables; those in others serve for looking up addresses only."""
    known = frozenset[str]().union(*(read_addresses(path) for path in (purposes, pd, dpv, *others)))
    return Tables(read_table(purposes), read_table(pd), read_table(dpv), known)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Compare catalog/vocabulary with the published tables.")
    for name in ("purposes", "pd", "dpv", "gdpr"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=f"the published table {name} (CSV)")
    parser.add_argument("--other", type=Path, nargs="*", default=[], help="further tables, for looking up addresses")
    folder = Path(__file__).resolve().parent.parent / "catalog" / "vocabulary"
    parser.add_argument("--vocabulary", type=Path, default=folder, help="the folder to check")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every difference; 0 when there is none, else 1."""
    options = parse(arguments)
    tables = read_tables(options.purposes, options.pd, options.dpv, [options.gdpr, *options.other])
    found = differences(options.vocabulary, tables)
    for line in found:
        print(line)
    print(f"{len(found)} differences", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
