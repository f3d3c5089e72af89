"""What may be wrong with a pack beside its rules: its head, its levels of sensitivity, its dated lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lineage.domain.days import check_day
from lineage.domain.vocabulary import Vocabulary
from lineage.gate.nearest import did_you_mean
from lineage.policy.regime_data import LEVELS, LISTS

HEAD = (
    "pack", "title", "regime", "version", "as_of", "about", "disclaimer", "in_force", "retired", "sources",
    "sensitivity", "lists",
)  # fmt: skip
RULES = ("request", "rules")
NEEDED = ("pack", "title", "version", "as_of")
CYCLE = "usage-cycle"
"""The pack whose rules answer for the request itself."""
ASKED = (
    "unknown-element", "unknown-process", "unknown-purpose", "unknown-audience", "unknown-regime", "other-audience",
    "other-regime", "retired", "too-broad", "prohibited", "prohibited-part", "prohibited-source",
    "prohibited-source-part", "no-use",
)  # fmt: skip
"""Rules about the request that the program speaks by name."""
_KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,60}")
_TEXTS = ("title", "regime", "version", "about", "disclaimer")
_AGES = range(1, 100)

MOST_FLAWS = 200
"""Mistakes of one kind that are told at once: looking for what was meant takes time for each."""
_SHOWN = 60

Path = tuple[str | int, ...]
Wrong = tuple[Path, str, str]
"""Path in the body, what is wrong, and the fix."""


def short(value: object) -> str:
    """Write a value as it was said, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


@dataclass(frozen=True, slots=True)
class Known:
    """Names of the vocabulary that the head of a pack may use."""

    regimes: Collection[str]
    categories: Collection[str]
    countries: Collection[str]

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Known:
        """Take them out of a vocabulary."""
        return cls(frozenset(vocabulary.regimes), frozenset(vocabulary.categories), frozenset(vocabulary.countries))


def head_mistakes(body: Mapping[str, Any]) -> Iterator[Wrong]:
    """Give everything wrong with the head of a pack that can be told without a vocabulary."""
    for name in body:
        if name not in HEAD and name not in RULES:
            yield (
                (name,),
                f"unknown field {name[:_SHOWN]}",
                did_you_mean(name, HEAD) or f"the fields are {', '.join(HEAD)}",
            )
    yield from _text_mistakes(body)
    yield from window_mistakes(body.get("in_force"), ("in_force",))
    yield from _source_mistakes(body.get("sources"))
    yield from _request_mistakes(body)
    for name in ("sensitivity", "lists"):
        if body.get(name) and not body.get("regime"):
            yield (name,), f"{name} belongs to a regime, and the pack names none", "add regime: to pack.yaml"
    yield from sensitivity_mistakes(body.get("sensitivity"))
    yield from list_mistakes(body.get("lists"))


def _text_mistakes(body: Mapping[str, Any]) -> Iterator[Wrong]:
    for name in NEEDED:
        if not body.get(name):
            yield (name,), f"{name} is missing", f"add {name}: to pack.yaml"
    key = body.get("pack")
    if key and not (isinstance(key, str) and _KEY.fullmatch(key)):
        yield ("pack",), f"{short(key)} is no key of a pack", "use lower-case letters, digits and _ - ."
    for name in _TEXTS:
        if isinstance(body.get(name), dict | list | bool):
            yield (name,), f"{name} must be text", "write one line of text"
    if body.get("as_of"):
        yield from _day(body["as_of"], ("as_of",))


def window_mistakes(window: Any, path: Path) -> Iterator[Wrong]:
    """Give what is wrong with a span of time."""
    if window is None:
        return
    if not isinstance(window, dict):
        yield path, f"{path[-1]} must be a mapping", "write {from: DAY, until: DAY}"
        return
    wrong = False
    for name, day in window.items():
        if name not in ("from", "until"):
            yield (*path, name), f"unknown field {name[:_SHOWN]}", "write from and until"
            continue
        for mistake in _day(day, (*path, name)):
            wrong = True
            yield mistake
    since, until = window.get("from"), window.get("until")
    if since and until and not wrong and str(since)[:10] > str(until)[:10]:
        yield (*path, "until"), f"it ends on {until}, before it begins", "write the later day in until"


