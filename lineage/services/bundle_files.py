"""Look at bundles and receipts as files: what they say of themselves, and whether they hold."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lineage.domain.days import micros
from lineage.errors import CannotAnswer, WrongUse
from lineage.gate.bundle import MAGIC, Bundle, Head, as_data, head_of, map_file, opened, peek
from lineage.gate.bundle_newest import newest_of, require_in_time
from lineage.gate.bundle_refused import BundleRefused, refused
from lineage.gate.bundle_source import readable
from lineage.gate.receipts import LONGEST, SCHEMA, BadReceipt, Receipt, read_receipt
from lineage.gate.segments import TableDamaged
from lineage.gate.signing import BadKey, Keys, VerifierKey, keys_of
from lineage.services.moments import Moment

GOOD, BAD, UNKNOWN = 0, 1, 3
_UNKNOWN = ("no key", "unknown form", "unreadable")
BROUGHT = "note: the key comes with the file itself: compare it with the one you were told of, or name that with --key"


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of a check: exit code, and what is said as plain data."""

    code: int
    data: Mapping[str, Any]


def described(path: Path, head: Head, size: int, state: str = "built") -> dict[str, Any]:
    """Give what a bundle says of itself, with instants as people read them."""
    times = {"issued": Moment(head.issued, head.zone).shown, "expires": Moment(head.expires, head.zone).shown}
    return {"file": str(path), "state": state, **as_data(head), **times, "size": size}


def shown(path: Path) -> dict[str, Any]:
    """Give what a bundle says of itself, unchecked. CannotAnswer when it is none."""
    _require(path)
    try:
        head, size = _unchecked(path)
    except BundleRefused as error:
        raise CannotAnswer(error.sentence, error.fix) from None
    return described(path, head, size, "unchecked")


def _unchecked(path: Path) -> tuple[Head, int]:
    found = map_file(path)
    try:
        return head_of(peek(found.data, path)[0], path), found.identity[2]
    finally:
        if found.handle >= 0:
            os.close(found.handle)


def verified(
    path: Path, key: str, newest: Path | None, now: datetime, environment: Mapping[str, str] = os.environ
) -> Verified:
    """Check a bundle whole. WrongUse when the file is missing or the key is none."""
    _require(path)
    keys = trusted(key, environment)
    try:
        bundle = _whole(path, keys)
        try:
            require_in_time(bundle.head, path, micros(now))
            newest_of(newest, environment).require(bundle.head, path)
        except BundleRefused as error:
            told = described(path, bundle.head, path.stat().st_size, "refused")
            return Verified(BAD if error.reason not in _UNKNOWN else UNKNOWN, told | _refusal(error))
        return Verified(GOOD, described(path, bundle.head, path.stat().st_size, "good"))
    except BundleRefused as error:
        code = UNKNOWN if error.reason in _UNKNOWN else BAD
        return Verified(code, {"file": str(path), "state": "refused", **_refusal(error)})


def trusted(key: str, environment: Mapping[str, str]) -> Keys:
    """Give the keys to check with. WrongUse when what was given is none."""
    try:
        return keys_of(key or None, environment)
    except BadKey as error:
        raise WrongUse(str(error), "name the public key with --key, or in LINEAGE_KEYS") from None


def _refusal(error: BundleRefused) -> dict[str, Any]:
    return {"reason": error.reason, "sentence": error.sentence, "fix": error.fix}


def _whole(path: Path, keys: Keys) -> Bundle:
    bundle = opened(map_file(path), path, keys)
    readable(bundle, path)
    try:
        bundle.verify()
    except TableDamaged as error:
        raise refused("tampered", path, str(error)) from None
    return bundle


def _require(path: Path) -> None:
    if not path.is_file():
        raise WrongUse(f"there is no file {path}", "name a bundle")


def checked(path: Path, key: str, origin: str = "") -> tuple[int, list[str]] | None:
    """Check a bundle or a receipt; None when it is neither. The key: as given, else LINEAGE_KEYS, else the one it names.

    ``origin`` is the catalogue it has to be of, where somebody holds a checkpoint of it.
    """
    try:
        with path.open("rb") as file:
            start = file.read(LONGEST)
    except OSError:  # the verifier of logs says why
        return None
    if start.startswith(MAGIC):
        return _bundle(path, keys_of(key or None, os.environ), origin)
    if start.lstrip().startswith(b"{") and SCHEMA.encode() in start:
        return _receipt(path, start, keys_of(key or None, os.environ), origin)
    return None


def _bundle(path: Path, keys: Keys, origin: str) -> tuple[int, list[str]]:
    try:
        own = keys or (VerifierKey.of(_unchecked(path)[0].key),)
        head = _whole(path, own).head
    except BundleRefused as error:
        return UNKNOWN if error.reason in _UNKNOWN else BAD, [f"broken: {error.sentence}"]
    except BadKey as error:
        return BAD, [f"broken: {path}: {error}"]
    if origin not in {"", head.origin}:
        return BAD, [f"broken: {path}: it is of {head.origin}, and your checkpoint of {origin}"]
    issued, expires = Moment(head.issued, head.zone).shown, Moment(head.expires, head.zone).shown
    told = f"bundle of {head.origin}, revision {head.revision}, issued {issued}, to be used until {expires}"
    return GOOD, [f"intact: {path}: {told}", f"key: {head.key}", *([] if keys else [BROUGHT])]


def _receipt(path: Path, data: bytes, keys: Keys, origin: str) -> tuple[int, list[str]]:
    try:
        receipt = read_receipt(data)
        key = receipt.check(keys)
        if origin not in {"", key.name}:
            raise BadReceipt(f"it is of {key.name}, and your checkpoint of {origin}")
    except (BadReceipt, ValueError) as error:
        return BAD, [f"broken: {path}: {error}"]
    return GOOD, [f"intact: {path}: {told_of(receipt)}", f"key: {key}", *([] if keys else [BROUGHT])]


def told_of(receipt: Receipt) -> str:
    """Say in a line what a receipt proves."""
    body, verdict = receipt.body, receipt.verdict
    what = " · ".join(str(verdict[name]) for name in ("process", "element", "purpose"))
    catalogue = f"revision {body['catalogue']['revision']} of {body['origin']}"
    told = f"receipt: {verdict['effect']}: {what} at {body['at']}, given {body['issued']} from {catalogue}"
    return "".join(sign if sign.isprintable() else "?" for sign in told)
