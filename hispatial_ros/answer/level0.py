"""Answers of Level 0: the geometry of pixels."""

from __future__ import annotations

import numpy as np

from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.phrasing import capitalized, length, point, the
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.frame.region import Region
from hispatial_ros.language.forms import PixelContents, PixelDepth, PixelForm, PixelPosition


@answer_form.register
def _(form: PixelPosition, scene: Scene) -> Answer:
    name, xyz, stddev = _sample(form, scene)
    text = f"{name} is at {point(xyz)} ({scene.frame_name})."
    return Answer("", text, Level.PIXEL, Source.MEASURED, xyz.tolist(), stddev.tolist(), "m")


@answer_form.register
def _(form: PixelDepth, scene: Scene) -> Answer:
    name, xyz, stddev = _sample(form, scene, optical=True)
    distance = float(np.linalg.norm(xyz))
    spread = float(np.linalg.norm(stddev * xyz / distance))
    if form.straight:
        text = f"{name} is {length(distance, spread)} from the camera (depth {length(xyz[2])})."
        values, stddevs = [distance], [spread]
    else:
        depth = length(xyz[2], stddev[2])
        text = f"The depth at {name[0].lower()}{name[1:]} is {depth}."
        values, stddevs = [float(xyz[2])], [float(stddev[2])]
    return Answer("", text, Level.PIXEL, Source.MEASURED, values, stddevs, "m")


@answer_form.register
def _(form: PixelContents, scene: Scene) -> Answer:
    u, v = _center(scene.region(form.pixel))
    inside = [r for r in scene.regions if _contains(r, u, v)]
    inside.sort(key=lambda r: (r.box[2] - r.box[0]) * (r.box[3] - r.box[1]))
    name, xyz, stddev = _sample(form, scene)
    where = f"at {point(xyz)} ({scene.frame_name})"
    answer = Answer("", "", Level.PIXEL, Source.MEASURED, xyz.tolist(), stddev.tolist(), "m")
    if inside:
        answer.choice = inside[0].label
        answer.text = f"{name} lies on {the(inside[0].label)}, {where}."
        if len(inside) > 1:
            others = ", ".join(r.label for r in inside[1:])
            scene.note(f"the pixel also lies in the box of {others}; the smallest box was taken")
    else:
        answer.text = f"{name} lies on none of the known objects, {where}."
    return answer


def _sample(
    form: PixelForm, scene: Scene, optical: bool = False
) -> tuple[str, np.ndarray, np.ndarray]:
    """Name of the pixel, its point and standard deviation [3]."""
    region = scene.region(form.pixel)
    xyz, stddev = scene.sample(*_center(region))
    if not optical:
        rotation = scene.reference.rotation
        xyz = scene.reference.points(xyz)
        stddev = np.sqrt(np.square(rotation) @ np.square(stddev))
    return capitalized(region.label), xyz, stddev


def _center(region: Region) -> tuple[float, float]:
    x0, y0, x1, y1 = region.box
    return (x0 + x1) / 2, (y0 + y1) / 2


def _contains(region: Region, u: float, v: float) -> bool:
    x0, y0, x1, y1 = region.box
    return x0 <= u < x1 and y0 <= v < y1
