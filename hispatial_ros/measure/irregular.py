"""Objects that no simple solid fits: chairs, mugs with handles, bags."""

import numpy as np

from hispatial_ros.measure.discrepancy import face_scale, face_squares, widen
from hispatial_ros.measure.evidence import Planes, Samples, in_order
from hispatial_ros.measure.fit import OUTLIER, Fit, Hypotheses, settle
from hispatial_ros.measure.free_space import pierced
from hispatial_ros.measure.hypotheses import stands
from hispatial_ros.measure.primitives import DEPTH, RESIDUAL, WIDTH, YAW
from hispatial_ros.measure.solid import BOX, aligned
from hispatial_ros.measure.yaw import LEAST_SIZE, turned

# [ratio] Distance of a sample from a solid, by its size, that speaks against it. Larger: handles
# are averaged away. Smaller: ornament refutes a solid. Chosen on simulated rooms.
DEVIANT = 0.08
# [share] Of the samples that far off which refutes a solid. Larger: chairs pass for boxes. Smaller:
# a neighbour in the mask refutes a box. Chosen on simulated rooms.
DEVIANT_SHARE = 0.15
# [share] Of how far samples are off on average, from which on a thing is called irregular. Larger:
# the name changes from image to image. Smaller: noise makes far things irregular. Chosen on
# simulated rooms.
UNEVEN = 0.018
# [ratio] Doubt from which on it is called so whatever its surface. Larger: open things are called
# boxes. Smaller: boxes drawn by hand change the name. Chosen on simulated rooms.
CLEARLY = 2.0
# [share] Of the rays that see through what a solid would fill, which refutes it. Larger: open
# things pass for full ones. Smaller: noise at the outline refutes it. Chosen on simulated rooms.
HOLES = 0.13
# [sigmas] By which a solid misses a touching plane, which refutes it. Larger: handles are cut off.
# Smaller: boxes drawn by hand refute it. Chosen on simulated rooms.
CONFLICT = 5.0
# [ratio] Such a distance, by the size, that no uncertainty of a side excuses. Larger, smaller: as
# above. Chosen on simulated rooms.
OVERSIZE = 0.2
# [ratio] Least such distance, by the size. Larger, smaller: as above. Chosen on simulated rooms.
ASIDE = 0.06
# [quantile] Of the samples at which an irregular object ends. Larger: thin ends are cut off.
# Smaller: flying pixels enlarge it. Chosen on simulated rooms.
END_QUANTILE = 0.01
# [m] Standard deviation of such an end beside the noise. Larger: wider intervals. Smaller: too
# narrow ones. Chosen on simulated rooms.
RAGGED = 0.006
# [ratio] How far, by the apparent size, it may go on behind what is seen. Larger: wider intervals
# of the depth. Smaller: too narrow ones. Chosen on simulated rooms.
UNSEEN_DEPTH = 0.35
# [ratio] Standard deviation of its depth, by the apparent size, from the solid that comes nearest.
# Larger: hidden backs are lost. Smaller: what is no solid is completed like one. Chosen on
# simulated rooms.
LIKE_SOLID = 0.2
# [ratio] How far it may go on beside and above what is seen, by the width or height. Larger: wider
# intervals. Smaller: too narrow ones. Chosen on simulated rooms.
UNSEEN_BESIDE = 0.1
# [ratio] Standard deviation of the foot by the height out of sight down to what it stands on.
# Larger: wider intervals. Smaller: things that stand on something hidden are stretched. Chosen on
# simulated rooms.
FOOT_UNSEEN = 0.3
# [ratio] How far, by the apparent size, its box reaches beyond its outline. Larger: sides of the 2D
# box count less. Smaller: empty corners pull the box in. Chosen on simulated rooms.
CORNER = 0.12
# [rad] Standard deviation of the yaw. Larger: wider intervals of width and depth. Smaller: too
# narrow ones. Chosen on simulated rooms.
YAW_STDDEV = 0.1
# [rad] How far the yaw may move once the box is drawn. Larger: it follows noise. Smaller: it stays
# where the failed fit left it. Chosen on simulated rooms.
YAW_KEPT = 0.02
# [ratio] Standard deviation of the side that is seen, by the size, beside the above. Larger: wider
# intervals. Smaller: too narrow ones. Chosen on simulated rooms.
SEEN_SHARE = 0.04
# [ratio] The same of the side behind. Larger, smaller: as above. Chosen on simulated rooms.
HIDDEN_SHARE = 0.12


def doubt(h: Hypotheses, found: Fit, samples: Samples, planes: Planes) -> np.ndarray:
    """How much speaks against H solids, [H]: 1 where samples, a side or rays are at their limit.

    Sides count by their square: a box that is a little off says nothing about its object.
    """
    off = np.abs(found.samples[:, RESIDUAL])
    size = _size(h)
    distance = off * samples.sigma
    deviant = (off > OUTLIER) & (distance > DEVIANT * size[:, None])
    share = samples.mean(deviant)
    side, gap = np.abs(found.planes[:, :-1, RESIDUAL]), np.abs(found.gap)
    conflict = np.minimum(side / CONFLICT, gap / (ASIDE * size[:, None])).max(1)
    far = np.where(planes.open, 0, gap[:, :4] / (OVERSIZE * size[:, None])).max(1)
    holes = pierced(found.crossing, h.state, samples)
    return np.max([share / DEVIANT_SHARE, conflict**2, far**2, holes / HOLES], axis=0)


