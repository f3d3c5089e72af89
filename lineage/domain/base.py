"""What every declared document shares: frozen, closed to unknown fields, strict about types."""

from __future__ import annotations

import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lineage.domain.days import check_day, check_period

KEY = r"[a-z0-9][a-z0-9_.\-]*"
PURPOSE_KEY = r"[A-Za-z][A-Za-z0-9]*"
MAX_KEY = 200
MAX_TEXT = 20_000


_KEY = re.compile(KEY)
_PURPOSE_KEY = re.compile(PURPOSE_KEY)
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise ValueError(f"{text!r} is no key: use lower-case letters, digits, '_', '-' and '.'")
    return text


def _purpose(text: str) -> str:
    if not _PURPOSE_KEY.fullmatch(text):
        raise ValueError(f"{text!r} is no purpose name: write it like DeliveryOfGoods, letters and digits only")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except Exception:
        raise ValueError(
            f"{text!r} is not a time zone of the IANA list, such as Europe/Berlin or Asia/Jakarta"
        ) from None
    return text


def _text(text: str) -> str:
    if _UNUSABLE.search(text):
        raise ValueError("the text holds a NUL character or half a character (a lone surrogate): type it again")
    return text


def _measured(value: str | int) -> str | int:
    return _text(value) if isinstance(value, str) else value


Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_text)]
Measured = Annotated[str | int, AfterValidator(_measured)]
Key = Annotated[str, Field(max_length=MAX_KEY, json_schema_extra={"pattern": f"^{KEY}$"}), AfterValidator(_key)]
PurposeKey = Annotated[
    str, Field(max_length=MAX_KEY, json_schema_extra={"pattern": f"^{PURPOSE_KEY}$"}), AfterValidator(_purpose)
]
Day = Annotated[str, Field(json_schema_extra={"format": "date"}), AfterValidator(check_day)]
Period = Annotated[str, Field(json_schema_extra={"format": "duration"}), AfterValidator(check_period)]
Zone = Annotated[str, AfterValidator(_zone)]
Lax = Field(strict=False)


class Document(BaseModel):
    """A declared thing. Absent, null and empty all mean "not said"; the judge says what is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def said(description: str, **more: Any) -> Any:
    """Declare an optional fact with the sentence that ``docs/format.md`` and the JSON Schema print."""
    return Field(default=None, description=description, **more)


def needed(description: str, **more: Any) -> Any:
    """Declare what identifies a thing and is therefore needed to load it."""
    return Field(description=description, **more)
