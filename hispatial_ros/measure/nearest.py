"""The nearest point that is seen of objects whose boxes have empty corners."""

import numpy as np

from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.window import RING, Windows
from hispatial_ros.pointmap.pointmap import PointMap

# [samples] Looked at, the nearest ones. Larger: slower. Smaller: all may be flying pixels. Chosen
# on simulated rooms.
CANDIDATES = 16
# [pixels] On either side of a sample that have to agree with it. Larger: thin parts go unseen.
# Smaller: flying pixels pass. Chosen on simulated rooms.
AROUND = 2
# [pixels] That are averaged at most. Derived.
PATCH = (2 * AROUND + 1) ** 2
# [sigmas] Difference of depth to those. Larger, smaller: as above. Convention.
AGREEING = 3.0
# [pixels] That have to. Larger, smaller: as above. Chosen on simulated rooms: part of a leg.
SUPPORT = 6
# [share] Of the samples that may not be the object's own. Larger: wider intervals of distances.
# Smaller: too narrow ones. Chosen on simulated rooms.
FEW_STRAY = 0.03
# [ratio] Of what these are nearer than the rest, in the standard deviation. Larger, smaller: as
# above. Chosen on simulated rooms.
STRAY = 0.5
# [samples] Between an object and the bottom of its box, from which on there is more of it. Larger:
# flat feet are forgotten. Smaller: boxes that are a little off widen distances. Chosen on simulated
# rooms.
MISSING_ROWS = 2


def below_mask(windows: Windows, foreground: Foreground) -> np.ndarray:
    """Distance [R] m of the plane at the bottom of boxes whose objects were not seen to reach it.

    A flat foot on the floor looks like floor, but the box tells of it. inf: nothing is missing.
    """
    index = np.arange(windows.z.shape[1])
    last = RING + windows.count[:, 1] - 1
    reached = (foreground.mask.any(2) * index).max(1)
    missing = (last - reached >= MISSING_ROWS) & ~windows.cut[:, 3]
    bottom = np.abs(index - last[:, None]) < 2
    flat = windows.boxed & (foreground.kind > 0) & (bottom & missing[:, None])[..., None]
    distance = windows.z * np.sqrt(np.square(windows.rays).sum(0))
    return np.where(flat, distance, np.float32(np.inf)).min((1, 2))


def nearest_seen(points: PointMap, windows: Windows, mask: np.ndarray, which: np.ndarray):
    """The point nearest to the camera of some of the objects, [I, 3] m, and its distance [I].

    Depth is averaged over the pixels around that agree, or noise would pick the nearest; where
    hardly any does, it is none of the object's.

    Returns:
        Both, and the standard deviation [I] m by the few samples that are nearer than the rest.
    """
    z, rays = windows.z[which], windows.rays[:, which]
    mask = mask[which]
    stretch = np.sqrt(np.square(rays).sum(0))
    distance = np.where(mask, z * stretch, np.float32(np.inf)).reshape(len(which), -1)
    order = np.argpartition(distance, CANDIDATES, axis=1)[:, :CANDIDATES]
    row = np.arange(len(which))[:, None]
    own = z.reshape(len(which), -1)[row, order]
    down, across = np.divmod(order, z.shape[2])
    steps = np.arange(-AROUND, AROUND + 1)
    u = windows.columns[which[:, None], across][..., None, None] + steps
    v = windows.rows[which[:, None], down][..., None, None] + steps[:, None]
    around = points.z(u.clip(0, points.width - 1), v.clip(0, points.height - 1))
    sigma = windows.sigma[which].reshape(len(which), -1)[row, order][..., None, None]
    agrees = np.abs(around - own[..., None, None]) < AGREEING * sigma
    count = agrees.sum((2, 3))
    mean = np.where(agrees, around, 0).sum((2, 3)) / np.maximum(count, 1)
    usable = np.isfinite(distance[row, order])
    sure = usable & (count >= SUPPORT)
    sure = np.where(sure.any(1, keepdims=True), sure, usable)  # none is: take what there is
    mean = np.where(count > 0, mean, own)
    found = np.where(sure, mean * stretch.reshape(len(which), -1)[row, order], np.inf)
    best, every = found.argmin(1), np.arange(len(which))
    place = order[every, best]
    nearest = rays.reshape(3, len(which), -1)[:, every, place].T * mean[every, best, None]
    distance = np.sort(distance)
    few = (FEW_STRAY * np.isfinite(distance).sum(1)).astype(int)
    lead = np.maximum(distance[every, few] - found[every, best], 0)
    return nearest, found[every, best], STRAY * lead
