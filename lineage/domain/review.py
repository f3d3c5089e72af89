"""Who is the same person: accounts that are called alike, and accounts that somebody said belong together.

Four eyes are two people, not two accounts. Accounts only ever come together here and never apart, so that nobody can
make two people out of one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

UNSEEN = frozenset({"Cc", "Cf"})
"""Unicode categories of characters that nobody sees; two names that differ in them alone look the same."""


def plain_name(name: str) -> str:
    """Give the form in which names are compared: compatibility forms, capitals and white space make no difference."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    spaced = "".join(" " if sign.isspace() else sign for sign in folded)
    return " ".join("".join(sign for sign in spaced if unicodedata.category(sign) not in UNSEEN).split())


@dataclass(frozen=True, slots=True)
class People:
    """The accounts (opaque id → name, None once erased), and which of them were said to be one person."""

    names: Mapping[str, str | None]
    links: tuple[tuple[str, str], ...] = ()

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

    def shown(self, account: str) -> str:
        """Give the name of an account as people read it; its id once the name is erased."""
        return self.names.get(account) or f"erased account {account[:8]}"

    def _beside(self, account: str) -> set[str]:
        """Give the accounts that are one person with this one at first hand."""
        name = self.names.get(account)
        found = set(self.called(name)) if name is not None else set()
        return found | {b for a, b in self.links if a == account} | {a for a, b in self.links if b == account}
