"""Receipts: an answer somebody can keep and show, signed, and checked without the catalogue.

A receipt is canonical JSON (RFC 8785): what was asked, the verdict, the catalogue's revision and digest, and when it was
given. Its file is ``{"schema": "lineage.receipt/1", "receipt": {…}, "signature": …}``, however it is laid out. As a run facet
of OpenLineage it travels as text, since clients of OpenLineage drop what is null.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lineage.gate.answer import Question
from lineage.gate.signing import ID, SIGNATURE, BadKey, VerifierKey, canonical_bytes, keys_of, sealed

if TYPE_CHECKING:
    from lineage.gate.signing import Signer

SCHEMA = "lineage.receipt/1"
MARK = b"usage-cycle-receipt/1\n"
FACET = "usageCycle_receipt"
"""Name of the facet among those of a run."""

PRODUCER = "https://usage-cycle.example/lineage"
FACET_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet"
LONGEST = 1 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EFFECTS = ("allow", "deny", "undecided")
_ASKED, _FURTHER = ("process", "element", "purpose"), ("audience", "regime")
_SHOWN = ("effect", *_ASKED)


class BadReceipt(ValueError):
    """It is no receipt, it was altered, or it is signed by somebody else."""


@dataclass(frozen=True)
class Receipt:
    """A signed answer. ``body`` is what was signed; ``signature`` names the key in its first four bytes."""

    body: Mapping[str, Any]
    signature: bytes

    @property
    def verdict(self) -> Mapping[str, Any]:
        """The verdict, in the form every command gives it."""
        found: Mapping[str, Any] = self.body["verdict"]
        return found

    @property
    def key(self) -> VerifierKey:
        """The key it names itself. BadReceipt when that is none."""
        try:
            return VerifierKey.of(str(self.body["key"]))
        except BadKey as error:
            raise BadReceipt(str(error)) from None

    def check(self, keys: str | Iterable[str | VerifierKey] | None = None) -> VerifierKey:
        """Give the key that signed: one of ``keys``, as ``Gate.load`` takes them, or else of LINEAGE_KEYS.

        Without any, the one it names itself: that shows that nothing was altered, not who signed. BadReceipt otherwise.
        """
        own, trusted = self.key, keys_of(keys or None, os.environ)
        if trusted and own not in trusted:
            raise BadReceipt("it is signed with another key than yours")
        if self.signature[:ID] != own.id or not own.signed(self.signature[ID:], message(self.body)):
            raise BadReceipt("it is not what was signed")
        if self.body["origin"] != own.name:
            raise BadReceipt("it is of another catalogue than its key")
        return own

    def to_data(self) -> dict[str, Any]:
        """Give the receipt as its file holds it."""
        return {"schema": SCHEMA, "receipt": dict(self.body), "signature": b64encode(self.signature).decode()}

    def to_text(self) -> str:
        """Give the text of its file."""
        return json.dumps(self.to_data(), ensure_ascii=False, indent=2) + "\n"


def exact(instant: int) -> str:
    """Write an instant (microseconds since 1970) in UTC, with its microseconds."""
    return (_EPOCH + timedelta(microseconds=instant)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def message(body: Mapping[str, Any]) -> bytes:
    """Give the bytes that are signed."""
    return MARK + canonical_bytes(body)


def receipt_of(
    question: Question, verdict: Mapping[str, Any], catalogue: tuple[int, str], issued: int, signer: Signer
) -> Receipt:
    """Sign an answer: ``verdict`` as ``answer_data`` gives it, revision and digest, the instant it was given (microseconds)."""
    asked = {"process": question.process, "element": question.element, "purpose": question.purpose}
    asked |= {name: said for name in ("audience", "regime") if (said := getattr(question, name))}
    revision, digest = catalogue
    body = {
        "form": 1, "origin": signer.key.name, "key": str(signer.key), "issued": exact(issued), "at": exact(question.instant),
        "question": asked, "verdict": dict(verdict), "catalogue": {"revision": revision, "digest": digest},
    }  # fmt: skip
    return Receipt(body, sealed(signer, message(body)))


def read_receipt(data: bytes) -> Receipt:
    """Read a receipt's file; BadReceipt when it is none. It is not checked yet."""
    try:
        said = json.loads(data, object_pairs_hook=_once, parse_constant=_no_number)
        canonical_bytes(said)  # half characters and the like cannot have been signed
        if said["schema"] != SCHEMA:
            raise BadReceipt("it is no receipt")
        if said.keys() != {"schema", "receipt", "signature"}:
            raise BadReceipt("something stands beside the receipt that nobody signed")
        return _receipt(said["receipt"], said["signature"])
    except BadReceipt:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadReceipt(f"it is no receipt: {error}") from None


def _no_number(text: str) -> None:
    raise BadReceipt(f"{text} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Read an object whose names stand there once: of two, readers would see different ones."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadReceipt("a name stands there twice")
    return found


def _require_form(body: Any) -> None:
    """Raise BadReceipt unless a body has exactly what this form has: more might be read by others, and mean something."""
    kinds = {"form": int, "origin": str, "key": str, "issued": str, "at": str, "question": dict, "verdict": dict,
             "catalogue": dict}  # fmt: skip
    if not _has(body, kinds) or body["form"] != 1 or not _has(body["catalogue"], {"revision": int, "digest": str}):
        raise BadReceipt("its form is not known")
    asked = body["question"]
    if not _has(asked, dict.fromkeys((*_ASKED, *(name for name in _FURTHER if name in asked)), str)):
        raise BadReceipt("its form is not known")


def _has(data: Any, kinds: Mapping[str, type]) -> bool:
    """Tell whether data is an object of exactly these names, each of its kind; a truth value is no number."""
    return type(data) is dict and data.keys() == kinds.keys() and all(type(data[n]) is kinds[n] for n in kinds)


def _receipt(body: Any, signature: str) -> Receipt:
    raw = b64decode(signature, validate=True)
    if len(raw) != ID + SIGNATURE:
        raise BadReceipt("its form is not known")
    _require_form(body)
    verdict, asked = body["verdict"], body["question"]
    if verdict["effect"] not in EFFECTS or any(verdict[name] != asked[name] for name in _ASKED):
        raise BadReceipt("its verdict is none of its question")
    if any(verdict.get(name) != asked.get(name) for name in _FURTHER):
        raise BadReceipt("its verdict is none of its question")
    return Receipt(body, raw)


def facet_of(receipt: Receipt, producer: str = PRODUCER) -> dict[str, Any]:
    """Give a receipt as a run facet of OpenLineage, to stand under ``FACET``."""
    told = {name: receipt.verdict[name] for name in _SHOWN}
    return {
        "_producer": producer, "_schemaURL": FACET_SCHEMA, **told, "at": receipt.body["at"],
        "receipt": canonical_bytes(receipt.body).decode(), "signature": b64encode(receipt.signature).decode(),
    }  # fmt: skip


def read_facet(facet: Mapping[str, Any]) -> Receipt:
    """Read a receipt back out of a run facet. BadReceipt when it is none, or when what it shows is not in the receipt."""
    try:
        receipt = _receipt(json.loads(facet["receipt"], object_pairs_hook=_once), facet["signature"])
        told = [facet[name] for name in _SHOWN] + [facet["at"]]
        if told != [receipt.verdict[name] for name in _SHOWN] + [receipt.body["at"]]:
            raise BadReceipt("what the facet shows does not stand in its receipt")
    except BadReceipt:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadReceipt(f"it is no receipt: {error}") from None
    return receipt
