"""Two versions of the program on one catalogue: the older one is told, and writes nothing."""

from __future__ import annotations

import pytest

from lineage.cli.main import run
from lineage.store import schema
from lineage.store.database import Database
from tests.faults.invariants import broken, requests_of
from tests.faults.processes import in_a_process
from tests.faults.work import bare

WRITING = [
    ("apply", "more.yaml", "--yes", "--request", "r1"),
    ("outcome", "record", "p", "e", "--for", "DeliveryOfGoods", "--key", "k", "--request", "r2"),
    ("consent", "withdraw", "counter.0", "k", "--request", "r3"),
    ("db", "upgrade"),
]


@pytest.mark.parametrize("words", WRITING, ids=lambda words: " ".join(words[:2]))
def test_a_program_that_is_older_than_the_catalogue_is_refused(url, words, tmp_path, monkeypatch, capsys):
    database = bare(url)
    before = requests_of(database)
    (tmp_path / "more.yaml").write_text("elements: [{key: a}]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as old:
        old.setattr(schema, "REVISIONS", schema.REVISIONS[:-1])
        old.setattr(schema, "HEAD", schema.REVISIONS[-1])
        assert run(["-C", url, "--by", "rina", *words]) == 3
        said = capsys.readouterr().err
    assert "was made by a newer version of this program" in said
    assert "Install that version." in said
    assert requests_of(database) == before
    assert broken(database) == []


def test_writers_are_stopped_by_an_upgrade_that_happens_while_they_write(url):
    found = in_a_process("tests.faults.versions:run", url=url)
    assert found["acknowledged"] >= 9
    assert found["kept"] == found["acknowledged"]
    assert len(found["told"]) == 3
    for told in found["told"]:
        assert (told["kind"], told["code"]) == ("CatalogueTooNew", 3)
        assert "newer version" in told["sentence"]
    assert Database(url).exists()
