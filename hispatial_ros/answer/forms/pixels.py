"""Answers about pixels: where they are, how deep, and what is there (Level 0)."""

from __future__ import annotations

import numpy as np

from hispatial_ros.answer.phrasing import capitalized, length, point, the
from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.frame.region import Region
from hispatial_ros.language.forms import PixelContents, PixelDepth, PixelForm, PixelPosition


def pixel_position(form: PixelPosition, resolver: Resolver) -> Answer:
    name, where, numbers = _position(form, resolver.scene)
    return measured_answer(f"{name} is {where}.", numbers, "m")


def pixel_depth(form: PixelDepth, resolver: Resolver) -> Answer:
    region = _region(form, resolver.scene)
    xyz, stddev = resolver.scene.sample(*_center(region))
    if form.straight:
        distance = float(np.linalg.norm(xyz))
        away = Quantity(distance, float(np.linalg.norm(stddev * xyz / distance)))
        text = (
            f"{capitalized(region.label)} is {length(away.value, away.stddev)} from the camera "
            f"(depth {length(xyz[2])})."
        )
        return measured_answer(text, [away], "m")
    depth = Quantity(float(xyz[2]), float(stddev[2]))
    text = f"The depth at {region.label} is {length(depth.value, depth.stddev)}."
    return measured_answer(text, [depth], "m")


def pixel_contents(form: PixelContents, resolver: Resolver) -> Answer:
    scene = resolver.scene
    u, v = _center(_region(form, scene))
    inside = [r for r in scene.named.regions if _contains(r, u, v)]
    inside.sort(key=lambda r: (r.box[2] - r.box[0]) * (r.box[3] - r.box[1]))
    name, where, numbers = _position(form, scene)
    if not inside:
        text = f"{name} lies on none of the known objects, {where}."
        return measured_answer(text, numbers, "m")
    if len(inside) > 1:
        others = ", ".join(r.label for r in inside[1:])
        resolver.note(f"the pixel also lies in the box of {others}; the smallest box was taken")
    smallest = inside[0].label
    text = f"{name} lies on {the(smallest)}, {where}."
    return measured_answer(text, numbers, "m", choice=smallest)


def _position(form: PixelForm, scene: Scene) -> tuple[str, str, list[Quantity]]:
    """Name of the pixel, where it is in words, and the three coordinates."""
    region = _region(form, scene)
    xyz, stddev = scene.sample(*_center(region))
    xyz = scene.reference_frame.points(xyz)
    stddev = np.sqrt(np.square(scene.reference_frame.rotation) @ np.square(stddev))
    numbers = [Quantity(float(x), float(s)) for x, s in zip(xyz, stddev, strict=True)]
    return capitalized(region.label), f"at {point(xyz)} ({scene.frame_name})", numbers


def _region(form: PixelForm, scene: Scene) -> Region:
    return scene.named.find(form.pixel)[0]


def _center(region: Region) -> tuple[float, float]:
    x0, y0, x1, y1 = region.box
    return (x0 + x1) / 2, (y0 + y1) / 2


def _contains(region: Region, u: float, v: float) -> bool:
    x0, y0, x1, y1 = region.box
    return x0 <= u < x1 and y0 <= v < y1
