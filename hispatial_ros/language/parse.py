"""Understanding a question without a model: text in, typed question form out.

Four steps, each a table: words become symbols (``lexer``), neighbouring symbols become phrases
(``chunks``), and the set of phrases decides the question form (``level0`` to ``level2``, rules of
``clause``). Words that fit nowhere make the question "not understood"; they are never ignored.
The work is linear in the length of the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language import level0, level1, level2, options, text
from hispatial_ros.language.chunks import QUANTITIES, rewrite
from hispatial_ros.language.clause import Clause
from hispatial_ros.language.forms import Form, Several, Summary
from hispatial_ros.language.lexer import Atom, lex
from hispatial_ros.language.names import Names
from hispatial_ros.language.perspective import out_of_view, seen_by
from hispatial_ros.language.question import ParsedQuestion
from hispatial_ros.language.relation_forms import Extreme, Rank
from hispatial_ros.language.terms import CAMERA, Attribute, Kind, Mention, Order

RULES = (*level0.RULES, *level2.RULES, *level1.RULES)

UNDERSTOOD = (
    "how far is X",
    "how tall/wide/deep/long/big is X",
    "where is X",
    "go to X, how do I get to X",
    "the 3D box of X",
    "what is at pixel (u, v)",
    "the distance (or closest, horizontal, vertical distance) between X and Y",
    "which is nearer/larger/taller/further left, X or Y",
    "what is the nearest object",
    "is X left of/above/behind/on/touching Y",
    "is X closer than 1.5 m",
    "what is left of X",
    "how many objects are behind X, which are not on Y",
    "is X in Y, is X left of Y and closer than 2 m",
    "how many times taller is X than Y, is X at least twice as tall as Y",
    "the bearing of X, at what o'clock is X",
    "can a 60 cm wide robot pass between X and Y",
    "rank X, Y and Z from near to far",
    "the direction from X to Y",
    "describe the scene",
)

OUT_OF_VIEW = (
    "what is behind the camera is out of its view: turn the camera and ask again; for what is far "
    "back in the image, ask what is farthest"
)

_COORDINATED = frozenset(
    {"DISTANCE", "DIMENSION", "SIZE", "POSITION", "WHERE", "BOX", "ABOVE_GROUND"}
)
_ROLES = ("from", "to", "of", "than", "relative", "with", "at", "on", "in")
_QUESTION_SYMBOLS = frozenset(
    {"WHAT", "WHICH", "WHERE", "HOW", "HOW_MUCH", "COUNT", "LIST", "RANK", "DESCRIBE"}
)
_ONCE = ("CONDITION", "LIMITED", "ORDER", "SIDE", "SIDES", "AXIS")
_TRANSPARENT = ("the", "BOTH", "separator")  # between a preposition and its object
_OPENERS = frozenset({"WHAT", "WHICH", "WHERE", "HOW", "HOW_MUCH", "COUNT"})
_QUESTION_WORDS = frozenset({"how", "what", "which", "where"})


def parse(
    question: str, labels: Sequence[str] = (), *, max_length: int = text.MAX_LENGTH
) -> ParsedQuestion:
    """Parse a question about objects that are called ``labels``.

    Names that match no label still parse (as unknown names); whether they can be resolved is
    decided by ``Names.resolve``.

    Raises:
        SpatialError: BAD_QUESTION if it is not text of a sane length or asks what is behind the
            camera, QUESTION_NOT_UNDERSTOOD with the list of what is.
    """
    cleaned = text.clean(question, max_length)
    names = Names(labels)
    stem, choices = options.split(cleaned)
    lexed = lex(stem, names)
    atoms = rewrite(lexed.atoms, names)
    clause, extras = _clause(atoms)
    form = _several(clause, atoms, names)
    if form is None and not _two_questions(atoms):
        form = _form(clause, names)
    if form is None:
        raise SpatialError(ErrorCode.QUESTION_NOT_UNDERSTOOD, not_understood(cleaned))
    view = extras.get("VIEW")
    if view is not None and view.at != CAMERA:
        form = seen_by(form, view.at)
    if out_of_view(form):
        raise SpatialError(ErrorCode.BAD_QUESTION, OUT_OF_VIEW)
    return ParsedQuestion(
        form,
        choices,
        extras.get("FRAME"),
        view,
        extras.get("UNIT"),
        question,
        tuple(lexed.notes),
    )


def not_understood(question: str) -> str:
    shown = question if len(question) <= 80 else question[:77] + "..."
    return f"'{shown}' is not understood. Understood are: {'; '.join(UNDERSTOOD)}."


def _clause(atoms: Sequence[Atom]) -> tuple[Clause, dict[str, Any]]:
    """Sort the phrases of a question into mentions and other symbols."""
    clause, extras = Clause(), {}
    refs: list[Mention] = []
    roles: list[str] = []
    role = ""
    for atom in atoms:
        symbol = atom.symbol
        if symbol in ("FRAME", "UNIT", "VIEW"):
            extras[symbol] = atom.value
        elif symbol in ("NP", "LIST_OF"):
            members = [atom.value] if symbol == "NP" else atom.value
            refs.extend(members)
            roles.extend([role] * len(members))
        elif symbol == "ANCHORED":
            clause.add("ORDER", atom.value)
        elif symbol == "ORDER":
            clause.add("ORDER", Order(*atom.value[:2]), atom.words)
        elif symbol == "ORDINAL":
            clause.rank = atom.value
        elif symbol == "between":
            clause.add("BETWEEN")
        elif symbol.isupper():
            clause.add(symbol, atom.value, atom.words)
        if symbol == "CAMERA":
            clause.camera_role = role
            if role == "than":  # "taller than me": nothing a camera has
                clause.add("THAN_CAMERA")
        clause.either |= symbol == "or" or "or" in atom.words
        if symbol == "of" and role in ("than", "relative"):
            continue  # "greater than the depth of B"
        if symbol not in _TRANSPARENT and not (role == "than" and symbol in QUANTITIES):
            role = symbol if symbol in _ROLES else ""
    if clause.has("RANK_ASCENDING") or clause.has("RANK_DESCENDING"):
        clause.add("RANK")
    if (clause.has("BE") or clause.has("IF")) and not _asks(atoms):
        clause.add("YESNO")
    going = _goes(atoms)
    asked_for = {"DISTANCE", "DIRECTION", "RELATIVE_DIRECTION", "SPACE", "BEARING"}
    if clause.symbols.keys() & asked_for and not going:  # "how far will the chair roll"
        clause.symbols.pop("MOVE", None)  # "how far do I have to go"
    if clause.symbols.keys() & QUANTITIES:
        clause.symbols.pop("EXIST", None)  # "how much space is there"
        if not clause.has("BY"):
            clause.symbols.pop("LIST", None)  # "show me the distance"
    if clause.symbols.keys() & (QUANTITIES | {"GAP", "APART", "BETWEEN", "AWAY"}):
        clause.symbols.pop("OVER", None)  # what is over or under a length has been said
    if clause.has("YESNO") and not clause.has("PASS") and _possible(atoms):
        clause.add("POSSIBLE")
    clause.refs, clause.roles = tuple(refs), tuple(roles)
    return clause, extras


def _possible(atoms: Sequence[Atom]) -> bool:
    """ "Can A be put left of B?": what could be is not to be seen."""
    return any(
        a.symbol == "BE" and a.words[0] in ("can", "could") and b.symbol in ("NP", "LIST_OF")
        for a, b in pairwise(atoms)
    )


def _goes(atoms: Sequence[Atom]) -> bool:
    """ "How far will the chair roll": the objects themselves are said to move."""
    return any(
        a.symbol == "NP" and b.symbol == "MOVE" and b.words[0] != "to" for a, b in pairwise(atoms)
    )


def _two_questions(atoms: Sequence[Atom]) -> bool:
    """ "What is nearest, and how far is it?": to answer one of two would be half an answer."""
    asked = joined = False
    for atom in atoms:
        if asked and joined and (atom.symbol in _OPENERS or "how" in atom.words):
            return True
        asked |= atom.symbol in _OPENERS or "how" in atom.words
        joined = atom.symbol == "and" or (joined and atom.symbol in ("separator", "the"))
    return False


def _asks(atoms: Sequence[Atom]) -> bool:
    """Whether something is asked for, other than yes or no."""
    return any(
        a.symbol in _QUESTION_SYMBOLS or (a.symbol.isupper() and _QUESTION_WORDS & set(a.words))
        for a in atoms
    )


def _form(clause: Clause, names: Names) -> Form | None:
    if any(
        role in ("in", "at", "with") and mention.kind is not Kind.PIXEL
        for mention, role in zip(clause.refs, clause.roles, strict=True)
    ):
        return None  # "what is in the bowl?"
    if clause.has("CONDITION") and clause.has("LIMITED"):
        return None  # "2 m in front of you"
    if any(len(set(clause.symbols.get(symbol, ()))) > 1 for symbol in _ONCE):
        return None  # "in the sink or on the board": to answer the first would be half an answer
    for rule in RULES:
        if rule.fits(clause):
            form = rule.build(clause)
            if not _sensible(form) or clause.rank not in (1, getattr(form, "rank", 1)):
                return None
            # "What is the weather?": only what is known can be summarised.
            if isinstance(form, Summary) and not all(map(names.knows, form.objects)):
                return None
            return form
    return None


def _sensible(form: Form) -> bool:
    """Whether what was built can be meant."""
    if isinstance(form, (Extreme, Rank)):  # "objects" beside named ones: something was misread
        kinds = {candidate.kind for candidate in form.candidates}
        if len(form.candidates) > 1 and Kind.ANY in kinds:
            return False
    return True


def _several(clause: Clause, atoms: Sequence[Atom], names: Names) -> Form | None:
    """ "How far and how wide is A?": each quantity that is asked for, of the same objects."""
    asked: list[Atom] = []
    joined = 0
    for atom in atoms:
        if atom.symbol in _COORDINATED and "many" not in atom.words:  # "how many cm wide"
            if asked and not joined:
                return None
            asked.append(atom)
            joined = 0
        elif atom.symbol in ("and", "separator"):
            joined += 1
    conjunction = any(a.symbol in ("and", "but") for a in atoms)
    if len(asked) < 2 or not conjunction or not clause.refs:
        return None
    kinds = {(a.symbol, a.value) for a in asked}
    if len(kinds) < len(asked) or ("DIMENSION", Attribute.VOLUME) in kinds:  # other units
        return None
    if [a.value for a in asked] == [Attribute.WIDTH, Attribute.HEIGHT, Attribute.DEPTH]:
        return None  # its size
    parts = []
    for atom in asked:
        symbols = {s: v for s, v in clause.symbols.items() if s not in _COORDINATED}
        part = replace(clause, symbols=symbols, words=dict(clause.words))
        part.add(atom.symbol, atom.value, atom.words)
        form = _form(part, names)
        if form is None or form.level != 1:
            return None
        parts.append(form)
    return Several(tuple(parts))
