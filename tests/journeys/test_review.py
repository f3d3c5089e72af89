"""What a hostile reader tried: retiring what still binds, saying yes to what cannot be applied, asking for the last day."""

from __future__ import annotations

import pytest


def declared(shop, name):
    return shop.folder / "catalog" / name


def test_what_something_that_stays_refers_to_is_not_retired(shop):
    extra = declared(shop, "extra.yaml")
    extra.write_text(
        "audiences:\n- {key: visitor, title: Visitors, rank: 9, owner: tia, process: desk, measure: visits}\n",
        encoding="utf-8",
    )
    assert shop("apply", "--yes", "catalog").code == 0
    more = declared(shop, "more.yaml")
    more.write_text("elements:\n- {key: visitor.name, title: Name, audiences: [visitor]}\n", encoding="utf-8")
    assert shop("apply", "--yes", "catalog").code == 0
    extra.write_text("audiences: []\n", encoding="utf-8")
    said = shop("apply", "--yes", "--prune", "catalog/extra.yaml")
    assert said.code == 1
    assert "audience visitor cannot be retired: element visitor.name refers to it" in said.err
    more.unlink()
    assert shop("apply", "--yes", "--prune", "catalog").code == 0


def test_a_folder_that_is_gone_is_pruned(shop):
    folder = declared(shop, "late")
    folder.mkdir()
    (folder / "one.yaml").write_text("touchpoints:\n- {key: fair, title: Fair, journey: before}\n", encoding="utf-8")
    assert shop("apply", "--yes", "catalog/late").code == 0
    (folder / "one.yaml").unlink()
    folder.rmdir()
    said = shop("apply", "--yes", "--prune", "catalog/late")
    assert (said.code, "1 retire" in said.out) == (0, True), said.err
    assert shop("apply", "--yes", "--prune", "catalog/never").code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--at", "9999-12-31"),
        ("explain", "customer.phone_number", "--at", "9999-12-31"),
        ("forecast", "--until", "9999-12-31"),
        ("forecast", "--pilots", "--at", "9999-12-31"),
        ("diff", "2026-11-23", "9999-12-31"),
    ],
)
def test_the_last_day_of_the_calendar_can_be_asked_about(shop, words):
    said = shop(*words)
    assert said.code in (0, 1)
    assert "mistake in the program" not in said.err


def test_a_withdrawn_consent_comes_back_by_a_later_act_only(shop):
    element = "customer.phone_number"
    ask = ("consent", "record", element, "--key", "letters")
    first = ("--for", "DirectMarketing", "--method", "button", "--statement", "notice-7", "--withdraw", "page")
    assert shop(*ask, *first, "--given", "2026-03-10").code == 0
    assert shop("consent", "withdraw", element, "letters", "--on", "2026-08-01").code == 0
    assert shop(*ask, "--status", "requested").code == 0
    said = shop(*ask, "--status", "given", "--given", "2026-03-10")
    assert (said.code, "only a later act brings it back" in said.err) == (1, True)
    assert shop(*ask, "--status", "given", "--given", "2026-08-20").code == 0


def test_declarations_that_could_not_be_applied_are_no_yes(shop):
    element = "customer.phone_number"
    entry = "{{key: letters, purpose: DirectMarketing, status: {}, given: 2026-03-10, method: button}}"
    assert (
        shop("consent", "record", element, "--key", "letters", "--for", "DirectMarketing", "--given", "2026-03-10").code
        == 0
    )
    assert shop("consent", "withdraw", element, "letters", "--on", "2026-08-01").code == 0
    file = shop.folder / "again.yaml"
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((shop.folder / "catalog").glob("*.yaml")))
    assert "consents:" in text or entry
    file.write_text(
        f"elements:\n- key: {element}\n  title: Phone number\n  consents:\n  - {entry.format('given')}\n",
        encoding="utf-8",
    )
    for words in (
        ("check", "--with", "again.yaml"),
        ("diff", "--with", "again.yaml"),
        ("apply", "--yes", "again.yaml"),
    ):
        said = shop(*words)
        assert (said.code, "cannot become given" in said.err) == (1, True), words