def retired_mistakes(body: Mapping[str, Any]) -> tuple[frozenset[str], list[Wrong]]:
    """Read the ids that may not be used again; give them, and what is wrong with the list."""
    said = body.get("retired")
    wrong: list[Wrong] = []
    if said is not None and not isinstance(said, list):
        wrong.append((("retired",), "retired must be a list of rule ids", "write [ID, ID]"))
        return frozenset(), wrong
    for index, name in enumerate(said or ()):
        if not isinstance(name, str):
            wrong.append((("retired", index), f"{short(name)} is no rule id", "write the id of a rule there was"))
    return frozenset(name for name in said or () if isinstance(name, str)), wrong


def _request_mistakes(body: Mapping[str, Any]) -> Iterator[Wrong]:
    said = body.get("request")
    if body.get("pack") != CYCLE:
        if said:
            yield ("request",), f"only the pack {CYCLE} has rules about the request itself", "write them under rules:"
        return
    ids = {entry.get("id") for entry in said if isinstance(entry, dict)} if isinstance(said, list) else set()
    lacking = [name for name in ASKED if name not in ids]
    if lacking:
        yield (
            ("request",),
            f"rules about the request are missing: {', '.join(lacking)}",
            "take them from the pack it replaces",
        )


def _source_mistakes(sources: Any) -> Iterator[Wrong]:
    if sources is None:
        return
    if not isinstance(sources, list):
        yield ("sources",), "sources must be a list", "write a dash before each source"
        return
    for index, source in enumerate(sources):
        if not isinstance(source, dict) or not all(isinstance(value, str) for value in source.values()):
            yield ("sources", index), "a source must be a mapping of texts", "write {key: KEY, title: TITLE, url: URL}"


def sensitivity_mistakes(said: Any) -> Iterator[Wrong]:
    """Give what is wrong with ``sensitivity:``, unknown categories aside."""
    path: Path = ("sensitivity",)
    if said is None:
        return
    if not isinstance(said, dict):
        yield path, "sensitivity must be a mapping", "write LEVEL: [category, …]"
        return
    first: dict[str, str] = {}
    for name, value in said.items():
        if name == "words":
            yield from _word_mistakes(value, (*path, name))
        elif name == "minors":
            if value not in LEVELS:
                yield (*path, name), f"minors cannot be {short(value)}", f"write one of {', '.join(LEVELS)}"
        elif name not in LEVELS:
            yield (*path, name), f"unknown level {name}", _nearest(name, (*LEVELS, "words", "minors"))
        else:
            yield from _level_mistakes(name, value, first)


def _level_mistakes(level: str, value: Any, first: dict[str, str]) -> Iterator[Wrong]:
    """Give what is wrong with the categories of a level; ``first`` remembers the level of each."""
    path: Path = ("sensitivity", level)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        yield path, f"{level} must be a list of categories", "write [category, …]"
        return
    for index, category in enumerate(value):
        if first.setdefault(category, level) != level:
            yield (*path, index), f"{category} is {first[category]} and {level}", "keep one of them"


def _word_mistakes(words: Any, path: Path) -> Iterator[Wrong]:
    if not isinstance(words, dict):
        yield path, "words must be a mapping", "write {LEVEL: word of the law}"
        return
    for level, word in words.items():
        if level not in LEVELS:
            yield (*path, level), f"unknown level {level}", _nearest(level, LEVELS)
        elif not isinstance(word, str):
            yield (*path, level), f"the word for {level} must be text", "write the word the law uses"


