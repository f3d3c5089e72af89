"""Whether two persons approved something together, or one of them twice."""

from __future__ import annotations


def by_another(asked: object, approved: object) -> bool:
    """Tell whether somebody else approved than who asked: another spelling of a name is no other person."""
    return bool(person(asked)) and bool(person(approved)) and person(asked) != person(approved)


def person(name: object) -> str:
    """Give a name in the form in which names are compared."""
    return " ".join(str(name or "").split()).casefold()
