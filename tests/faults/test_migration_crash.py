"""A migration that ends in the middle leaves the old catalogue or the new one, and can be done again."""

from __future__ import annotations

import pytest

from lineage.store import schema
from tests.faults.processes import in_a_process

OLD = schema.REVISIONS[:-1]


def struck(url, revision, points):
    return in_a_process("tests.faults.migrating:run", url=url, revision=revision, points=points)


@pytest.mark.parametrize("revision", OLD)
def test_a_migration_that_is_struck_leaves_the_old_or_the_new(url, revision):
    found = struck(url, revision, 6 if url.startswith("sqlite") else 4)
    assert found["raised"] >= 2
    assert found["killed"] >= 2
    assert found["versions up"] == len(schema.REVISIONS) - 1 - schema.REVISIONS.index(revision)


@pytest.mark.slow
@pytest.mark.parametrize("revision", OLD)
def test_a_migration_that_is_struck_at_any_statement_leaves_the_old_or_the_new(url, revision):
    found = struck(url, revision, 0)
    assert found["raised"] + found["killed"] == found["statements"]
