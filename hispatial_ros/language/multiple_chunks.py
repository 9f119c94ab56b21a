"""Phrases that compare by a factor: "at least twice as tall as the desk"."""

from __future__ import annotations

from hispatial_ros.language.chunk import Built, Chunk
from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.terms import Attribute, Multiple, Order

# Of coordinates, and of what is smaller, nothing is a multiple: "twice as near" is refused.
_ATTRIBUTES = {"SIZE": Attribute.VOLUME, "AWAY": Attribute.DISTANCE, "DISTANCE": Attribute.DISTANCE}
_COMPARABLE = frozenset(Attribute) - {Attribute.RIGHT, Attribute.FORWARD}


def _bounded(bound: Atom, than: Atom | None, times: Atom) -> Built:
    """ "More than twice", "at least three times"."""
    return Atom("MULTIPLE", (bound.value, times.value), times.words)


def _multiple(multiple: Atom, what: Atom, than: Atom | None, mention: Atom) -> Built:
    """ "Twice as tall as the desk", "twice the height of the desk"."""
    if what.symbol == "ORDER":
        attribute, descending, superlative = what.value
        if superlative or not descending or attribute not in _COMPARABLE:
            return None
    elif what.symbol == "AWAY" and what.words[0] not in ("far", "distant"):
        return None
    else:
        attribute = _ATTRIBUTES.get(what.symbol, what.value)
    if attribute is Attribute.UP:  # "twice as high" is said of a thing's height
        attribute = Attribute.HEIGHT
    operator, factor = multiple.value
    compared = Multiple(Order(attribute, True), operator, factor, mention.value)
    words = than.words if than is not None else ()
    return Atom("CONDITION", compared, words)


def _of_its_dimension(multiple: Atom, mention: Atom, s: Atom, what: Atom) -> Built:
    """ "Twice the desk's height"."""
    return _multiple(multiple, what, None, mention)


MULTIPLES: tuple[Chunk, ...] = (
    Chunk("MORE|LIMIT than? TIMES", _bounded),
    Chunk("TIMES", lambda times: Atom("MULTIPLE", ("=", times.value), times.words)),
    Chunk("MULTIPLE ORDER than NP", _multiple),
    Chunk("MULTIPLE DIMENSION|SIZE|AWAY|DISTANCE of|than? NP", _multiple),
    Chunk("MULTIPLE NP 's DIMENSION|SIZE|DISTANCE", _of_its_dimension),
)