def list_mistakes(lists: Any) -> Iterator[Wrong]:
    """Give what is wrong with ``lists:``, unknown countries aside."""
    if lists is None:
        return
    if not isinstance(lists, dict):
        yield ("lists",), "lists must be a mapping", f"write one of {', '.join(LISTS)} and what it holds"
        return
    for name, part in lists.items():
        path: Path = ("lists", name)
        if name not in LISTS:
            yield path, f"unknown list {name}", _nearest(name, LISTS)
        elif not isinstance(part, dict):
            yield path, f"{name} must be a mapping", "write as_of, source and entries"
        else:
            yield from _list_mistakes(name, part, path)


def _list_mistakes(name: str, part: Mapping[str, Any], path: Path) -> Iterator[Wrong]:
    fields = ("as_of", "source", "entries", "years")
    for field in part:
        if field not in fields:
            yield (*path, field), f"unknown field {field}", _nearest(field, fields)
    for field in ("as_of", "source"):
        if not isinstance(part.get(field), str):
            yield (*path, field), f"{field} is missing or no text", f"add {field}: to the list {name}"
    if isinstance(part.get("as_of"), str):
        yield from _day(part["as_of"], (*path, "as_of"))
    yield from _years(part, path, needed=name == "child_age")
    entries = part.get("entries")
    if entries is not None and not isinstance(entries, list):
        yield (*path, "entries"), "entries must be a list", "write a dash before each entry"
        return
    for index, entry in enumerate(entries or ()):
        yield from _entry_mistakes(entry, (*path, "entries", index), ages=name == "child_age")


def _entry_mistakes(entry: Any, path: Path, *, ages: bool) -> Iterator[Wrong]:
    if not isinstance(entry, dict) or not isinstance(entry.get("country"), str):
        yield path, "an entry needs a country", 'write {country: DE, from: DAY}; quote "NO"'
        return
    fields = ("country", "from", "until", *(("years",) if ages else ()))
    for field in entry:
        if field not in fields:
            yield (*path, field), f"unknown field {field}", _nearest(field, fields)
    window = {field: entry[field] for field in ("from", "until") if field in entry}
    yield from window_mistakes(window, path)
    if ages:
        yield from _years(entry, path, needed=True)


def _years(part: Mapping[str, Any], path: Path, *, needed: bool) -> Iterator[Wrong]:
    years = part.get("years")
    if years is None:
        if needed:
            yield (*path, "years"), "years is missing", "add years: AGE"
    elif isinstance(years, bool) or not isinstance(years, int) or years not in _AGES:
        yield (*path, "years"), f"years cannot be {short(years)}", "write an age in whole years"


def unknown_names(body: Mapping[str, Any], known: Known) -> Iterator[Wrong]:
    """Give the regime, categories and countries of a sound head that the vocabulary does not have."""
    regime = body.get("regime")
    if regime and regime not in known.regimes:
        yield ("regime",), f"unknown regime {regime}", _nearest(str(regime), known.regimes)
    for level in LEVELS:
        for index, category in enumerate((body.get("sensitivity") or {}).get(level) or ()):
            if category not in known.categories:
                hint = did_you_mean(category, known.categories) or "use a category of the vocabulary"
                yield ("sensitivity", level, index), f"unknown category {category}", hint
    for name, part in (body.get("lists") or {}).items():
        for index, entry in enumerate(part.get("entries") or ()):
            if entry["country"] not in known.countries:
                path = ("lists", name, "entries", index, "country")
                yield path, f"unknown country {entry['country']}", "write the two letters of ISO 3166, such as DE"


def _day(day: Any, path: Path) -> Iterator[Wrong]:
    try:
        check_day(day if isinstance(day, str) else str(day))
    except ValueError as error:
        yield path, str(error), "write a day like 2027-01-16"


def _nearest(word: str, names: Iterable[str]) -> str:
    return did_you_mean(word, names) or f"write one of {', '.join(names)}"
