"""How far real things are from the solids that stand for them, judged by what is seen of them.

A bottle has a neck, a jug a handle, a carton rounded edges. Of an ideal solid samples scatter by
their noise, and no ray passes where it should hit. What exceeds that tells how far the faces of
the thing's true box may be off. It is an error of the model: no number of samples reduces it.
"""

import numpy as np

from hispatial_ros.measure.evidence import Samples
from hispatial_ros.measure.fit import Fit, Hypotheses
from hispatial_ros.measure.free_space import interval
from hispatial_ros.measure.primitives import WIDTH, YAW

# [ratio] Most that a sample off the surface counts, by the size. Larger: a neighbour in the mask
# widens intervals. Smaller: handles go unnoticed. Chosen on simulated rooms.
FARTHEST = 0.3
# [ratio] Of the samples' variance that counts as noise. Larger: bulges go unnoticed. Smaller:
# noise passes for bulges. Chosen on simulated rooms.
NOISE = 1.3
# [m] By which a ray ends behind a solid that it should have hit, beside a share of the distance.
# Larger: gaps go unseen. Smaller: noise passes for gaps. Sensor: 2 sigma at 1 m.
BEHIND = 0.005
# [ratio] That share. Larger, smaller: as above. Sensor: noise grows with distance.
BEHIND_BY_DISTANCE = 0.01
# [share] Of rays that miss an ideal solid or pass through it, at its blurred edges. Larger: handles
# go unnoticed. Smaller: ideal things get wide intervals. Chosen on simulated rooms.
BLURRED = 0.015
# Standard deviation of a face by the size: what any thing has, and per unit of roughness, of
# samples that miss the solid, of rays that pass through it. First the face that is seen, then what
# the hidden one has beyond. Fitted to simulated things by maximum likelihood.
SEEN = np.array([0.004, 1.35, 0.34, 0.3])
HIDDEN = np.array([0.005, 0.8, 1.8, 0.45])


def discrepancy(h: Hypotheses, found: Fit, s: Samples) -> np.ndarray:
    """Squares of what tells about H solids and their things, [H, 4] in the order of SEEN.

    Args:
        h: the solids.
        found: how they fit.
        s: [H, N] samples.
    """
    enter, leave, _ = interval(found.crossing, h.state)
    scale = face_scale(h.state)
    hit, used = enter < leave, s.used > 0
    count = np.maximum(used.sum(1), 1)
    off = np.minimum(np.abs(enter - s.z), FARTHEST * scale[:, None])
    excess = np.square(off) - NOISE * s.variance
    rough = np.maximum((excess * (used & hit)).sum(1) / np.maximum((used & hit).sum(1), 1), 0)
    passed = hit & (s.behind > leave + BEHIND + BEHIND_BY_DISTANCE * enter)
    missed = (used & ~hit).sum(1) / count
    through = passed.sum(1) / np.maximum((passed | (used & hit)).sum(1), 1)
    missed, through = (np.square(np.maximum(v - BLURRED, 0)) for v in (missed, through))
    return np.stack([np.ones(len(scale)), rough / np.square(scale), missed, through], 1)


def face_scale(state: np.ndarray) -> np.ndarray:
    """The size [H] that errors of faces are counted by: the mean of the two larger ones."""
    return np.sort(state[:, WIDTH:], axis=1)[:, 1:].sum(1) / 2


def face_squares(state: np.ndarray) -> np.ndarray:
    """What variances of faces are counted by, [H, 3] m^2: less across thin things."""
    return state[:, WIDTH:] * face_scale(state)[:, None]


def widen(spread: np.ndarray, state: np.ndarray, seen: np.ndarray, hidden: np.ndarray) -> None:
    """Add independent errors of the faces to covariances [H, 7, 7] of states [H, 7], in place.

    Args:
        seen: [H] or [H, 3] m^2, variance of the face towards the camera along each box axis.
        hidden: the same of the one behind.
    """
    seen, hidden = (
        np.broadcast_to(v.reshape(len(state), -1), (len(state), 3)) for v in (seen, hidden)
    )
    axes = np.zeros((len(state), 3, 3))  # rows right, down, away in the levelled frame
    axes[:, 0, 0] = axes[:, 2, 2] = np.cos(state[:, YAW])
    axes[:, 0, 2] = np.sin(state[:, YAW])
    axes[:, 2, 0] = -axes[:, 0, 2]
    axes[:, 1, 1] = 1
    towards = -np.sign(np.einsum("rak,rk->ra", axes, state[:, :3]))  # of the camera
    both, gain = seen + hidden, towards * (seen - hidden) / 2
    spread[:, :3, :3] += np.einsum("rak,ra,ral->rkl", axes, both / 4, axes)
    cross = np.einsum("rak,ra->rka", axes, gain)
    spread[:, :3, WIDTH:] += cross
    spread[:, WIDTH:, :3] += cross.swapaxes(1, 2)
    np.einsum("rii->ri", spread)[:, WIDTH:] += both
