"""Convex solids that stand for completed objects, many at a time.

A solid fills a box (centre, axes right, down, away, size). Along some of the box axes it is flat,
across the others round: a box is flat along all three, a cylinder along its axis, a sphere along
none. Functions take any leading shape [...] and work in the box's own axes, from its centre.
"""

from dataclasses import dataclass

import numpy as np

BOX, CYLINDER, SPHERE, LYING_X, LYING_Z, IRREGULAR = range(6)
NAMES = ("box", "cylinder", "sphere", "cylinder", "cylinder", "irregular")
AXIS = (1, 1, 1, 0, 2, 1)  # box axis along which a cylinder extends
ROUND = np.array([[0, 0, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1], [1, 1, 0], [0, 0, 0]], bool)


@dataclass(eq=False)
class Solids:
    """R solids in a levelled frame (x right, y down along gravity, z forward; metres)."""

    kind: np.ndarray  # [R] int
    center: np.ndarray  # [R, 3]
    yaw: np.ndarray  # [R] rad, of the box's right axis (cos, 0, sin) from the frame's right
    size: np.ndarray  # [R, 3] width, height, depth
    covariance: np.ndarray  # [R, 7, 7] of center, yaw, size
    nearest: np.ndarray  # [R] int, kind of the solid that comes nearest to what is irregular

    def rotation(self) -> np.ndarray:
        """Columns right, down, away, [R, 3, 3]."""
        turn = np.zeros((len(self.yaw), 3, 3))
        turn[:, 0, 0] = turn[:, 2, 2] = np.cos(self.yaw)
        turn[:, 2, 0] = np.sin(self.yaw)
        turn[:, 0, 2] = -turn[:, 2, 0]
        turn[:, 1, 1] = 1
        return turn


def kind_of(shape: str, axis: int) -> int:
    """The kind with a shape's name and, for cylinders, the box axis they extend along."""
    if shape == "cylinder":
        return (LYING_X, CYLINDER, LYING_Z)[axis]
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
    curved = ROUND[kind]
    across = np.sqrt((direction * direction * curved).sum(-1, keepdims=True)) + 1e-12
    return np.where(curved, direction / across, np.sign(direction)) * (size / 2)


def aligned(kind: np.ndarray, state: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """States [R, 7] of the boxes around solids that are turned to other yaws [R].

    Args:
        kind: [R].
        state: [R, 7] centre, yaw, size.
    """
    turn = yaw - state[:, 3]
    c, s, zero = np.cos(turn), np.sin(turn), np.zeros(len(turn))
    axes = np.stack([c, zero, s, zero, zero + 1, zero, -s, zero, c], 1).reshape(-1, 3, 3)
    point = support_point(kind[:, None], state[:, None, 4:], axes)
    size = 2 * (point * axes).sum(-1)
    return np.concatenate([state[:, :3], yaw[:, None], size], 1)


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
    gradient = np.empty((*direction.shape[:-1], 7))
    gradient[..., :3] = direction
    gradient[..., 3] = point[..., 0] * direction[..., 2] - point[..., 2] * direction[..., 0]
    gradient[..., 4:] = point * direction / size
    return gradient


def project(kind: np.ndarray, size: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The solid's point closest to each of ``points`` [..., 3]; the point itself if inside."""
    half = size / 2
    curved = ROUND[kind]
    across = np.sqrt((points * points * curved).sum(-1, keepdims=True))
    shrink = np.minimum(1, half / np.maximum(across, 1e-12))
    return np.where(curved, points * shrink, np.minimum(np.maximum(points, -half), half))
