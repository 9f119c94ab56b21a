"""The parse of a question as one line of text, for tests, logs and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from hispatial_ros.errors import SpatialError
from hispatial_ros.language.names import Names
from hispatial_ros.language.question import ParsedQuestion
from hispatial_ros.language.terms import Kind, Mention


def canonical(question: ParsedQuestion, labels: Sequence[str]) -> str:
    """``str(question)`` with unique names replaced by their labels and class names singular."""
    return str(_rewrite(question, Names(labels)))


def _rewrite(value: Any, names: Names) -> Any:
    if isinstance(value, Mention) and value.kind is Kind.OBJECT:
        value = _named(value, names)
    if isinstance(value, tuple):
        return tuple(_rewrite(v, names) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: _rewrite(getattr(value, f.name), names) for f in fields(value) if f.init}
        return replace(value, **parts)
    return value


def _named(mention: Mention, names: Names) -> Mention:
    try:
        found = names.resolve(mention)
    except SpatialError:
        return mention
    if len(found) == 1 and not mention.plural and mention.number is None:
        return replace(mention, words=tuple(names.labels[found[0]].split()))
    return replace(mention, words=names.class_name(mention.words))
