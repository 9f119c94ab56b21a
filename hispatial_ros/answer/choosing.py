"""Which of several objects a reference means: "the mug on the table", "the nearest chair"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hispatial_ros.answer.phrasing import the
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.question import mentions
from hispatial_ros.language.terms import Kind, Mention
from hispatial_ros.measure.types import MeasuredObject

if TYPE_CHECKING:
    from hispatial_ros.answer.scene import Scene


def fulfilling(
    objects: Sequence[MeasuredObject], reference: Mention, scene: Scene
) -> list[MeasuredObject]:
    """Those that the reference's restriction leaves.

    Raises:
        SpatialError: UNKNOWN_OBJECT if none is left.
    """
    from hispatial_ros.answer.conditions import check  # which itself resolves references

    assert reference.condition is not None
    named = (r for r in mentions(reference.condition) if r.kind is not Kind.CAMERA)
    related = [scene.one(r) for r in named if not r.many]  # the table is not left of itself
    left = [o for o in objects if o not in related and check(reference.condition, o, scene).holds]
    if not left:
        names = ", ".join(o.id for o in objects)
        raise SpatialError(
            ErrorCode.UNKNOWN_OBJECT, f"none of {names} is '{reference}': name one of them"
        )
    return left


def selected(found: Sequence[MeasuredObject], reference: Mention, scene: Scene) -> MeasuredObject:
    """The first, or n-th, in the order that the reference selects by; a note says which.

    Raises:
        SpatialError: UNKNOWN_OBJECT if there are not so many.
    """
    assert reference.selector is not None
    name = reference.name or "object"
    if reference.rank > len(found):
        raise SpatialError(
            ErrorCode.UNKNOWN_OBJECT,
            f"there are {len(found)} of '{name}', no #{reference.rank}",
        )
    chosen = scene.sorted(found, reference.selector)[reference.rank - 1]
    rank = f"#{reference.rank} " if reference.rank > 1 else ""
    scene.note(f"the {rank}{reference.selector.superlative} {name} is {the(scene.name(chosen))}")
    return chosen
