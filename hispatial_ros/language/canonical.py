"""The parse of a question as one line of text, for tests, logs and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from hispatial_ros.errors import SpatialError
from hispatial_ros.language.names import Names
from hispatial_ros.language.question import Question
from hispatial_ros.language.terms import Kind, Reference


def canonical(question: Question, labels: Sequence[str]) -> str:
    """``str(question)`` with unique names replaced by their labels and class names singular."""
    return str(_rewrite(question, Names(labels)))


def _rewrite(value: Any, names: Names) -> Any:
    if isinstance(value, Reference) and value.kind is Kind.OBJECT:
        value = _named(value, names)
    if isinstance(value, tuple):
        return tuple(_rewrite(v, names) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: _rewrite(getattr(value, f.name), names) for f in fields(value) if f.init}
        return replace(value, **parts)
    return value


def _named(reference: Reference, names: Names) -> Reference:
    try:
        found = names.resolve(reference)
    except SpatialError:
        return reference
    if len(found) == 1 and not reference.plural and reference.number is None:
        return replace(reference, words=tuple(names.labels[found[0]].split()))
    return replace(reference, words=names.class_name(reference.words))
