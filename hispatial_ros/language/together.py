"""Several questions in one, questions about what was said before, and what "it" means."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from hispatial_ros.language.forms import (
    Approach,
    Box,
    CameraDistance,
    Dimension,
    Elevation,
    Exists,
    Form,
    ImagePosition,
    ObjectForm,
    PixelContents,
    PixelDepth,
    PixelForm,
    PixelPosition,
    Position,
    Several,
    Size,
    Summary,
)
from hispatial_ros.language.frames import build
from hispatial_ros.language.names import singular
from hispatial_ros.language.nouns import IT, THEM, Refs
from hispatial_ros.language.question import mentions
from hispatial_ros.language.relation_forms import (
    Angle,
    Bearing,
    Count,
    Difference,
    Direction,
    Distance,
    Extreme,
    Holds,
    Rank,
    Ratio,
    RelativeDirection,
    Select,
)
from hispatial_ros.language.slots import Head
from hispatial_ros.language.terms import ANY, CAMERA, Attribute, ComparedTo, Kind, Mention

_TOGETHER = (
    CameraDistance, Size, Dimension, Position, Elevation, Distance, Box, ImagePosition, Bearing,
    RelativeDirection, Difference, Extreme, Ratio, Count, Select, PixelForm, Direction, Angle,
)  # fmt: skip


def what_is_meant(value: Any, antecedent: Mention, said: Mention = IT) -> Any:
    """The value with "it", or whatever was ``said``, replaced."""
    if value == said or (said == IT and value == THEM):
        return antecedent
    if isinstance(value, tuple):
        return tuple(what_is_meant(v, antecedent, said) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            f.name: what_is_meant(getattr(value, f.name), antecedent, said)
            for f in fields(value)
            if f.init
        }
        return replace(value, **changed)
    return value


def speaks_of_it(form: Any) -> bool:
    return any(m in (IT, THEM) for m in mentions(form))


def about(mention: Mention, asked: Form) -> Form | None:
    """ "There is a stool on the left; how big is it?" """
    if mention in (CAMERA, IT):
        return None
    one = mention
    if mention.words and not mention.every and singular(mention.words[-1]) == mention.words[-1]:
        one = replace(mention, plural=False)  # "there is a stool"
    if speaks_of_it(asked):
        return of_pixels(what_is_meant(asked, one))
    named = {m.words for m in mentions(asked)}
    return asked if mention.words and mention.words in named and not mention.condition else None


def of_pixels(form: Form) -> Form | None:
    """A form that was asked of "it", of a pixel perhaps; None if pixels have nothing like it."""
    objects = form.objects if isinstance(form, ObjectForm) else ()
    if not any(m.kind is Kind.PIXEL for m in objects):
        return form
    if len(objects) != 1:
        return None
    if isinstance(form, CameraDistance):
        return PixelDepth(objects[0], True)
    if isinstance(form, Dimension):
        return PixelDepth(objects[0]) if form.attribute is Attribute.DEPTH else None
    if isinstance(form, Position):
        return PixelPosition(objects[0])
    return PixelContents(objects[0]) if isinstance(form, Summary) else None


def about_several(refs: Refs, asked: Form) -> Form | None:
    """ "There are a mug and a globe; which is closer?" """
    named = tuple(replace(m, plural=False) for m in refs[0])
    if (form := of_these(asked, named)) is not None:
        return form
    words = {m.words for m in mentions(asked)}
    return asked if all(m.words in words for m in named) else None


def of_these(asked: Form, named: tuple[Mention, ...]) -> Form | None:
    """What is asked of "them", or of any, asked of those that were named; None if it is not."""
    if isinstance(asked, Several):
        parts = tuple(of_these(part, named) for part in asked.parts)
        return None if None in parts else Several(parts)  # type: ignore[arg-type]
    if len(named) < 2:
        return None
    if isinstance(asked, (Extreme, Rank)) and asked.candidates == (ANY,):
        return replace(asked, candidates=named)
    if isinstance(asked, Distance) and asked.first == THEM and asked.second is None:
        return replace(asked, first=named[0], second=named[1]) if len(named) == 2 else None
    if isinstance(asked, ObjectForm) and asked.objects == (THEM,):
        return replace(asked, objects=named)
    return None


def topic(form: Form) -> Mention | None:
    """What a question is about: what "it" means in the next."""
    if isinstance(form, Extreme) and len(form.candidates) == 1:
        kind = form.candidates[0]
        plain = replace(kind, plural=False, every=False)
        return replace(plain, selector=form.order, rank=form.rank)
    if isinstance(form, Several):
        return topic(form.parts[0])
    for name in ("objects", "first", "object", "kind"):
        value = getattr(form, name, None)
        if isinstance(value, tuple):
            return value[0] if len(value) == 1 else None
        if isinstance(value, Mention):
            return value if value.kind not in (Kind.CAMERA,) else None
    return None


def _things(form: Form) -> tuple[Mention, ...]:
    """The objects that it names, once each."""
    return tuple(dict.fromkeys(m for m in mentions(form) if m.kind is Kind.OBJECT))


def _joined(first: Form, second: Form) -> tuple[Form, ...]:
    """The questions of both, in their order."""
    return (*first.parts, second) if isinstance(first, Several) else (first, second)


def both(first: Form, second: Form) -> Form | None:
    """Two questions of any kind, one sentence each."""
    if isinstance(first, Approach) or isinstance(second, Approach):
        return None
    named = _things(first)
    second = of_these(second, named) or second
    if isinstance(first, Exists) and first.condition and second == Summary((IT,)):
        return Select(first.kind, first.condition)  # "is there something on A? what is it?"
    if speaks_of_it(second) and (meant := topic(first)) is not None:
        second = what_is_meant(second, meant)
    if speaks_of_it(first) or speaks_of_it(second):
        return None
    parts = _joined(first, second)
    return first if second in parts[:-1] else several(first, second) or Several(parts)


def several(first: Form, second: Form) -> Form | None:
    """Two questions in one, of places and measures."""
    named = _things(first)
    second = of_these(second, named) or second
    if speaks_of_it(second):
        meant = topic(first)
        if meant is None:
            return None
        second = what_is_meant(second, meant)
        if isinstance(second, Distance) and second.second is None and not second.first.many:
            return None  # "the size of the mug and the distance between them"
    if isinstance(first, Extreme) and first.candidates == (ANY,) and isinstance(second, Extreme):
        first = replace(first, candidates=second.candidates)  # "which is taller and which wider: "
    if isinstance(second, RelativeDirection) and first == Position((second.first,)):
        return second  # "where is the cat? it is on which side of the couch"
    if isinstance(first, Position) and isinstance(second, (ImagePosition, Box)):
        return second if first.objects == second.objects else None  # "where is it? in pixels"
    if _of_anything(first) != _of_anything(second):  # "object distances and angles: mug"
        return None
    parts = _joined(first, second)
    if first == second:  # "look for the mug and tell me where it is"
        return first
    if isinstance(second, Count) and getattr(first, "condition", None) and not second.condition:
        return None  # "how many A are on B and how many C": on B, or at all?
    *others, last = parts
    fit = all(isinstance(part, _TOGETHER) for part in others)
    return Several(parts) if fit and isinstance(last, (*_TOGETHER, Holds, Exists)) else None


def _of_anything(form: Form) -> bool:
    return isinstance(form, ObjectForm) and ANY in form.objects


def by_how_much(asked: Form) -> Form | None:
    """ "Which is farther, A or B? By how much?" """
    if isinstance(asked, Holds) and isinstance(asked.condition, ComparedTo):
        order, other = asked.condition.order, asked.condition.mention
        if asked.object.many or other.many or order.anchor is not None:
            return None
        return Several((asked, Difference(order, asked.object, other)))
    if not isinstance(asked, Extreme) or len(asked.candidates) != 2 or asked.rank != 1:
        return None
    first, second = asked.candidates
    if first.many or second.many:
        return None
    return Several((asked, Difference(asked.order, first, second)))


def again(previous: Form, fragment: tuple[str, Mention]) -> Form | None:
    """The question before, asked of something else: "and the globe?", "and from the globe?"."""
    role, mention = fragment
    if isinstance(previous, Approach):  # "and the globe?" sends no robot there
        return None
    asked = topic(previous)
    if role:
        asked = getattr(previous, "second", None)
    if asked is None or (mention in (IT, CAMERA) and not role):
        return None
    return what_is_meant(previous, mention, asked)


def two_clauses(first: tuple[Head, Refs], second: tuple[Head, Refs]) -> Form | None:
    """ "Height of A, width of B"."""
    anything = [any(m.kind is Kind.ANY for m in refs[0]) for _, refs in (first, second)]
    if (
        anything[0] != anything[1] or second[0].kind == "sides"
    ):  # "object distances and angles: barrel"
        return None
    forms = [build(head, (("", refs),)) for head, refs in (first, second)]
    if forms[0] is None or forms[1] is None:
        return None
    return several(forms[0], forms[1])
