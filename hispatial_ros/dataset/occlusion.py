"""Which object hides part of which, as far as what is seen tells.

An object goes on behind a nearer one that shows within the convex hull of what is seen of it, or
of the solid that was fitted to it. One that ends away from the other, or is nearer all over, is not
hidden by it. What is neither is not known.
"""

from collections.abc import Sequence
from itertools import product

import cv2
import numpy as np

from hispatial_ros.measure.types import MeasuredObject

# Probability that what is decided here holds, measured on simulated scenes (docs/dataset.md).
SURE = 0.98
# [share of the image's side] Boxes farther apart than this do not touch. Larger: less is decided.
# Smaller: a detector's loose box passes for a gap.
APART = 0.02
# Samples of the nearer object that have to lie before the other, and their least share of all of
# it and of the other. Larger: less is decided. Smaller: edges that are cut badly decide.
SAMPLES, OF_NEARER, OF_FARTHER = 6, 0.03, 0.03
# [ratio] Samples count this far within the hull, by its mean diameter. Smaller: as above.
WITHIN = 0.03
# [m], [share of the depth] Least step in depth between the two. Larger: what stands close before
# another is not asked about. Smaller: noise passes for a step.
STEP, STEP_BY_DEPTH = 0.02, 0.015
# [sigmas] By which one has to be nearer than the other to be out of its shadow.
SURELY = 3.0
# Neighbouring samples whose depth is compared.
NEIGHBOURS = 5
# [sigmas] By which the completed solid is taken smaller, to this share at least, and round ones for
# their corners. Larger: less is decided. Smaller: what was guessed decides.
LESS, LEAST, ROUND = 1.5, 0.2, np.array([0.8, 1.0, 0.8])


def hiding(objects: Sequence[MeasuredObject], size: tuple[int, int]) -> np.ndarray:
    """Probability [N, N] that object i hides part of object j; 0.5 where nobody can tell.

    Args:
        objects: measured on one frame.
        size: width and height of the image in pixels.
    """
    boxes = np.array([o.region.box for o in objects], float).reshape(-1, 4)
    boxes += APART * np.array([-1, -1, 1, 1]) * np.array([*size, *size]) / 2
    found = np.full((len(objects), len(objects)), 0.5)
    for i, nearer in enumerate(objects):
        for j, farther in enumerate(objects):
            if i == j or _apart(boxes[i], boxes[j]) or _behind(nearer, farther):
                found[i, j] = 1 - SURE
            elif _before(nearer, farther):
                found[i, j] = SURE
    return found


def _apart(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one[:2] >= other[2:]).any() or (other[:2] >= one[2:]).any())


def _behind(one: MeasuredObject, other: MeasuredObject) -> bool:
    """Whether no part of one is nearer than any of the other."""
    reach = np.linalg.norm(other.size + SURELY * other.size_stddev) / 2
    spread = SURELY * np.sqrt(np.trace(other.covariance[:3, :3]))
    farthest = np.linalg.norm(other.center) + reach + spread
    return bool(one.distance - SURELY * one.distance_stddev > farthest)


def _before(nearer: MeasuredObject, farther: MeasuredObject) -> bool:
    """Whether one shows before where the other is, by what is seen of it or by its solid."""
    a, b = nearer.surface.astype(float), farther.surface.astype(float)
    corners = _corners(farther)
    if len(a) < SAMPLES or len(b) < 3 or corners[:, 2].min() <= 0:
        return False
    at, seen = a[:, :2] / a[:, 2:], b[:, :2] / b[:, 2:]
    around = np.argsort(np.linalg.norm(at[:, None] - seen[None], axis=2), axis=1, kind="stable")
    behind = b[around[:, :NEIGHBOURS], 2].min(1)
    one = _covered(at, a[:, 2], behind, seen)
    return one or _covered(at, a[:, 2], b[:, 2].min(), corners[:, :2] / corners[:, 2:])


def _covered(
    at: np.ndarray, depth: np.ndarray, behind: np.ndarray | float, outline: np.ndarray
) -> bool:
    """Whether samples lie before enough of a convex outline.

    Args:
        at: [N, 2] samples of the nearer object, x / z and y / z.
        depth: [N] m.
        behind: [N] or one, m, least depth of the farther object there.
        outline: [M, 2] points whose convex hull it is, as ``at``.
    """
    hull = cv2.convexHull(outline.astype(np.float32))
    area = cv2.contourArea(hull)
    if area <= 0:
        return False
    within = np.array([cv2.pointPolygonTest(hull, p, True) for p in at.tolist()])
    before = behind - depth > STEP + STEP_BY_DEPTH * depth
    count = int((before & (within > WITHIN * np.sqrt(area))).sum())
    own = cv2.contourArea(cv2.convexHull(at.astype(np.float32)))
    return count >= max(SAMPLES, OF_NEARER * len(at)) and count * own > OF_FARTHER * area * len(at)


def _corners(o: MeasuredObject) -> np.ndarray:
    """[8, 3] of a box that the object surely reaches the sides of."""
    size = np.maximum(o.size - LESS * o.size_stddev, LEAST * o.size)
    if o.shape != "box":
        size = size * ROUND
    signs = np.array(list(product((-0.5, 0.5), repeat=3)))
    return o.center + signs * size @ o.rotation.T
