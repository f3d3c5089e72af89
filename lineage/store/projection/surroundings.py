"""Tables of the catalogue itself and of parties, audiences, touchpoints, statements and own purposes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Integer, Table

from lineage.domain.enumerations import Journey, Modality, NoticeItem, PartyRole, RetentionAction, Review
from lineage.store.columns import (
    KEY,
    Each,
    Place,
    child,
    column,
    day,
    flag,
    items,
    list_at,
    main,
    metadata,
    number,
    one_of,
    present,
    refers,
    taken,
    term,
    text,
)

catalogue = main(
    "catalogue", "catalogue",
    text("name"), text("description"), refers("publisher", "parties"), text("home_jurisdiction"), text("time_zone"),
    one_of("review", Review),
    text("default_review", "defaults.review"), text("default_pilot", "defaults.pilot"),
    text("default_retention", "defaults.retention.period"), text("default_retention_starts", "defaults.retention.from"),
    one_of("default_retention_action", RetentionAction, "defaults.retention.then"),
    text("default_retention_criteria", "defaults.retention.criteria"),
    checks=[CheckConstraint("key = 'catalogue'", name="key")],
)  # fmt: skip
child("catalogue_regimes", ("catalogue", catalogue), items("regimes"), term("regime", "", needed=True))
child("catalogue_measures", ("catalogue", catalogue), items("defaults.measures"), term("measure", "", needed=True))

parties = main(
    "parties", "party",
    text("name"), one_of("role", PartyRole), term("country"), text("contact"), text("address"), text("email"),
    text("phone"), text("contract"), text("transfer"),
)  # fmt: skip
child("party_evidence", ("party", parties), items("evidence"), text("reference", "", needed=True))

audiences = main(
    "audiences", "audience",
    text("title"), number("rank"), text("owner"), text("process"), text("measure"), text("subject"),
    flag("vulnerable"), flag("minor"), text("age_band"),
    checks=[CheckConstraint("rank >= 1", name="rank")],
)  # fmt: skip
child("audience_countries", ("audience", audiences), items("countries"), term("country", "", needed=True))

touchpoints = main("touchpoints", "touchpoint", text("title"), one_of("journey", Journey), text("channel"))

statements = main(
    "statements", "statement",
    text("title"), text("language"), day("in_force_from", "in_force.from"), day("in_force_until", "in_force.until"),
)  # fmt: skip
child("statement_touchpoints", ("statement", statements), items("touchpoints"), refers("touchpoint", "touchpoints", ""))
child("statement_audiences", ("statement", statements), items("audiences"), refers("audience", "audiences", ""))
child("statement_evidence", ("statement", statements), items("evidence"), text("reference", "", needed=True))
child("statement_items", ("statement", statements), items("items"), one_of("item", NoticeItem, ""))
child(
    "statement_sentences", ("statement", statements), items("says"),
    one_of("modality", Modality), term("purpose"), text("retention"), text("benefit"),
    present("names_elements", "elements"), present("names_recipients", "recipients"),
)  # fmt: skip


def _in_sentences(name: str) -> Each:
    """Each entry of a list within each sentence."""

    def each(_: str, body: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
        for sentence, says in enumerate(list_at(body, ("says",))):
            for position, item in enumerate(list_at(says, (name,))):
                yield (sentence, position), item

    return each


def _part_of_sentence(name: str, each: Each, part: Column[Any]) -> Table:
    return Table(
        name, metadata,
        Column("statement", KEY, primary_key=True),
        Column("sentence", Integer, primary_key=True, autoincrement=False),
        Column("position", Integer, primary_key=True, autoincrement=False),
        part,
        ForeignKeyConstraint(
            ["statement", "sentence"], ["statement_sentences.statement", "statement_sentences.position"],
            deferrable=True, initially="DEFERRED",
        ),
        info={"of": "statement", "each": each},
    )  # fmt: skip


_part_of_sentence("sentence_elements", _in_sentences("elements"), refers("element", "elements", ""))
_part_of_sentence("sentence_recipients", _in_sentences("recipients"), refers("party", "parties", ""))

purposes = main("purposes", "purpose", text("title"), text("description"))
child(
    "purpose_broader", ("purpose", purposes), items("broader"),
    column("broader", KEY, taken("broader", ""), nullable=False, index=True),
)  # fmt: skip
