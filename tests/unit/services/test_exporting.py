"""The catalogue written out loads to the same catalogue."""

from __future__ import annotations

from tests.journeys.shop import SOUND_QUESTION


def test_an_export_applied_to_a_fresh_catalogue_gives_the_same_digest(shop, made_empty):
    digest = shop.digest
    assert shop("export", "yaml", "-o", "all.yaml").code == 0
    catalog = ("-C", "sqlite:///fresh.db")
    assert shop(*catalog, "db", "upgrade").code == 0
    assert shop(*catalog, "apply", "all.yaml", "--yes").code == 0
    assert shop.json(*catalog, "check").data["catalogue"]["digest"] == digest
    assert shop(*catalog, "query", "may", *SOUND_QUESTION).code == 0


def test_an_export_applied_to_its_own_catalogue_changes_nothing(shop):
    shop("export", "yaml", "-o", "all.yaml")
    before = shop.size
    assert "nothing to change" in shop("apply", "all.yaml", "--yes").err
    assert shop.size == before


def test_the_sample_comes_back_the_same(bare):
    assert bare("init", "--sample").code == 0
    digest = bare.digest
    bare("export", "yaml", "-o", "all.yaml")
    assert bare("-C", "sqlite:///fresh.db", "db", "upgrade").code == 0
    assert bare("-C", "sqlite:///fresh.db", "apply", "all.yaml", "--yes").code == 0
    assert bare.json("-C", "sqlite:///fresh.db", "check").data["catalogue"]["digest"] == digest


def test_the_past_is_exported_as_it_was(shop):
    then = shop("export", "yaml").out
    shop.write(
        "catalog/elements.yaml",
        (shop.folder / "catalog/elements.yaml").read_text(encoding="utf-8").replace("rina", "dewi"),
    )
    assert shop("apply", "catalog", "--yes").code == 0
    assert "steward: dewi" in shop("export", "yaml").out
    assert shop("export", "yaml", "--as-of", "2026-08-15").out == then


def test_what_is_retired_is_left_out(shop):
    shop.write(
        "catalog/elements.yaml",
        (shop.folder / "catalog/elements.yaml").read_text(encoding="utf-8").rpartition("- {key: customer.email")[0],
    )
    uses = (shop.folder / "catalog/uses.yaml").read_text(encoding="utf-8")
    shop.write(
        "catalog/uses.yaml",
        uses.replace("alternatives: [{element: customer.email, why_not: read too late}]", "alternatives: none"),
    )
    assert shop("apply", "catalog", "--yes", "--prune").code == 0
    assert "customer.email" not in shop("export", "yaml").out


def test_an_empty_catalogue_exports_nothing(empty):
    said = empty("export", "yaml")
    assert (said.code, said.out.strip()) == (0, "")
