"""Nearest names: what somebody may have meant.

Likeness is the share of matching characters (Ratcliff and Obershelp, as ``difflib`` has it), case ignored. It is dear to
work out, so it is worked out last: characters in common and the longest common subsequence bound it from above, and most
names fall to these.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable

PART = 0.3
"""What is added to the likeness of a name that holds the word, or is a part of it: people type what they remember."""
SUBSEQUENCES, LIKENESSES = 2_000, 100
"""So many bounds and likenesses are worked out for one word. Among very many names as alike, those are passed over that
come late by characters in common and alphabet: the same ones for whoever asks."""


class Book:
    """Names, prepared for being looked through again and again: some 100 nanoseconds for each name and word."""

    __slots__ = ("_count", "_groups", "_masks")

    def __init__(self, names: Iterable[str]) -> None:
        self._count = 0
        self._masks: dict[str, list[int]] = {}
        self._groups: dict[int, tuple[list[int], list[str]]] = {}
        for name in sorted({*names} - {""}):
            low = name.lower()
            signatures, group = self._groups.setdefault(len(low), ([], []))
            signatures.append(self._signature(low))
            group.append(name)

    def _signature(self, low: str) -> int:
        """Give a number that has a bit for each character and how often it came: common bits count common characters."""
        found, masks = 0, self._masks
        for character in set(low):
            times = low.count(character)
            try:
                found |= masks[character][times]
            except (KeyError, IndexError):
                found |= self._mask(character, times)
        return found

    def _mask(self, character: str, times: int) -> int:
        """Make the bits of a character that came so often; those for fewer times are the lower of them."""
        mine = self._masks.setdefault(character, [0])
        while len(mine) <= times:
            mine.append(mine[-1] | 1 << self._count)
            self._count += 1
        return mine[times]

    def _asked(self, low: str) -> int:
        """Give the same for a word, of which nothing is remembered: words come from strangers."""
        found = 0
        for character in set(low):
            mine = self._masks.get(character, [0])
            found |= mine[min(low.count(character), len(mine) - 1)]
        return found

    def nearest(self, word: str, most: int = 3, least: float = 0.5) -> list[str]:
        """Give up to ``most`` names that resemble ``word``, best first; ties in alphabetical order."""
        low = word.lower()
        size, asked, best = len(low), self._asked(low), _Best(low, most, least)
        lengths = sorted(self._groups, key=lambda length: (-min(size, length) / (size + length), length))
        for length in lengths:
            whole = min(size, length)
            if 2.0 * whole / (size + length) + PART < best.worst:
                break
            signatures, names = self._groups[length]
            common = [(signature & asked).bit_count() for signature in signatures]
            fewest = min(best.floor * (size + length) / 2.0 - 1e-9, whole)
            best.take(names, common, whole, fewest)
        return best.names


class _Best:
    """The best names so far. ``worst`` is the likeness of the last of them, once there are enough."""

    def __init__(self, low: str, most: int, least: float) -> None:
        from difflib import SequenceMatcher  # only for a name nobody knows

        self._low, self._most, self._least = low, most, least
        self._found: list[tuple[float, str]] = []
        self._matcher = SequenceMatcher(autojunk=False)
        self._matcher.set_seq2(low)
        self._places: dict[str, int] = {}
        for place, character in enumerate(low):
            self._places[character] = self._places.get(character, 0) | 1 << place
        self._subsequences, self._likenesses = SUBSEQUENCES, LIKENESSES

    @property
    def names(self) -> list[str]:
        return [name for _, name in self._found]

    @property
    def worst(self) -> float:
        return -self._found[-1][0] if len(self._found) == self._most else 0.0

    @property
    def floor(self) -> float:
        """The likeness below which a name is not worth weighing, unless it holds the word."""
        return max(self.worst, self._least)

    def take(self, names: list[str], common: list[int], whole: int, fewest: float) -> None:
        """Take in the best of some names of one length, in order, with how many characters each has in common."""
        for count in range(max(common), -1, -1):
            if count < fewest:
                return
            place = -1
            for _ in range(common.count(count)):
                place = common.index(count, place + 1)
                if not self._weigh(names[place], count, whole=count == whole):
                    # Those behind come later in the alphabet, or have less in common: none of them enters either.
                    return

    def _weigh(self, name: str, common: int, *, whole: bool) -> bool:
        """Take a name in if it is among the best; tell whether one with no more in ``common`` might be, too.

        ``whole`` says that it has all characters in common that it can have.
        """
        other = name.lower()
        total = len(self._low) + len(other)
        bound = 2.0 * common / total
        if not self._enters(bound + PART if whole else bound, name):
            return False
        if whole and self._low and (self._low in other or other in self._low):
            self._put(bound + PART, name)
        elif self._subsequences <= 0 or self._likenesses <= 0:
            return whole
        elif bound >= self._least and self._enters(bound, name):
            self._liken(other, name, total)
        return True

    def _liken(self, other: str, name: str, total: int) -> None:
        self._subsequences -= 1
        bound = 2.0 * self._subsequence(other) / total
        if bound < self._least or not self._enters(bound, name):
            return
        self._likenesses -= 1
        self._matcher.set_seq1(other)
        score = self._matcher.ratio()
        if score >= self._least and self._enters(score, name):
            self._put(score, name)

    def _enters(self, score: float, name: str) -> bool:
        return len(self._found) < self._most or (-score, name) < self._found[-1]

    def _put(self, score: float, name: str) -> None:
        insort(self._found, (-score, name))
        del self._found[self._most :]

    def _subsequence(self, other: str) -> int:
        """Give the length of the longest common subsequence, by sums over bits (Crochemore and others)."""
        places, row = self._places, (1 << len(self._low)) - 1
        full = row
        for character in other:
            here = row & places.get(character, 0)
            row = (row + here) | (row - here)
        return len(self._low) - (row & full).bit_count()


def nearest(word: str, names: Iterable[str], most: int = 3, least: float = 0.5) -> list[str]:
    """Give up to ``most`` names that resemble ``word``, best first; ties in alphabetical order.

    A name that holds the word, or that the word holds, counts as near however long it is.
    """
    return Book(names).nearest(word, most, least)


def did_you_mean(word: str, names: Iterable[str] | Book) -> str:
    """Write the hint "did you mean a, b or c?", or nothing when no name is near."""
    near = (names if isinstance(names, Book) else Book(names)).nearest(word, least=0.6)
    if not near:
        return ""
    return f"did you mean {' or '.join([', '.join(near[:-1]), near[-1]] if len(near) > 1 else near)}?"
