"""Understanding a question without a model: text in, typed question form out.

Four steps, each a table: words become symbols (``lexer``), neighbouring symbols become phrases
(``chunks``), and the set of phrases decides the question form (``level0`` to ``level2``, rules of
``clause``). Words that fit nowhere make the question "not understood"; they are never ignored.
The work is linear in the length of the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language import level0, level1, level2, options, text
from hispatial_ros.language.chunks import QUANTITIES, rewrite
from hispatial_ros.language.clause import Clause
from hispatial_ros.language.forms import (
    Count,
    Exists,
    Form,
    Holds,
    Position,
    RelativeDirection,
    Select,
    Summary,
)
from hispatial_ros.language.lexer import Atom, lex
from hispatial_ros.language.names import Names
from hispatial_ros.language.question import Question, Viewpoint
from hispatial_ros.language.terms import CAMERA, Kind, Order, Reference, RelationTo

RULES = (*level0.RULES, *level2.RULES, *level1.RULES)

UNDERSTOOD = (
    "how far is X",
    "how tall/wide/deep/long/big is X",
    "where is X",
    "the 3D box of X",
    "what is at pixel (u, v)",
    "the distance (or closest, horizontal, vertical distance) between X and Y",
    "which is nearer/larger/taller/further left, X or Y",
    "what is the nearest object",
    "is X left of/above/behind/on/touching Y",
    "is X closer than 1.5 m",
    "what is left of X",
    "how many objects are behind X",
    "rank X, Y and Z from near to far",
    "the direction from X to Y",
    "describe the scene",
)

_ROLES = ("from", "to", "of", "than", "relative", "with", "at", "on", "in")
_QUESTION_SYMBOLS = frozenset(
    {"WHAT", "WHICH", "WHERE", "HOW", "HOW_MUCH", "COUNT", "LIST", "RANK", "DESCRIBE"}
)
_QUESTION_WORDS = frozenset({"how", "what", "which", "where"})


def parse(
    question: str, labels: Sequence[str] = (), *, max_length: int = text.MAX_LENGTH
) -> Question:
    """Parse a question about objects that are called ``labels``.

    Names that match no label still parse (as unknown names); whether they can be resolved is
    decided by ``Names.resolve``.

    Raises:
        SpatialError: BAD_QUESTION if it is not text of a sane length, QUESTION_NOT_UNDERSTOOD
            with the list of what is.
    """
    cleaned = text.clean(question, max_length)
    names = Names(labels)
    stem, choices = options.split(cleaned)
    lexed = lex(stem, names)
    atoms = rewrite(lexed.atoms, names)
    clause, extras = _clause(atoms)
    form = _form(clause, names)
    if form is None:
        raise SpatialError(ErrorCode.QUESTION_NOT_UNDERSTOOD, not_understood(cleaned))
    view = extras.get("VIEW")
    if view is not None and view.at != CAMERA:
        form = _seen_by(form, view)
    return Question(
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
    """Sort the phrases of a question into references and other symbols."""
    clause, extras = Clause(), {}
    refs: list[Reference] = []
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
            clause.add("ORDER", Order(*atom.value[:2]))
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
        if symbol not in ("the", "BOTH", "separator"):
            role = symbol if symbol in _ROLES else ""
    if (clause.has("BE") or clause.has("IF")) and not _asks(atoms):
        clause.add("YESNO")
    if clause.symbols.keys() & {"DISTANCE", "GAP", "DIRECTION", "RELATIVE_DIRECTION", "SPACE"}:
        clause.symbols.pop("MOVE", None)  # "how far do I have to go"
    if clause.symbols.keys() & QUANTITIES:
        clause.symbols.pop("EXIST", None)  # "how much space is there"
        if not clause.has("BY"):
            clause.symbols.pop("LIST", None)  # "show me the distance"
    clause.refs, clause.roles = tuple(refs), tuple(roles)
    return clause, extras


def _asks(atoms: Sequence[Atom]) -> bool:
    """Whether something is asked for, other than yes or no."""
    return any(
        a.symbol in _QUESTION_SYMBOLS or (a.symbol.isupper() and _QUESTION_WORDS & set(a.words))
        for a in atoms
    )


def _form(clause: Clause, names: Names) -> Form | None:
    if any(
        role in ("in", "at", "with") and reference.kind is not Kind.PIXEL
        for reference, role in zip(clause.refs, clause.roles, strict=True)
    ):
        return None  # "what is in the bowl?"
    for rule in RULES:
        if rule.fits(clause):
            form = rule.build(clause)
            # "What is the weather?": only what is known can be summarised.
            if isinstance(form, Summary) and not all(map(names.knows, form.objects)):
                return None
            return form
    return None


def _seen_by(form: Form, view: Viewpoint) -> Form:
    """An observer's own left and right: what is related to the camera is related to them."""
    if isinstance(form, RelativeDirection) and form.second == CAMERA:
        return replace(form, second=view.at)
    if isinstance(form, Position) and len(form.objects) == 1:
        return RelativeDirection(form.objects[0], view.at)
    if isinstance(form, (Holds, Select, Count, Exists)):
        condition = form.condition
        if isinstance(condition, RelationTo) and condition.reference == CAMERA:
            return replace(form, condition=replace(condition, reference=view.at))
    return form
