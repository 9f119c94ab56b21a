"""Putting symbols together into phrases: a cascade of small rewriting rules.

Each rule is a short pattern over neighbouring symbols and what they become; the rules are applied
in turn, each once from left to right, so the work is linear in the length of the question."""

from __future__ import annotations

from dataclasses import replace

from hispatial_ros.language.chunk import Built, Chunk
from hispatial_ros.language.condition_chunks import BETWEEN, LIMITS, RELATIONS, RESTRICTIONS
from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.names import Names
from hispatial_ros.language.noun_phrases import lists, noun_phrases
from hispatial_ros.language.order_chunks import ANCHORED, COMPARISONS, ON_SIDE, SELECTORS
from hispatial_ros.language.terms import Kind
from hispatial_ros.language.view_chunks import VIEWS

QUANTITIES = frozenset(
    {"DISTANCE", "GAP", "DIMENSION", "SIZE", "POSITION", "BOX", "DIFFERENCE", "HOW_MUCH", "WHERE"}
    | {"SPACE"}
)
ORDERS = frozenset(
    {"ORDER", "ANCHORED", "SIDE", "SIDES", "APART", "LIMITED", "DIRECTION", "RELATIVE_DIRECTION"}
    | {"AXIS", "CENTERS", "SPACE", "RANK", "DEPTH_VALUE", "CONDITION"}
)


def _which(which: Atom, reference: Atom) -> Built:
    if which.words[0] in ("what", "whats") and not reference.value.many:
        return None
    if reference.value.selector or reference.value.kind is Kind.PIXEL:
        return None
    return Atom("WHICH", replace(reference.value, plural=True), which.words)


def _count(count: Atom, of: Atom | None, reference: Atom) -> Built:
    return Atom("COUNT", replace(reference.value, plural=True))


QUESTIONS: tuple[Chunk, ...] = (
    Chunk("WHICH|WHAT NP", _which),
    Chunk("COUNT of? NP", _count),
)


# Before objects are gathered into lists, after, and where a quantity is asked for.
EARLY = (*VIEWS, *SELECTORS, *QUESTIONS)
LATE = (*COMPARISONS, *LIMITS, *RELATIONS)
RESTRICTED = (*RESTRICTIONS, ON_SIDE)


def rewrite(atoms: list[Atom], names: Names) -> list[Atom]:
    """The whole cascade: before objects are gathered into lists, and after."""
    atoms = noun_phrases(atoms, names)
    atoms = [a for a in atoms if a.symbol != "ONE"]
    atoms = _apply(EARLY, atoms)
    if not {a.symbol for a in atoms} & {"DISTANCE", "GAP", "DIRECTION", "APART"}:
        atoms = ANCHORED.apply(atoms)
    atoms = lists([a for a in atoms if a.symbol != "the"])
    atoms = _apply(LATE, atoms)
    symbols = {a.symbol for a in atoms}
    if not symbols & (QUANTITIES | ORDERS):
        atoms = BETWEEN.apply(atoms)
    if symbols & QUANTITIES and not symbols & {"HOW_MUCH", "YESNO"}:
        atoms = _apply(RESTRICTED, atoms)
    return atoms


def _apply(chunks: tuple[Chunk, ...], atoms: list[Atom]) -> list[Atom]:
    for chunk in chunks:
        atoms = chunk.apply(atoms)
    return atoms
