"""The open layout: ``key.jpg``, ``key.depth.png`` (logarithmic, 16 bit), ``key.json``.

The JSON has every fact with its ± and where it is from; nothing has to be unpickled.
"""

import json
from typing import Any

import numpy as np

from hispatial_ros.dataset.capture import Item
from hispatial_ros.dataset.facts import Claim, Number, Numbers
from hispatial_ros.dataset.orientation import Facing
from hispatial_ros.dataset.questions import Pair
from hispatial_ros.dataset.sample import Sample
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.shards.jpeg import encode_jpeg
from hispatial_ros.dataset.shards.log_depth import encode_log_depth
from hispatial_ros.frame.frame import Frame

VERSION = 1


def encode(item: Item, sample: Sample, settings: BuildSettings) -> dict[str, bytes]:
    """A sample's files: ending -> content."""
    text = json.dumps(describe(item, sample), ensure_ascii=False, allow_nan=False)
    return {
        "jpg": jpeg(sample.frame, settings.jpeg_quality),
        "depth.png": encode_log_depth(metres(sample.frame)),
        "json": text.encode(),
    }


def jpeg(frame: Frame, quality: int) -> bytes:
    assert frame.rgb is not None  # every capture has colour
    return encode_jpeg(frame.rgb, quality)


def metres(frame: Frame) -> np.ndarray:
    """Depth [H, W] float in metres, NaN where there is none."""
    depth = frame.depth
    assert depth is not None
    if depth.dtype == np.uint16:
        return np.where(depth > 0, depth / 1000.0, np.nan)
    return np.where(np.isfinite(depth) & (depth > 0), depth, np.nan)


def describe(item: Item, sample: Sample) -> dict[str, Any]:
    """The JSON of a sample. Lengths in metres, geometry in the optical frame."""
    camera, gravity = sample.frame.camera, sample.gravity
    return {
        "version": VERSION,
        "key": item.key,
        "origin": item.origin,
        "camera": {
            "width": camera.width,
            "height": camera.height,
            "fx": camera.fx,
            "fy": camera.fy,
            "cx": camera.cx,
            "cy": camera.cy,
            "distortion_model": camera.distortion_model,
            "d": list(camera.d),
        },
        "depth_source": sample.frame.depth_source,
        "up": None if gravity is None else _list(gravity.up),
        "up_source": None if gravity is None else gravity.source,
        "objects": [
            {
                "label": o.label,
                "reference": reference.phrase,
                "named_by": reference.way,
                "box": [float(x) for x in o.region.box],
                "outline": None if o.region.outline is None else _list(o.region.outline),
                "center": _list(o.center),
                "center_covariance": _list(o.covariance[:3, :3]),
                "rotation": _list(o.rotation),
                "size": _list(o.size),
                "size_stddev": _list(o.size_stddev),
                "extent": _list(o.extent),
                "extent_stddev": _list(o.extent_stddev),
                "distance": _number(o.distance),
                "distance_stddev": _number(o.distance_stddev),
                "shape": o.shape,
            }
            | _facing(facing)
            for o, reference, facing in zip(
                sample.measurement.objects, sample.references, sample.facings, strict=True
            )
        ],
        "pairs": [_pair(pair) for pair in sample.pairs],
        "left_out": dict(sorted(sample.left_out.items())),
    }


def _facing(facing: Facing | None) -> dict[str, Any]:
    if facing is None:
        return {}
    return {"facing": _list(facing.direction), "facing_stddev": _number(facing.stddev)}


def _pair(pair: Pair) -> dict[str, Any]:
    fact = pair.fact
    found: dict[str, Any] = {
        "type": fact.type,
        "level": fact.level,
        "format": pair.format,
        "prompt": pair.prompt,
        "response": pair.response,
        "question": pair.question,
        "answer": pair.answer,
        "objects": list(fact.objects),
        "probability": round(pair.probability, 4),
    }
    if pair.short:
        found["short"] = pair.short
    if pair.options:
        found["options"] = list(pair.options)
    if pair.boxes:
        found["boxes"] = dict(pair.boxes)
    if pair.threshold is not None:
        found["threshold"] = pair.threshold
    return found | _measures(fact.claim)


def _measures(claim: Claim) -> dict[str, Any]:
    """The numbers that the answer rests on."""
    if isinstance(claim, Number):
        return {
            "value": _number(claim.quantity.value),
            "stddev": _number(claim.quantity.stddev),
            "unit": claim.unit,
        }
    if isinstance(claim, Numbers):
        return {
            "values": [_number(q.value) for q in claim.values],
            "stddevs": [_number(q.stddev) for q in claim.values],
            "unit": claim.unit,
        }
    return {}


def _number(value: float) -> float | None:
    """JSON has no NaN and no infinity: not known."""
    return float(value) if np.isfinite(value) else None


def _list(array: np.ndarray) -> Any:
    if np.ndim(array) == 0:
        return _number(float(array))
    return [_list(row) for row in np.asarray(array)]
