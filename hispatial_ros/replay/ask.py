"""Asks a recorded request again, with the present code, of the recorded frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.answer.types import Source
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.convert import image_to_depth
from hispatial_ros.intake.from_ros import (
    calibration,
    object_from_msg,
    picture,
    region_from_msg,
    rotation,
    vector,
)
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.engine import measure, with_relations
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame, resolve
from hispatial_ros.measure.transform import express
from hispatial_ros.measure.types import Gravity, MeasuredObject, Measurement
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.replay.outcome import Outcome, of_answer, of_error, of_measurement

# Outcomes that depend on how busy the node was.
CIRCUMSTANCES = {
    ErrorCode.TIMEOUT,
    ErrorCode.CANCELLED,
    ErrorCode.OVERLOADED,
    ErrorCode.NOT_ACTIVE,
}


def why_not(record: Any) -> str:
    """Why a request cannot be asked again offline; empty if it can."""
    if not (record.header.stamp.sec or record.header.stamp.nanosec):
        return "it was refused before an image was chosen"
    if record.error_code in CIRCUMSTANCES:
        return f"{ErrorCode(record.error_code).name} depends on how busy the node was"
    if record.raw or (record.error_code and record.backend == "model"):
        return "only the model was asked"
    answered = record.kind == "ask" and not record.error_code
    if answered and (record.answer.source == Source.MODEL or not record.answer.measured_text):
        return "only the model answered"
    return ""


def ask_again(record: Any, messages: Mapping[str, Any]) -> Outcome:
    """The present outcome of a ``hispatial_ros/RequestRecord``.

    Args:
        messages: of its frame, as decoded, by the last part of their topic: image, camera_info, and
            where there was one depth and depth_stddev.
    """
    try:
        frame = _frame(record, messages)
        regions = [region_from_msg(region) for region in record.regions]
        reference = _reference(record)
        options = MeasureOptions(_noise(record), _gravity(record), record.max_range)
        known = _known(record, frame, regions, options)
        if record.kind == "measure":
            measured = known or measure(frame, regions, options, relations=False)
            measured = with_relations(measured, not record.skip_relations)
            if not measured.objects and measured.failures:
                first = measured.failures[0]
                raise SpatialError(first.code, first.message)
            return of_measurement(express(measured, resolve(reference, measured.gravity)))
        context = getattr(record, "context", "")  # recordings of before it have none
        answer = answer_measured(
            record.question,
            frame,
            [*regions, *_located(record, regions)],
            reference,
            options=options,
            context=context,
            known=known,
            max_length=max(len(record.question), len(context)),
            stand_off=record.stand_off,
        )
    except SpatialError as error:
        return of_error(error)
    return of_answer(answer)


def _frame(record: Any, messages: Mapping[str, Any]) -> Frame:
    frame = PairedFrame(
        picture(messages["image"]),
        picture(messages["depth"]) if "depth" in messages else None,
        calibration(messages["camera_info"]),
        rectified=record.rectified,
        max_range=record.max_range,
    ).frame(needs_rgb=False)
    sigma = None
    if "depth_stddev" in messages:
        sigma = image_to_depth(picture(messages["depth_stddev"]))
    return replace(frame, depth_source=record.depth_source, depth_sigma=sigma)


def _known(
    record: Any, frame: Frame, regions: Sequence[Region], options: MeasureOptions
) -> Measurement | None:
    """What was known of the regions before the question was looked at; None: nothing."""
    # Recordings of before them have neither.
    told = {obj.id: obj for obj in map(_tracked, getattr(record, "tracked", ()))}
    if not getattr(record, "together", False):
        return Measurement(list(told.values()), []) if told else None
    seen = [r for r in regions if r.id not in told or not told[r.id].age]
    measured = measure(frame, seen, options, relations=False)
    objects = [told.pop(obj.id, obj) for obj in measured.objects]
    return replace(measured, objects=[*objects, *told.values()])


def _tracked(msg: Any) -> MeasuredObject:
    """``hispatial_ros/TrackedObject``."""
    return replace(
        object_from_msg(msg.object),
        surface=np.array([(p.x, p.y, p.z) for p in msg.surface], np.float32).reshape(-1, 3),
        shape=msg.shape,
        axis=msg.axis,
        own_covariance=np.array(msg.own_covariance).reshape(7, 7),
    )


def _located(record: Any, regions: list[Region]) -> list[Region]:
    """What a model or detector has found for the question, beside the regions that were known."""
    known = {region.label for region in regions}
    found = [region_from_msg(obj.region) for obj in record.answer.objects]
    return [region for region in found if region.label not in known]


def _noise(record: Any) -> DepthNoise:
    """As it was; terms that are not known any more are left out."""
    terms = dict(zip(record.depth_noise_names, record.depth_noise, strict=True))
    return DepthNoise(**{f.name: terms[f.name] for f in fields(DepthNoise) if f.name in terms})


def _gravity(record: Any) -> Gravity | None:
    if not record.gravity_source:
        return None
    floor = None if np.isnan(record.floor) else float(record.floor)
    return Gravity(
        vector(record.gravity_up),
        record.gravity_source,
        stddev=record.gravity_stddev or None,
        floor=floor,
        floor_source=record.floor_source,
    )


def _reference(record: Any) -> str | ReferenceFrame:
    name = record.reference
    if name in ("camera", "gravity", ""):
        return name or "camera"
    transform = record.reference_transform
    return ReferenceFrame(
        name,
        rotation(transform.rotation),
        vector(transform.translation),
        right=vector(record.reference_right),
        up=vector(record.reference_up),
        forward=vector(record.reference_forward),
    )
