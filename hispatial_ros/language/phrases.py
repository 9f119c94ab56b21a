"""Phrase tables: a compact notation for wordings, and the longest-match lookup in them.

Notation: ``a b`` words in order, ``(a|b)`` alternatives, ``[a]`` optional, and both nest.
``"how (far|distant) [away]"`` stands for four wordings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Wording = tuple[str, ...]
_PARTS = re.compile(r"\d+|[^\d\s]+")  # "3d" is read as "3", "d", as in questions


def expand(notation: str) -> list[Wording]:
    """Every wording that the notation stands for."""
    tokens = notation
    for mark in "()[]|":
        tokens = tokens.replace(mark, f" {mark} ")
    wordings, rest = _alternatives(tokens.split())
    if rest:
        raise ValueError(f"unbalanced brackets in {notation!r}")
    return wordings


def _alternatives(tokens: Sequence[str]) -> tuple[list[Wording], Sequence[str]]:
    """Parse until a closing bracket; returns the wordings and the tokens left."""
    found: list[Wording] = []
    current: list[Wording] = [()]
    while tokens:
        head, tokens = tokens[0], tokens[1:]
        if head in ")]":
            return found + current, [head, *tokens]
        if head == "|":
            found, current = found + current, [()]
        elif head in "([":
            inner, tokens = _alternatives(tokens)
            if not tokens or tokens[0] != {"(": ")", "[": "]"}[head]:
                raise ValueError("unbalanced brackets")
            tokens = tokens[1:]
            if head == "[":
                inner = [(), *inner]
            current = [a + b for a in current for b in inner]
        else:
            current = [(*wording, head) for wording in current]
    return found + current, tokens


class PhraseTable:
    """A trie from wordings to values; a later entry never overrides an earlier one."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}
        self.vocabulary: set[str] = set()

    def add(self, notations: Mapping[Any, Iterable[str] | str]) -> None:
        for value, entries in notations.items():
            for notation in [entries] if isinstance(entries, str) else entries:
                for wording in expand(notation):
                    self._insert(wording, value)

    def _insert(self, wording: Wording, value: Any) -> None:
        node = self._root
        for word in (part for word in wording for part in _PARTS.findall(word)):
            node = node.setdefault(word, {})
            self.vocabulary.add(word)
        node.setdefault("", value)

    def longest(self, words: Sequence[str], start: int) -> tuple[int, Any]:
        """Length and value of the longest wording that begins at ``start``; (0, None) if none."""
        node, best = self._root, (0, None)
        for i in range(start, len(words)):
            node = node.get(words[i])
            if node is None:
                break
            if "" in node:
                best = (i + 1 - start, node[""])
        return best