def is_irregular(h: Hypotheses, found: Fit, samples: Samples, against: np.ndarray) -> np.ndarray:
    """Whether things are called irregular, [H] bool, by H solids and the doubt about them.

    By how far all samples are off: that hardly changes with noise and with the 2D box.
    """
    off = np.abs(found.samples[:, RESIDUAL])
    share = np.minimum(off * samples.sigma / (DEVIANT * _size(h)[:, None]), 1)
    share *= np.minimum(off / OUTLIER, 1) ** 4
    return (samples.mean(share) > UNEVEN) | (against > CLEARLY)


def _size(h: Hypotheses) -> np.ndarray:
    """The mean of the two larger sizes, [H] float32."""
    return face_scale(h.state).astype(np.float32)


def enclose(
    h: Hypotheses, spread: np.ndarray, samples: Samples, planes: Planes
) -> tuple[Hypotheses, np.ndarray]:
    """Boxes around the visible samples of H irregular objects, completed behind them.

    Args:
        h: the solids that come nearest.
        spread: [H, 7, 7] covariance of their states.
        samples: of each object.
        planes: of each object.

    Returns:
        The boxes and the covariance [H, 7, 7] of their states.
    """
    yaw = turned(samples)
    c, s = np.cos(yaw), np.sin(yaw)
    zero = np.zeros_like(c)
    axes = np.stack([np.stack([c, zero, s], 1), np.tile([0.0, 1, 0], (len(c), 1)),
                     np.stack([-s, zero, c], 1)], 1)  # fmt: skip
    local = np.matmul(axes.astype(np.float32), samples.points.swapaxes(0, 1))
    low, high = _ends(local, samples.used)
    chance = stands(low, high, planes)
    unseen = np.where(chance > 0, np.maximum(planes.floor - high[:, 1], 0), 0)
    high[:, 1] += chance * unseen
    size = np.maximum(high - low, LEAST_SIZE)
    scale = np.sqrt(size[:, 0] * size[:, 1])
    sigma = np.sqrt(samples.mean(samples.variance))
    known = RAGGED + sigma[:, None] / 2

    count = len(yaw)
    inwards = np.broadcast_to(known, (count, 6))
    outwards = np.empty((count, 6))
    # Nothing of it lies before its near side; behind its far side it may go on.
    outwards[:, [0, 3]] = known + UNSEEN_BESIDE * size[:, :1]
    outwards[:, [1, 4]] = known + UNSEEN_BESIDE * size[:, 1:2]
    outwards[:, 2:3], outwards[:, 5] = known, UNSEEN_DEPTH * scale
    touching = Planes(
        normal=np.concatenate([planes.normal, axes, -axes], 1),
        offset=np.concatenate([planes.offset, low, -high], 1),
        inwards=np.concatenate([planes.inwards, inwards], 1),
        # The corners of its box may be empty and stand out from the outline.
        outwards=np.concatenate([planes.outwards + CORNER * scale[:, None], outwards], 1),
        open=planes.open,
        floor=planes.floor,
        above=planes.above,
    )
    center = np.einsum("rak,ra->rk", axes, (low + high) / 2)
    state = np.concatenate([center, yaw[:, None], size], 1)
    prior, stddev = h.prior.copy(), h.prior_stddev.copy()
    prior[:, YAW], stddev[:, YAW] = yaw, YAW_KEPT
    # What hides its back is most likely about as deep as the solid, as far as that is known.
    prior[:, DEPTH] = aligned(h.kind, h.state, yaw)[:, DEPTH]
    stddev[:, DEPTH] = np.hypot(LIKE_SOLID * scale, np.sqrt(spread[:, DEPTH, DEPTH]))
    box = Hypotheses(np.full(count, BOX), state, prior, stddev)
    spread = settle(box, touching, 3)
    spread[:, YAW, YAW] += YAW_STDDEV**2
    spread[:, WIDTH, WIDTH] += np.square(YAW_STDDEV * box.state[:, DEPTH])
    spread[:, DEPTH, DEPTH] += np.square(YAW_STDDEV * box.state[:, WIDTH])
    square = face_squares(box.state)
    hidden = HIDDEN_SHARE**2 * square
    hidden[:, 1] += (chance * FOOT_UNSEEN**2 + chance * (1 - chance)) * np.square(unseen)
    widen(spread, box.state, SEEN_SHARE**2 * square, hidden)
    return box, spread


def _ends(local: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Low and high quantile [R, 3] of the used samples [R, 3, N]."""
    ordered = in_order(local, used[:, None])
    count = used.sum(1).astype(int)
    at = (END_QUANTILE * count).astype(int)
    row = np.arange(len(count))
    return ordered[row, :, at], ordered[row, :, np.maximum(count - 1 - at, 0)]
