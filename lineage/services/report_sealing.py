"""What makes a report evidence: behind its last line stand a checkpoint of the journal and a signed digest of all before.

::

    <html … </html>
    <!-- usage-cycle report
    <signed checkpoint of the log>

    usage-cycle report
    <origin>
    sha256 <of every byte before the comment>
    at …
    as_of …
    entry <the last journal entry the report knows of>
    revision …
    digest <of the catalogue>
    key <public key>

    — <origin> <signature>
    -->

Both are signed notes (C2SP). ``lineage verify FILE`` checks them, and so does the stand-alone verifier.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lineage.errors import CannotAnswer, LineageError
from lineage.services.sealing import Seal, seal_if_possible, vkeys_of
from lineage.services.views import View
from lineage.store import keys
from lineage.store.database import Database
from lineage.store.keys import Signer
from lineage.store.verifying import verify_record

TITLE = "usage-cycle report"


@dataclass(frozen=True, slots=True)
class ReportSeal:
    """The checkpoint a report carries (None: there is none), the key that signs it, and what its reader should know."""

    seal: Seal | None
    signer: Signer | None
    note: str

    def lines(self, entry: int) -> tuple[tuple[str, str], ...]:
        """Give what the report itself says of its proof: label and text."""
        known = ("Known up to journal entry", str(entry))
        if self.seal is None:
            return known, ("Proof", "none: this catalogue has no signed checkpoint")
        size, root, signature = self.seal.size, self.seal.root, self.seal.note.rstrip("\n").rpartition("\n")[2]
        checkpoint = ("Checkpoint of the journal", f"{self.seal.origin}, {size} entries, root {root}")
        signed = [("Signed with", str(self.signer.key))] if self.signer else []
        return known, checkpoint, ("Signature of the checkpoint", signature), *signed, ("Check", "lineage verify FILE")

    def ending(self, view: View, digest: str) -> str:
        """Give the comment behind the report, whose bytes have this SHA-256; nothing when it cannot be signed."""
        if self.seal is None or self.signer is None:
            return ""
        said = (
            f"{TITLE}\n{self.seal.origin}\nsha256 {digest}\nat {view.at.shown}\nas_of {view.as_of.shown}\n"
            f"entry {view.entry}\nrevision {view.revision}\ndigest {view.digest}\nkey {self.signer.key}\n"
        )
        return f"\n<!-- {TITLE}\n{self.seal.note}\n{self.signer.note(said)}-->\n"


def report_seal(database: Database, now: datetime, environment: Mapping[str, str] = os.environ) -> ReportSeal:
    """Get a checkpoint of the journal as it is now, and the key to sign a report with; what is lacking is said.

    What does not verify is not signed: a report says what the documents say, and these must be what the journal sealed.
    """
    with database.reading() as connection:
        # Guards that are missing alter nothing by themselves.
        broken = [one for one in verify_record(connection, now).breaks if one.layer != "guards"]
    if broken:
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        return ReportSeal(
            None, None, f"the report is not signed, since the catalogue was altered: {broken[0].what}{more}"
        )
    seal, note = seal_if_possible(database, environment)
    if seal is None:
        return ReportSeal(None, None, f"the report carries no proof. {note}")
    try:
        signer = _signer(database, seal, environment)
    except LineageError as error:
        return ReportSeal(seal, None, f"the report is not signed. {error.sentence}")
    return ReportSeal(seal, signer, note)


def _signer(database: Database, seal: Seal, environment: Mapping[str, str]) -> Signer:
    """Read the key that signed the checkpoint: one key speaks for both, so that a reader needs to know one."""
    for key in vkeys_of(database):
        if key.hash == seal.key:
            return keys.load(keys.place_of(seal.origin, environment), key)
    raise CannotAnswer(f"This catalogue knows no key {seal.key}.", "Run: lineage verify log")
