"""Putting symbols together into phrases: a cascade of small rewriting rules.

Each rule is a short pattern over neighbouring symbols and what they become; the rules are applied
in turn, each once from left to right, so the work is linear in the length of the question."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest

from hispatial_ros.language.chunk import Built, Chunk
from hispatial_ros.language.condition_chunks import (
    BETWEEN,
    CHOSEN_AMONG,
    COMBINATIONS,
    LIMITS,
    RELATIONS,
    RESTRICTIONS,
    contained,
)
from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.multiple_chunks import MULTIPLES
from hispatial_ros.language.names import Names
from hispatial_ros.language.noun_phrases import QUANTIFIERS, lists, noun_phrases
from hispatial_ros.language.order_chunks import (
    ANCHORED,
    BESIDE,
    COMPARISONS,
    ON_SIDE,
    SELECTORS,
    THE_ONE,
)
from hispatial_ros.language.question import mentions
from hispatial_ros.language.terms import Kind
from hispatial_ros.language.view_chunks import VIEWS

QUANTITIES = frozenset(
    {"DISTANCE", "GAP", "DIMENSION", "SIZE", "POSITION", "BOX", "DIFFERENCE", "HOW_MUCH", "WHERE"}
    | {"SPACE"}
)
ORDERS = frozenset(
    {"ORDER", "ANCHORED", "SIDE", "SIDES", "APART", "LIMITED", "DIRECTION", "RELATIVE_DIRECTION"}
    | {"BEARING", "RATIO", "AXIS", "CENTERS", "SPACE", "RANK", "DEPTH_VALUE", "CONDITION"}
)


def _which(which: Atom, mention: Atom) -> Built:
    if which.words[0] in ("what", "whats") and not mention.value.many:
        return None
    if mention.value.selector or mention.value.kind is Kind.PIXEL:
        return None
    return Atom("WHICH", replace(mention.value, plural=True), which.words)


def _count(count: Atom, of: Atom | None, mention: Atom) -> Built:
    return Atom("COUNT", replace(mention.value, plural=True))


def _that(asked: Atom, which: Atom) -> Built:
    """ "The number of chairs which are ...": a pronoun."""
    return [asked, Atom("that", words=which.words)] if which.value is None else None


QUESTIONS: tuple[Chunk, ...] = (
    Chunk("WHICH|WHAT NP", _which),
    Chunk("COUNT of? NP", _count),
    Chunk("NP COUNT", lambda np, count: _count(count, None, np)),
    Chunk("NP separator COUNT", lambda np, s, count: _count(count, None, np)),
    Chunk("COUNT|WHICH WHICH BE", lambda asked, which, be: _that(asked, which)),
)


# Before objects are gathered into lists, after, and where a quantity is asked for.
EARLY = (*VIEWS, *SELECTORS, *QUESTIONS)
LATE = (*MULTIPLES, *COMPARISONS, *LIMITS, *RELATIONS)
RESTRICTED = (*RESTRICTIONS, BESIDE, ON_SIDE)


def rewrite(atoms: list[Atom], names: Names) -> list[Atom]:
    """The whole cascade: before objects are gathered into lists, and after."""
    atoms = noun_phrases(_apply(QUANTIFIERS, atoms), names)
    atoms = _without_one(_apply(THE_ONE, atoms))
    atoms = _apply(EARLY, atoms)
    if not {a.symbol for a in atoms} & {"DISTANCE", "GAP", "DIRECTION", "APART"}:
        atoms = ANCHORED.apply(atoms)
    atoms = lists([a for a in atoms if a.symbol != "the"])
    atoms = _apply((contained(names), *LATE), _without_topic(atoms))
    symbols = {a.symbol for a in atoms}
    if not symbols & (QUANTITIES | ORDERS):
        atoms = BETWEEN.apply(atoms)
    atoms = _apply(COMBINATIONS, atoms)
    if symbols & (QUANTITIES | {"MOVE"}) and not symbols & {"HOW_MUCH", "YESNO"}:
        atoms = _apply(RESTRICTED, atoms)
    elif atoms and atoms[0].symbol not in ("BE", "IF", "EXIST"):
        atoms = _apply((*CHOSEN_AMONG, *CHOSEN_AMONG), atoms)  # by two conditions at most
    return atoms


def _without_one(atoms: list[Atom]) -> list[Atom]:
    """ "The one nearest the door" is no "nearest door"."""
    return [
        atom
        for atom, following in zip_longest(atoms, atoms[1:])
        if atom.symbol != "ONE"
        and not (atom.symbol == "the" and following is not None and following.symbol == "ONE")
    ]


def _without_topic(atoms: list[Atom]) -> list[Atom]:
    """Without "considering the positions of A and B, ...", if it says no more than the rest."""
    if len(atoms) < 3 or atoms[0].symbol != "TOPIC" or atoms[1].symbol not in ("NP", "LIST_OF"):
        return atoms
    rest = atoms[2:]
    later = {r.words for atom in rest for r in mentions(atom.value)}
    named = [r for r in mentions(atoms[1].value) if r.kind is not Kind.ANY]
    return rest if all(r.words in later for r in named) else atoms


def _apply(chunks: tuple[Chunk, ...], atoms: list[Atom]) -> list[Atom]:
    for chunk in chunks:
        atoms = chunk.apply(atoms)
    return atoms
