"""Where the fits start: how a box would have to be turned, and rough extents."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure.evidence import Samples

TURNS = 12  # yaws tried over 90 degrees
LOW = 0.05  # quantile taken as the visible end of an object
CAP = 25.0  # squared standard deviations at which an outlier costs no more


@dataclass(eq=False)
class Start:
    """Rough boxes [R], levelled frame."""

    yaw: np.ndarray  # [R] rad, -45 .. 45 degrees
    low: np.ndarray  # [R, 3] along right, down, away of the box turned by yaw
    high: np.ndarray  # [R, 3]


def find_start(s: Samples) -> Start:
    """The yaw at which the samples best fit the near faces of a box, and the box's extents."""
    points, rays, used, z = s.points, s.rays, s.used, s.z
    sigma = np.sqrt(s.variance + s.lateral)
    count = used.sum(1).astype(int)

    yaw = (np.arange(TURNS) / TURNS - 0.5) * (np.pi / 2)
    c, sn = (f(yaw).astype(np.float32)[None, :, None] for f in (np.cos, np.sin))
    x, zz = points[0][:, None], points[2][:, None]
    a, b = c * x + sn * zz, c * zz - sn * x  # [R, K, n]
    rx, ry, rz = (rays[i][:, None] for i in range(3))
    ra, rb = c * rx + sn * rz, c * rz - sn * rx
    low_a, high_a = _ends(a, used, count)
    low_b, high_b = _ends(b, used, count)
    low_y, high_y = _ends(points[1][:, None], used, count)

    ra = np.where(np.abs(ra) < 1e-6, np.float32(1e-6), ra)
    rb = np.where(np.abs(rb) < 1e-6, np.float32(1e-6), rb)
    ry = np.where(np.abs(ry) < 1e-6, np.float32(1e-6), ry)
    near_a = np.where(ra > 0, low_a[..., None], high_a[..., None]) / ra
    near_b = np.where(rb > 0, low_b[..., None], high_b[..., None]) / rb
    near_y = np.where(ry > 0, low_y[..., None], high_y[..., None]) / ry
    near_y = np.repeat(near_y, TURNS, 1)
    weight = used[:, None] / sigma[:, None]
    for _ in range(2):
        t = np.maximum(np.maximum(near_a, near_b), near_y)
        error = z[:, None] - t
        for near, ray in ((near_a, ra), (near_b, rb), (near_y, ry)):
            on = (near >= t) * weight
            shift = (on * error * ray).sum(-1) / (on.sum(-1) + 1e-6)
            near += shift[..., None] / ray
    t = np.maximum(np.maximum(near_a, near_b), near_y)
    cost = (np.minimum(np.square((z[:, None] - t) / sigma[:, None]), CAP) * used[:, None]).sum(-1)
    best = cost.argmin(1)
    row = np.arange(len(best))
    low = np.stack([low_a[row, best], low_y[:, 0], low_b[row, best]], 1)
    high = np.stack([high_a[row, best], high_y[:, 0], high_b[row, best]], 1)
    return Start(yaw[best], low.astype(float), high.astype(float))


def _ends(value: np.ndarray, used: np.ndarray, count: np.ndarray):
    """Low and high quantile of the used samples, [R, K] each."""
    ordered = np.sort(np.where(used[:, None] > 0, value, np.float32(np.inf)), -1)
    at = np.minimum((LOW * count).astype(int), np.maximum(count - 1, 0))
    row = np.arange(len(value))
    low, high = ordered[row, :, at], ordered[row, :, np.maximum(count - 1 - at, 0)]
    empty = count[:, None] == 0
    return np.where(empty, 0, low), np.where(empty, 0, high)
