"""Convex solids that stand for completed objects, many at a time.

A solid is a gravity-aligned box (centre, yaw, size), filled by the box itself, an ellipsoid-free
sphere, or a cylinder along one of the box axes.
"""

from dataclasses import dataclass

import numpy as np

BOX, CYLINDER, SPHERE, LYING_X, LYING_Z = range(5)
NAMES = ("box", "cylinder", "sphere", "lying cylinder", "lying cylinder")
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
        return yaw_rotation(self.yaw)


def yaw_rotation(yaw: np.ndarray) -> np.ndarray:
    """[..., 3, 3] with columns right, down, away of a box turned by ``yaw`` in a levelled frame."""
    c, s = np.cos(yaw), np.sin(yaw)
    o, i = np.zeros_like(c), np.ones_like(c)
    rows = [np.stack(row, -1) for row in ((c, o, -s), (o, i, o), (s, o, c))]
    return np.stack(rows, -2)


def half_width(kind: np.ndarray, size: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Support function: how far a solid reaches from its centre along a direction.

    Args:
        kind: [...] int.
        size: [..., 3].
        local: [..., 3] unit direction in the solid's own axes.

    Returns:
        [...] m.
    """
    half = size / 2
    along = np.abs(local) * half
    reach = along.sum(-1)
    reach = np.where(kind == SPHERE, half[..., 0], reach)
    for cylinder, axis in AXIS.items():
        match = kind == cylinder
        if match.any():
            i, j = (k for k in range(3) if k != axis)
            round_part = np.hypot(along[..., i], along[..., j])
            reach = np.where(match, along[..., axis] + round_part, reach)
    return reach


def project(kind: np.ndarray, size: np.ndarray, local: np.ndarray) -> np.ndarray:
    """The solid's point closest to each of ``local`` [..., 3] (own axes, from the centre)."""
    half = size / 2
    closest = np.clip(local, -half, half)
    norm = np.linalg.norm(local, axis=-1)
    ball = local * np.minimum(1, half[..., 0] / np.maximum(norm, 1e-12))[..., None]
    closest = np.where((kind == SPHERE)[..., None], ball, closest)
    for cylinder, axis in AXIS.items():
        match = kind == cylinder
        if match.any():
            i, j = (k for k in range(3) if k != axis)
            across = np.hypot(local[..., i], local[..., j])
            shrink = np.minimum(1, half[..., i] / np.maximum(across, 1e-12))
            disc = closest.copy()
            disc[..., i], disc[..., j] = local[..., i] * shrink, local[..., j] * shrink
            closest = np.where(match[..., None], disc, closest)
    return closest
