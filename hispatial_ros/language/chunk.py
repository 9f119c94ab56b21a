"""Rewriting rules over neighbouring symbols, the means by which symbols become phrases.

Pattern notation: symbols by name, ``X|Y`` alternatives, a trailing ``?`` optional.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.terms import CAMERA, Mention

Built = Atom | list[Atom] | None
NP = "NP|CAMERA"  # whatever can be referred to


@dataclass(frozen=True)
class Chunk:
    """One rewriting rule. ``build`` gets the matched atoms by pattern position (None where an
    optional one is missing) and returns what replaces them, or None to leave them."""

    pattern: str
    build: Callable[..., Built]

    def match(self, atoms: Sequence[Atom], i: int) -> tuple[list[Atom | None], int] | None:
        matched: list[Atom | None] = []
        for element in self.pattern.split():
            if i < len(atoms) and atoms[i].symbol in element.rstrip("?").split("|"):
                matched.append(atoms[i])
                i += 1
            elif element.endswith("?"):
                matched.append(None)
            else:
                return None
        return matched, i

    def apply(self, atoms: list[Atom]) -> list[Atom]:
        out: list[Atom] = []
        i = 0
        while i < len(atoms):
            found = self.match(atoms, i)
            built = self.build(*found[0]) if found else None
            if found is None or built is None:
                out.append(atoms[i])
                i += 1
            else:
                out.extend(built if isinstance(built, list) else [built])
                i = found[1]
        return out


def ref(atom: Atom) -> Mention:
    """What a noun phrase, or the camera, refers to."""
    return CAMERA if atom.symbol == "CAMERA" else atom.value


def noun(mention: Mention) -> Atom:
    return Atom("NP", mention)
