"""Bundles made in tests: a table of two elements written by hand, signed with keys that are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lineage.gate.answer import Answer, Question, answer
from lineage.gate.bundle import Bundle, Issue, written
from lineage.gate.bundle_newest import Newest
from lineage.gate.bundle_places import paths_of, segments_of
from lineage.gate.bundle_source import open_bundle
from lineage.gate.encode import encode
from lineage.gate.purposes import Purposes
from lineage.gate.segments import Parts, parts_of
from lineage.gate.signing import VerifierKey
from lineage.gate.table import (
    ALWAYS,
    Choice,
    Core,
    Element,
    Mark,
    Naming,
    Process,
    RuleText,
    Subject,
    Table,
    Timeline,
    Use,
)
from lineage.store.keys import Signer

DAY = 86_400_000_000
NOW = 20_000 * DAY
SIGNER = Signer.of("usage-cycle/0123456789abcdef", bytes(range(32)))
OTHER = Signer.of("usage-cycle/fedcba9876543210", bytes(range(1, 33)))
KEY = VerifierKey.of(str(SIGNER.key))
OTHER_KEY = VerifierKey.of(str(OTHER.key))
STAGES = ("complete", "complete", "complete", "complete")
QUESTIONS = tuple(
    Question("dispatch", element, purpose, NOW + days * DAY)
    for element in ("phone", "email", "fax")
    for purpose in ("Delivery", "Parcels", "Sale")
    for days in (0, 40)
)


def rule(code: str, about: str = "") -> RuleText:
    return RuleText(
        f"usage-cycle/{code}",
        code,
        code,
        "request",
        about,
        f"{code} of {{element}}{{near}}",
        "mend it",
        "usage cycle",
        "I",
    )


def timeline(element: str, purpose: str) -> Timeline:
    """Allowed for thirty days, then denied."""
    core = Core("allow", "complete", STAGES, "not_required", (("eu-gdpr", "compliant"),), ())
    late = core._replace(effect="deny", cycle="stale", marks=(Mark(0, "blocker", 0),))
    subject = Subject(
        {"element": element, "purpose": purpose}, {"use": f"{element}/dispatch/{purpose}", "element": element}
    )
    return Timeline((ALWAYS, NOW + 30 * DAY), (core, late), (Choice(), Choice()), Naming((subject,)))


def tiny(revision: int = 7) -> Table:
    """A table that fits on a page: phone may be used for delivery, e-mail for nothing."""
    use = Use("phone/dispatch/Delivery", "phone", "dispatch", "Delivery", "", timeline("phone", "Delivery"), {})
    origin = timeline("phone", "")
    elements = {
        "email": Element("email", "E-mail", False, ("customer",), (), (), origin, ("mail",)),
        "phone": Element("phone", "Phone", False, ("customer",), (0,), (), origin, ("mobile",)),
    }
    codes = ("late", "unknown-element", "unknown-process", "unknown-purpose", "no-use", "too-broad", "retired")
    rules = tuple(rule(code, "use.review_by" if code == "late" else "") for code in codes)
    return Table(
        revision=revision, digest="d1" * 32, zone="Europe/Berlin", elements=elements,
        processes={"dispatch": Process("dispatch", "Dispatch", False)}, audiences={"customer": "Customers"}, regimes={},
        purposes=Purposes({"Delivery": (), "Parcels": ("Delivery",), "Sale": ()}, frozenset({"Sale"}), frozenset()),
        uses=(use,), rules=rules, numbers={text.code: number for number, text in enumerate(rules)},
    )  # fmt: skip


def parts(table: Table) -> Parts:
    return parts_of(table.revision, table.digest, encode(table))


PLACES = (
    ("element", "phone", "catalog/elements.yaml", 3, '{"":3,"title":4}'),
    ("use", "phone/dispatch/Delivery", "catalog/uses.yaml", 9, '{"":9,"review_by":12,"why":10}'),
)


def bundle_bytes(
    table: Table | None = None, issued: int = NOW, expires: int = NOW + 7 * DAY, signer: Signer = SIGNER
) -> bytes:
    """Give the bytes of a bundle of a table."""
    table = table or tiny()
    places = segments_of(PLACES, paths_of(text.about for text in table.rules))
    return b"".join(written(parts(table), places, Issue(table.zone, table.revision, issued, expires), signer)[1])


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def put(path: Path, data: bytes) -> Path:
    """Replace a file as programs should: written aside, then renamed."""
    write(path.with_name("aside"), data).replace(path)
    return path


def load(path: Path, now: int = NOW, newest: Newest | None = None, held: int = 0) -> Bundle:
    return open_bundle(path, (KEY,), now, newest, held)


def answers(table: Table) -> list[Answer]:
    return [answer(table, question) for question in QUESTIONS]


def revised(revision: int) -> Table:
    return replace(tiny(), revision=revision)
