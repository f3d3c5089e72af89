"""Who is the same person: accounts that are called alike, and accounts that somebody said belong together.

Four eyes are two people, not two accounts. Accounts only ever come together here and never apart, so that nobody can
make two people out of one.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

UNSEEN = frozenset({"Cc", "Cf"})
"""Unicode categories of characters that nobody sees; two names that differ in them alone look the same."""

_IGNORED = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x2060, 0x206F),
    (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
    (0xE0000, 0xE0FFF),
)  # fmt: skip
"""First and last of the code points that show nothing (Unicode: Default_Ignorable_Code_Point), and the blank of Braille."""

_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
"""Alphabets with letters that look the same, as the names of their letters begin."""


def plain_name(name: str) -> str:
    """Give the form in which names are compared: compatibility forms, capitals and white space make no difference."""
    # A sign that shows nothing keeps its neighbours from being put together, so it goes before they are, and after.
    seen = _seen(unicodedata.normalize("NFKC", _seen(name)))
    folded = _seen(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold()))
    return " ".join(folded.split())


def _seen(text: str) -> str:
    """Leave out what nobody sees; white space of any kind becomes a space."""
    spaced = (" " if sign.isspace() else sign for sign in text)
    return "".join(sign for sign in spaced if unicodedata.category(sign) not in UNSEEN and not _ignored(ord(sign)))


def _ignored(point: int) -> bool:
    return any(first <= point <= last for first, last in _IGNORED)


def mixes_scripts(name: str) -> bool:
    """Tell whether a name has Latin letters beside Cyrillic or Greek ones, or these beside each other."""
    letters = {unicodedata.name(sign, "").partition(" ")[0] for sign in plain_name(name) if sign.isalpha()}
    return len(letters.intersection(_SCRIPTS)) > 1


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells an erased name when it comes back: HMAC-SHA-256 of its plain form, under a key of its own.

    It cannot be read. Whoever has the catalogue can still try names one by one, since the key lies beside it: so only
    names of people with several accounts get one.
    """

    account: str
    key: str
    digest: str

    @classmethod
    def of(cls, account: str, key: str, name: str) -> Mark:
        """Make the mark of a name; ``key`` is hexadecimal and chosen at random."""
        return cls(account, key, hmac.digest(bytes.fromhex(key), plain_name(name).encode(), "sha256").hex())

    def fits(self, name: str) -> bool:
        """Tell whether this is the name."""
        return hmac.compare_digest(self.digest, Mark.of(self.account, self.key, name).digest)


@dataclass(frozen=True, slots=True)
class People:
    """The accounts (opaque id → name, None once erased), and which of them were said to be one person."""

    names: Mapping[str, str | None]
    links: tuple[tuple[str, str], ...] = ()
    marks: tuple[Mark, ...] = ()

    def same(self, one: str, other: str) -> bool:
        """Tell whether two accounts are one person."""
        return other in self.accounts_of(one)

    def accounts_of(self, account: str) -> frozenset[str]:
        """Give every account of the person who has this one: by name, by link, and by any chain of both."""
        found, todo = {account}, [account]
        while todo:
            new = self._beside(todo.pop()) - found
            found |= new
            todo.extend(new)
        return frozenset(found)

    def written_by(self, account: str, authors: Iterable[str]) -> bool:
        """Tell whether the person who has this account is among the authors."""
        return not self.accounts_of(account).isdisjoint(authors)

    def called(self, name: str) -> tuple[str, ...]:
        """Give the accounts whose names are the same when compared, sorted."""
        wanted = plain_name(name)
        return tuple(sorted(key for key, own in self.names.items() if own is not None and plain_name(own) == wanted))

    def known_as(self, name: str) -> tuple[str, ...]:
        """Give the accounts of this name, those included whose name was erased and is still known again, sorted."""
        marked = {mark.account for mark in self.marks if mark.fits(name)}
        return tuple(sorted({*self.called(name), *marked}))

    def shown(self, account: str) -> str:
        """Give the name of an account as people read it; its id once the name is erased."""
        return self.names.get(account) or f"erased account {account[:8]}"

    def _beside(self, account: str) -> set[str]:
        """Give the accounts that are one person with this one at first hand."""
        name = self.names.get(account)
        found = set(self.known_as(name)) if name is not None else set()
        mine = [mark for mark in self.marks if mark.account == account]
        found |= {key for key, own in self.names.items() if own is not None and any(m.fits(own) for m in mine)}
        return found | {b for a, b in self.links if a == account} | {a for a, b in self.links if b == account}
