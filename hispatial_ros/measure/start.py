"""Where the fits start: how a box would have to be turned, and rough extents."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure.evidence import Samples, in_order

# [turns] Yaws tried over 90 degrees. Larger: slower. Smaller: fits start too far off to end at the
# right yaw. Chosen on simulated rooms.
TURNS = 6
# [quantile] Of the samples taken as the visible end of an object. Larger: boxes start too small.
# Smaller: flying pixels enlarge them. Chosen on simulated rooms.
FACE_QUANTILE = 0.05
# [ratio] Weight of how evenly samples are spread over the outline of a box. Larger: the least
# outline wins over the faces. Smaller: flat things seen from above are turned at random. Chosen on
# simulated rooms.
FILLED = 1.0
# [quantile] Of the samples taken as the end of that outline. Larger: corners are cut off. Smaller:
# flying pixels enlarge it. Chosen on simulated rooms.
OUTLINE_QUANTILE = 0.01
# [sigmas^2] Squared residual from which on an outlier costs no more. Larger: outliers decide the
# yaw. Smaller: nothing does. Chosen on simulated rooms: 5 sigma.
CAP = 25.0
# [m] Least extent of an outline. Larger: slats are turned at random. Smaller: logarithms of almost
# nothing decide. Numerics.
LEAST_EXTENT = 0.005


@dataclass(eq=False)
class Start:
    """Rough boxes [R], levelled frame."""

    yaw: np.ndarray  # [R] rad, -45 .. 45 degrees
    low: np.ndarray  # [R, 3] along right, down, away of the box turned by yaw
    high: np.ndarray  # [R, 3]


def find_start(s: Samples) -> Start:
    """The yaw at which the samples best fit the near faces of a box, and the box's extents."""
    used, z = s.used, s.z
    sigma = np.sqrt(s.variance + s.lateral)
    yaw = (np.arange(TURNS) / TURNS - 0.5) * (np.pi / 2)
    points, rays = _turn(s.points, yaw), _turn(s.rays, yaw)
    rays[np.abs(rays) < 1e-6] = 1e-6
    ordered = in_order(points, used[:, None])
    low, high = _ends(ordered, used, FACE_QUANTILE)
    inverse = 1 / rays
    near = np.where(rays > 0, low[..., None], high[..., None]) * inverse  # of a box's near faces
    weight = (used / sigma)[:, None]
    for _ in range(2):
        t = near.max(0)
        on = (near >= t) * weight
        total = on.sum(-1, keepdims=True) + np.float32(1e-6)
        on *= rays
        shift = np.matmul(on[..., None, :], (z[:, None] - t)[..., None])[..., 0]
        near += shift / total * inverse
    off = np.square((z[:, None] - near.max(0)) / sigma[:, None])
    cost = np.einsum("rkn,rn->rk", np.minimum(off, CAP), used)
    # From above all turns look alike but for how well they fill their outline.
    first, last = _ends(ordered, used, OUTLINE_QUANTILE)
    wide, _, deep = np.maximum(last - first, LEAST_EXTENT)
    cost += FILLED * used.sum(1)[:, None] * np.log(wide * deep)
    best = cost.argmin(1)
    row = np.arange(len(best))
    return Start(yaw[best], *(ends[:, row, best].T.astype(float) for ends in (low, high)))


def _turn(vectors: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """[3, R, N] along right, down, away of boxes turned by each yaw [K], [3, R, K, N] float32."""
    x, y, z = vectors[:, :, None]
    c, s = (f(yaw).astype(np.float32)[:, None] for f in (np.cos, np.sin))
    turned = np.empty((3, len(x), len(yaw), x.shape[-1]), np.float32)
    turned[0], turned[1], turned[2] = c * x + s * z, y, c * z - s * x
    return turned


def _ends(ordered: np.ndarray, used: np.ndarray, quantile: float):
    """Low and high quantile of the used samples of sorted [3, R, K, N], [3, R, K] each."""
    count = used.sum(1).astype(int)
    last = np.maximum(count - 1, 0)
    at = np.minimum((quantile * count).astype(int), last)
    row = np.arange(len(used))
    ends = ordered[:, row, :, at], ordered[:, row, :, last - at]
    low, high = (np.where(count[:, None, None] > 0, end, 0).swapaxes(0, 1) for end in ends)
    return low, high
