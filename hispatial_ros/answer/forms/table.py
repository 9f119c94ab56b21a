"""Which function answers which form of question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hispatial_ros.answer.forms import (
    comparisons,
    conditions,
    directions,
    distances,
    objects,
    pixels,
)
from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.language import forms, relation_forms
from hispatial_ros.language.forms import Form, Several
from hispatial_ros.measure.types import MeasuredObject


def answer_form(form: Form, resolver: Resolver) -> Answer:
    """The measured answer to a question form; question, notes and timing are filled in later.

    Raises:
        SpatialError: if a mention cannot be resolved or an object not be measured.
    """
    return ANSWERS[type(form)](form, resolver)


def several(form: Several, resolver: Resolver) -> Answer:
    """The answers to several questions, one after another; the numbers are those of one unit."""
    answers = [answer_form(part, resolver) for part in form.parts]
    together: list[MeasuredObject] = []
    for answer in answers:
        together += [o for o in answer.objects if o not in together]
    unit = next((answer.unit for answer in answers if answer.unit), "")
    numbers = [
        Quantity(value, stddev)
        for answer in answers
        if answer.unit == unit
        for value, stddev in zip(answer.values, answer.values_stddev, strict=True)
    ]
    text = " ".join(answer.text for answer in answers)
    choice = next((answer.choice for answer in answers if answer.choice), "")
    return measured_answer(text, numbers, unit, choice=choice, objects=together)


ANSWERS: Mapping[type[Form], Callable[[Any, Resolver], Answer]] = {
    forms.PixelPosition: pixels.pixel_position,
    forms.PixelDepth: pixels.pixel_depth,
    forms.PixelContents: pixels.pixel_contents,
    forms.CameraDistance: objects.camera_distance,
    forms.Dimension: objects.dimension,
    forms.Size: objects.size,
    forms.Position: objects.position,
    forms.Approach: objects.approach,
    forms.Box: objects.box,
    forms.Elevation: objects.elevation,
    forms.Facing: objects.facing,
    forms.ImagePosition: objects.image_position,
    forms.Summary: objects.summary,
    forms.Several: several,
    relation_forms.Distance: distances.distance,
    relation_forms.Apart: distances.apart,
    relation_forms.Fits: distances.fits,
    relation_forms.Difference: comparisons.difference,
    relation_forms.Ratio: comparisons.ratio,
    relation_forms.Extreme: comparisons.extreme,
    relation_forms.Rank: comparisons.ranking,
    relation_forms.Bearing: directions.bearing,
    relation_forms.Angle: directions.angle_between,
    relation_forms.Direction: directions.direction,
    relation_forms.RelativeDirection: directions.relative_direction,
    forms.Exists: conditions.exists,
    relation_forms.Holds: conditions.holds,
    relation_forms.Select: conditions.select,
    relation_forms.Count: conditions.count,
    relation_forms.CountCompared: conditions.count_compared,
    relation_forms.Describe: conditions.description,
}
