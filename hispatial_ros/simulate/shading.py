"""Colours of the simulated images: Lambertian, under one distant light, on a chequered floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hispatial_ros.simulate.bodies import Body

BACKGROUND = -1  # of a segmentation: no body
AMBIENT, DIFFUSE = 0.45, 0.55  # of a body's light


@dataclass(frozen=True, eq=False)
class Look:
    """floor, wall: R G B. tile: side of the floor's squares, m. dark: of every second one.

    light: towards which surfaces are bright, optical frame, about a unit vector.
    """

    floor: np.ndarray = field(default_factory=lambda: np.array([205.0, 200, 190]))
    wall: np.ndarray = field(default_factory=lambda: np.array([205.0, 200, 190]))
    tile: float = 0.3
    dark: float = 0.85
    light: np.ndarray = field(default_factory=lambda: np.array([-0.4, -0.8, -0.45]))


def random_look(rng: np.random.Generator) -> Look:
    """Pale floors and walls of any hue, squares of 10 cm to 1 m, light from above."""
    grey = rng.uniform(110, 220, 2)
    tint = rng.uniform(0.85, 1.15, (2, 3))
    floor, wall = (grey[:, None] * tint).clip(0, 255)
    light = np.array([rng.uniform(-0.7, 0.7), -0.8, rng.uniform(-0.7, 0)])
    tile, dark = float(np.exp(rng.uniform(np.log(0.1), 0))), float(rng.uniform(0.6, 1))
    return Look(floor, wall, tile, dark, light / np.linalg.norm(light))


def shade(
    look: Look,
    rays: np.ndarray,
    bodies: Sequence[Body],
    planes: Mapping[str, tuple[np.ndarray, float]],
    depth: np.ndarray,
    segmentation: np.ndarray,
) -> np.ndarray:
    """The image, [H, W, 3] uint8.

    Args:
        look: of what is no body, and the light.
        rays: [H, W, 3] with z = 1. bodies, planes: in the optical frame.
        depth: [H, W] m. segmentation: [H, W] index of the body or BACKGROUND.
    """
    points = rays * np.where(np.isfinite(depth), depth, 0)[..., None]
    image = np.full(points.shape, 150.0)
    for name, (normal, offset) in planes.items():
        on = (segmentation == BACKGROUND) & (np.abs(points @ normal - offset) < 1e-3)
        bright = 0.45 + 0.5 * max(0.0, float(normal @ look.light))
        image[on] = (look.floor if name == "floor" else look.wall) * bright
        if name == "floor":
            across = np.linalg.svd(normal[None])[2][1:]
            squares = np.floor(points[on] @ across.T / look.tile).sum(-1) % 2
            image[on] *= (look.dark + (1 - look.dark) * squares)[:, None]
    for index, body in enumerate(bodies):
        mask = segmentation == index
        p = points[mask]
        if not len(p):
            continue
        gaps = np.stack([np.linalg.norm(s.closest(p) - p, axis=-1) for s in body.parts])
        normals = np.stack([s.normals(p) for s in body.parts])[gaps.argmin(0), np.arange(len(p))]
        light = AMBIENT + DIFFUSE * np.clip(normals @ look.light, 0, 1)
        image[mask] = light[:, None] * body.rgb
    return image.clip(0, 255).astype(np.uint8)
