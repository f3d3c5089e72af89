"""Make a catalogue, bring its tables and the packs and vocabulary in force up to date."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lineage.content import content
from lineage.errors import Refused, WrongUse
from lineage.services.applying import apply_plan, plan_apply, read_against
from lineage.services.changing import Actor, Done, Request
from lineage.services.installed import installed_documents
from lineage.services.plans import make_plan
from lineage.services.sealing import make_key, seal_if_possible
from lineage.store import schema
from lineage.store.database import Database

SAMPLE = "food-delivery"
STARTER = """\
# What this catalogue is. Everything else may stand in this file or in others beside it.
# The fields are listed in docs/format.md; `lineage schema` prints them for editors.
catalogue:
  name: Name of the organisation
  description: Which customer data the catalogue covers
  regimes: []                       # such as [eu-gdpr]; countries of audiences and storage add theirs
  time_zone: UTC
  review: none
  defaults: {review: P12M, pilot: P90D}
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A catalogue that was made: where its declarations lie, how many documents it holds, and a sentence about its key."""

    declarations: Path
    documents: int
    sample: bool
    key: str = ""


def make_catalogue(url: str, folder: Path, actor: Actor, now: datetime, *, sample: bool) -> Made:
    """Make a catalogue at ``url`` and a folder of declarations; with ``sample`` the sample company, applied.

    Declarations that lie there already stay as they are. Raises Refused when there is a catalogue already, or when the
    sample would mix with other files.
    """
    database = Database(url)
    declarations = folder / "catalog"
    if _holds_catalogue(database):
        raise Refused(f"there is a catalogue at {database.shown} already", "choose another folder, or use it as it is")
    _make(folder)
    held = declarations.exists() and (not declarations.is_dir() or any(declarations.iterdir()))
    if held and (sample or not declarations.is_dir()):
        raise Refused(f"{declarations} is there already and not empty", "choose another folder")
    schema.upgrade(url)
    bring_in(database, actor, now)
    declarations.mkdir(parents=True, exist_ok=True)
    if sample:
        shutil.copytree(content("catalog") / "sample" / SAMPLE, declarations, dirs_exist_ok=True)
        declared = read_against(database, [declarations])
        apply_plan(database, plan_apply(database, declared), Request(actor, now, "the sample company"))
        return Made(declarations, len(declared.documents), sample, _sealed(database, actor, now))
    if not held:
        (declarations / "catalogue.yaml").write_text(STARTER, encoding="utf-8")
    return Made(declarations, 0, sample, _sealed(database, actor, now))


def _sealed(database: Database, actor: Actor, now: datetime) -> str:
    """Make the key that signs checkpoints where there is none, and a first checkpoint; give a sentence about the key."""
    made = make_key(database, Request(actor, now))
    seal_if_possible(database)
    return made


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUse(f"the folder {folder} cannot be made: {error.strerror}", "choose another folder") from None


def _holds_catalogue(database: Database) -> bool:
    return database.exists()


def bring_in(database: Database, actor: Actor, now: datetime) -> Done | None:
    """Write the packs and vocabulary of this program into the catalogue; None when nothing changed."""
    with database.reading() as connection:
        plan = make_plan(connection, installed_documents())
    if not plan.items:
        return None
    return apply_plan(database, plan, Request(actor, now, "packs and vocabulary of this program"))


def upgrade(url: str, actor: Actor, now: datetime) -> Iterator[str]:
    """Bring tables, packs and vocabulary up to date; give a sentence for each thing done."""
    before, after = schema.upgrade(url)
    yield (
        f"the tables are at version {after}"
        if before == after
        else f"the tables went from version {before or 'none'} to {after}"
    )
    mended = schema.mend_guards(url)
    if mended:
        yield f"{len(mended)} guards were missing or altered and are made anew, such as: {mended[0]}"
    database = Database(url)
    done = bring_in(database, actor, now)
    if done is None:
        yield "packs and vocabulary are up to date"
    elif done.live:
        yield f"{done.written.changes} documents of packs and vocabulary were brought up to date"
    else:
        yield f"packs and vocabulary were proposed as {done.change_set}: somebody else has to approve them"
    made = _sealed(database, actor, now)
    if made:
        yield made
