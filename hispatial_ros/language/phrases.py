"""Phrase tables: a compact notation for wordings, and the longest-match lookup in them.

Notation: ``a b`` words in order, ``(a|b)`` alternatives, ``[a]`` optional, and both nest.
``"how (far|distant) [away]"`` stands for four wordings; ``"a | b"`` for two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Wording = tuple[str, ...]
_PARTS = re.compile(r"\d+|[^\d\s]+")  # "3d" is read as "3", "d", as in questions


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


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


def notations(text: str) -> list[str]:
    """The notations of a table's entry: one per line, or more lines while a bracket is open or
    an indented continuation follows."""
    found: list[str] = []
    indent = min((len(x) - len(x.lstrip()) for x in text.splitlines() if x.strip()), default=0)
    for line in text.splitlines():
        if not line.strip():
            continue
        continues = found and len(line) - len(line.lstrip()) > indent
        if continues:
            found[-1] += " " + line.strip()
        else:
            found.append(line.strip())
    return found


class PhraseTable:
    """A trie from wordings to their values."""

    ARTICLES = frozenset({"the", "a", "an"})

    def __init__(self) -> None:
        self._root: _Node = _Node()
        self.vocabulary: set[str] = set()

    def add(self, phrases: Mapping[Any, str]) -> None:
        for value, text in phrases.items():
            for notation in notations(text):
                for wording in expand(notation):
                    self._insert(wording, value)

    def _insert(self, wording: Wording, value: Any) -> None:
        node = self._root
        for word in _PARTS.findall(" ".join(wording)):
            node = node.children.setdefault(word, _Node())
            self.vocabulary.add(word)
        if value not in node.values:
            node.values.append(value)

    def all(self, words: Sequence[str], start: int) -> list[tuple[int, Any]]:
        """(length, value) of every wording that begins at ``start``.

        Articles within a wording are passed over.
        """
        node, found = self._root, []
        for i in range(start, len(words)):
            following = node.children.get(words[i])
            if following is None:
                # One at a time, or "the the the ..." would take quadratic time.
                if words[i] in self.ARTICLES and i > start and words[i - 1] not in self.ARTICLES:
                    continue
                break
            node = following
            found += [(i + 1 - start, value) for value in node.values]
        return found


class _Node:
    __slots__ = ("children", "values")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.values: list[Any] = []
