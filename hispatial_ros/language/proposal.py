"""A place for a small language model: it may propose a form where the grammar refuses.

None is used by default. What is proposed counts only if it is made of the types that the grammar
makes forms of, names what is known and sends nobody anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hispatial_ros.language.forms import Approach, Form
from hispatial_ros.language.names import names_of
from hispatial_ros.language.nouns import SIDE_ORDERS
from hispatial_ros.language.question import mentions, parts
from hispatial_ros.language.relation_forms import Distance
from hispatial_ros.language.terms import AXES, Converse, Limit, Multiple, RelationTo

# From a question and the labels of its scene; None: it has nothing to propose.
Proposer = Callable[[str, Sequence[str]], Form | None]

_PREDICATES = {*SIDE_ORDERS, "on", "inside", "touching", "near"}
_OPERATORS = {"<", "<=", ">", ">=", "=", ".."}


def proposed(question: str, labels: Sequence[str], propose: Proposer) -> Form | None:
    """The form that is proposed, if it could be the grammar's own."""
    form = propose(question, labels)
    if not isinstance(form, Form) or isinstance(form, Approach) or not _is_a(form, type(form)):
        return None
    names = names_of(tuple(labels))
    known = all(map(names.knows, mentions(form)))
    return form if known and all(map(_is_meaningful, parts(form))) else None


def _is_meaningful(part: Any) -> bool:
    if isinstance(part, Approach):
        return False
    if isinstance(part, (RelationTo, Converse)):
        return part.predicate in _PREDICATES
    if isinstance(part, (Distance, Limit)) and part.axis not in (None, *AXES):
        return False
    return not isinstance(part, (Limit, Multiple)) or part.operator in _OPERATORS


def _is_a(value: Any, kind: Any) -> bool:
    """Whether a value, and all that it is made of, has the declared types."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(_is_a(value, one) for one in arguments)
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            arguments = arguments[:1] * len(value) if isinstance(value, tuple) else arguments
        same = isinstance(value, tuple) and len(value) == len(arguments)
        return same and all(map(_is_a, value, arguments))
    if not isinstance(value, (int, float) if kind is float else kind):
        return False
    if not is_dataclass(value):
        return True
    hints = get_type_hints(type(value))
    return all(_is_a(getattr(value, f.name), hints[f.name]) for f in fields(value))
