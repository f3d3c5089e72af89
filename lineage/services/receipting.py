"""Write an answer down as a signed receipt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lineage.domain.days import micros
from lineage.errors import WrongUse
from lineage.gate.answer import Question
from lineage.gate.receipts import Receipt, receipt_of
from lineage.store.keys import Signer


def write_receipt(
    path: Path,
    question: Question,
    verdict: Mapping[str, Any],
    catalogue: tuple[int, str],
    now: datetime,
    signer: Signer,
) -> Receipt:
    """Write the receipt of an answer, given with the catalogue's revision and digest. WrongUse when it cannot be written."""
    receipt = receipt_of(question, verdict, catalogue, micros(now), signer)
    try:
        path.write_text(receipt.to_text(), encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{path} cannot be written: {error.strerror}", "choose another file with --receipt") from None
    return receipt
