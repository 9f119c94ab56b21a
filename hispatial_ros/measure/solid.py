"""Convex solids that stand for completed objects, many at a time.

A solid fills a box (centre, axes right, down, away, size): the box itself, a sphere, or a cylinder
along one of the box axes. Functions take any leading shape [...] and work in the box's own axes,
from its centre.
"""

from dataclasses import dataclass

import numpy as np

BOX, CYLINDER, SPHERE, LYING_X, LYING_Z, IRREGULAR = range(6)
NAMES = ("box", "cylinder", "sphere", "cylinder", "cylinder", "irregular")
AXIS = {CYLINDER: 1, LYING_X: 0, LYING_Z: 2}  # box axis along which the cylinder extends


@dataclass(eq=False)
class Solids:
    """R solids in a levelled frame (x right, y down along gravity, z forward; metres)."""

    kind: np.ndarray  # [R] int
    center: np.ndarray  # [R, 3]
    yaw: np.ndarray  # [R] rad, of the box's right axis (cos, 0, sin) from the frame's right
    size: np.ndarray  # [R, 3] width, height, depth
    covariance: np.ndarray  # [R, 7, 7] of center, yaw, size

    def rotation(self) -> np.ndarray:
        """Columns right, down, away, [R, 3, 3]."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        o, i = np.zeros_like(c), np.ones_like(c)
        rows = [np.stack(row, -1) for row in ((c, o, -s), (o, i, o), (s, o, c))]
        return np.stack(rows, -2)


def kind_of(shape: str, axis: int) -> int:
    """The kind with a shape's name and, for cylinders, the box axis they extend along."""
    if shape == "cylinder":
        return next(kind for kind, along in AXIS.items() if along == axis)
    return {"box": BOX, "sphere": SPHERE}.get(shape, IRREGULAR)


def support_point(kind: np.ndarray, size: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """The solid's point farthest along a direction.

    Args:
        kind: [...] int.
        size: [..., 3] m.
        direction: [..., 3] unit.

    Returns:
        [..., 3] m; its product with the direction is the support function.
    """
    half = size / 2
    point = np.sign(direction) * half
    kind = np.asarray(kind)
    ball = kind == SPHERE
    if ball.any():
        point = np.where(ball[..., None], direction * half[..., :1], point)
    for cylinder, axis in AXIS.items():
        match = kind == cylinder
        if match.any():
            i, k = (n for n in range(3) if n != axis)
            across = np.hypot(direction[..., i], direction[..., k]) + 1e-12
            for n in (i, k):
                rim = direction[..., n] / across * half[..., n]
                point[..., n] = np.where(match, rim, point[..., n])
    return point


def reach_gradient(point: np.ndarray, size: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """How far a solid reaches along a fixed direction, differentiated by its state.

    The support function's envelope theorem: the touching point moves with the solid.

    Args:
        point: [..., 3] touching point, from ``support_point``.
        size: [..., 3] m.
        direction: [..., 3] unit.

    Returns:
        [..., 7] by centre along the box axes, yaw, and size.
    """
    turn = point[..., 0] * direction[..., 2] - point[..., 2] * direction[..., 0]
    return np.concatenate([direction, turn[..., None], point * direction / size], -1)


def project(kind: np.ndarray, size: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The solid's point closest to each of ``points`` [..., 3]; the point itself if inside."""
    half = size / 2
    closest = np.minimum(np.maximum(points, -half), half)
    kind = np.asarray(kind)
    ball = kind == SPHERE
    if ball.any():
        norm = np.sqrt(np.square(points).sum(-1))
        inner = points * np.minimum(1, half[..., 0] / np.maximum(norm, 1e-12))[..., None]
        closest = np.where(ball[..., None], inner, closest)
    for cylinder, axis in AXIS.items():
        match = kind == cylinder
        if match.any():
            i, k = (n for n in range(3) if n != axis)
            across = np.hypot(points[..., i], points[..., k])
            shrink = np.minimum(1, half[..., i] / np.maximum(across, 1e-12))
            for n in (i, k):
                closest[..., n] = np.where(match, points[..., n] * shrink, closest[..., n])
    return closest
