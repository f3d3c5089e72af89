"""What may be taken out of a body: text people write freely, and nothing that proves or names anything."""

from __future__ import annotations

import pytest

from lineage.domain.redaction import GONE, NEVER, WrongPathError, left_of, was_redacted

ELEMENT = {"key": "a.b", "title": "Mrs Example", "kind": "identity", "category": "pd:Name", "also_known_as": ["x", "y"]}
SET = {
    "key": "change-1", "state": "approved", "reason": "asked", "proposed": "2026-09-01T12:00:00Z", "authors": ["id"],
    "changes": [
        {"kind": "element", "key": "a.b", "operation": "change", "body": ELEMENT},
        {"kind": "element", "key": "a.c", "operation": "retire", "body": None},
    ],
    "places": [["element", "a.b", "a.yaml", 1, "{}", "0"]],
    "answers": [{"by": "id", "answer": "approve", "reason": "fine", "at": "2026-09-01T12:00:00Z"}],
}  # fmt: skip

FREE = [
    ("element", ELEMENT, "title"),
    ("element", ELEMENT, "also_known_as.1"),
    ("change_set", SET, "reason"),
    ("change_set", SET, "answers.0.reason"),
    ("change_set", SET, "changes.0.body.title"),
]
FIRM = [
    *(("element", ELEMENT, path) for path in ("key", "kind", "category", "title.0", "also_known_as", "none", "", ".")),
    *(("element", ELEMENT, f"also_known_as.{step}") for step in ("²", "٣", "01", "-1", "2", "9" * 5000)),
    *(("change_set", SET, f"answers.0.{name}") for name in ("by", "answer", "at")),
    *(("change_set", SET, path) for path in ("state", "proposed", "authors.0", "places.0.2", "places.0.4")),
    *(("change_set", SET, f"changes.{path}") for path in ("0.key", "0.operation", "0.body.kind", "1.body.title")),
    *((kind, {"key": "1", "reason": "r", "ground": "g"}, "reason") for kind in sorted(NEVER)),
]


@pytest.mark.parametrize(("kind", "body", "path"), FREE)
def test_free_text_goes_and_what_is_left_says_so(kind, body, path):
    left = left_of(kind, body, [path])
    assert str(left).count(GONE) == 1
    assert len(left) == len(body)
    assert was_redacted(kind, left) is (not path.startswith(("answers", "changes")))
    assert not was_redacted(kind, body)


@pytest.mark.parametrize(("kind", "body", "path"), FIRM)
def test_nothing_else_goes(kind, body, path):
    with pytest.raises(WrongPathError):
        left_of(kind, body, [path])


@pytest.mark.parametrize("kind", sorted(NEVER))
def test_not_even_the_reason_of_what_proves_the_log_goes(kind):
    with pytest.raises(WrongPathError, match="never redacted"):
        left_of(kind, {"key": "1"}, [])
