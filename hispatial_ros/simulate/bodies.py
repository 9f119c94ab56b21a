"""The objects of the scenes: unions of convex solids with random sizes, yaw and colour."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.simulate.shapes import Box, Cup, Cylinder, Solid, Sphere

COLORS = {
    "red": (200, 40, 40),
    "green": (50, 160, 60),
    "blue": (40, 80, 200),
    "yellow": (225, 200, 50),
    "orange": (230, 130, 30),
    "purple": (130, 60, 160),
    "cyan": (60, 190, 200),
    "pink": (235, 130, 170),
    "brown": (120, 80, 50),
    "white": (235, 235, 230),
    "black": (40, 40, 45),
}

_CORNERS = np.array(np.meshgrid(*[(-0.5, 0.5)] * 3)).reshape(3, -1).T


@dataclass(eq=False)
class Body:
    """An object as a union of convex parts, with its own axes (columns, third one up)."""

    shape: str
    parts: list[Solid]
    axes: np.ndarray
    color: str
    listed: bool = True  # whether it gets a region
    upright: bool = True

    @property
    def rgb(self) -> tuple[int, int, int]:
        return COLORS[self.color]

    def moved(self, rotation: np.ndarray, translation: np.ndarray) -> "Body":
        parts = [p.moved(rotation, translation) for p in self.parts]
        return Body(self.shape, parts, rotation @ self.axes, self.color, self.listed, self.upright)

    def corners(self) -> np.ndarray:
        """Corners of the parts' own boxes, [8 n, 3]."""
        return np.concatenate([(_CORNERS * p.size) @ p.rotation.T + p.position for p in self.parts])


def turn(yaw: float) -> np.ndarray:
    """Rotation by ``yaw`` about the world's up."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def solid(rng: np.random.Generator, shape: str, sides: np.ndarray, lying_chance: float) -> Body:
    """One box, cylinder or sphere of the given width, depth and height, with random yaw."""
    color = list(COLORS)[rng.integers(len(COLORS))]
    axes = turn(rng.uniform(-np.pi, np.pi))
    origin = np.zeros(3)
    if shape == "box":
        return Body(shape, [Box(position=origin, rotation=axes, sides=sides)], axes, color)
    if shape == "sphere":
        return Body(
            shape, [Sphere(position=origin, rotation=axes, radius=sides[0] / 2)], axes, color
        )
    lying = bool(rng.random() < lying_chance)
    rotation = axes @ np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]) if lying else axes
    cylinder = Cylinder(position=origin, rotation=rotation, radius=sides[0] / 2, height=sides[2])
    return Body(shape, [cylinder], axes, color, upright=not lying)


def chair(rng: np.random.Generator) -> Body:
    """Seat, back and four legs, with the floor visible between the legs."""
    color = list(COLORS)[rng.integers(len(COLORS))]
    axes = turn(rng.uniform(-np.pi, np.pi))
    width, depth, seat = rng.uniform(0.38, 0.52), rng.uniform(0.38, 0.5), rng.uniform(0.4, 0.5)
    thick, leg, back = rng.uniform(0.03, 0.06), rng.uniform(0.03, 0.05), rng.uniform(0.3, 0.5)
    boxes = [
        ([0, 0, seat - thick / 2], [width, depth, thick]),
        ([0, depth / 2 - thick / 2, seat + back / 2], [width, thick, back]),
    ]
    for x in (-1, 1):
        for y in (-1, 1):
            at = [x * (width - leg) / 2, y * (depth - leg) / 2, (seat - thick) / 2]
            boxes.append((at, [leg, leg, seat - thick]))
    parts: list[Solid] = [
        Box(position=axes @ np.array(p), rotation=axes, sides=np.array(s)) for p, s in boxes
    ]
    return Body("chair", parts, axes, color)


def mug(rng: np.random.Generator) -> Body:
    """An open cup with a square handle."""
    color = list(COLORS)[rng.integers(len(COLORS))]
    axes = turn(rng.uniform(-np.pi, np.pi))
    radius, height = rng.uniform(0.035, 0.05), rng.uniform(0.08, 0.11)
    bow, bar = rng.uniform(0.02, 0.035), 0.01
    parts: list[Solid] = [
        Cup(position=np.zeros(3), rotation=axes, radius=radius, height=height, wall=0.005)
    ]
    for at, sides in (
        ([radius + bow / 2 - 0.002, 0, height * 0.3], [bow, bar, bar]),
        ([radius + bow / 2 - 0.002, 0, -height * 0.3], [bow, bar, bar]),
        ([radius + bow - bar / 2, 0, 0], [bar, bar, height * 0.6]),
    ):
        parts.append(Box(position=axes @ np.array(at), rotation=axes, sides=np.array(sides)))
    return Body("mug", parts, axes, color)
