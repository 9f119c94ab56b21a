"""Completes the visible surfaces of the objects to whole solids."""

import numpy as np

from hispatial_ros.measure.evidence import Evidence
from hispatial_ros.measure.fit import CONTACT, Fit, Prior, fit
from hispatial_ros.measure.primitives import WIDTH, YAW
from hispatial_ros.measure.solid import BOX, CYLINDER, LYING_X, LYING_Z, SPHERE, Solids
from hispatial_ros.measure.start import Start, find_start

KINDS = (BOX, CYLINDER, SPHERE, LYING_X, LYING_Z)
SIZE_PRIOR = 0.6  # of the apparent size, standard deviation of what can not be seen
YAW_PRIOR = 0.5  # rad


def complete(e: Evidence) -> Solids:
    """The most plausible solid for each object."""
    start = find_start(e)
    fits = []
    for kind in KINDS:
        state = _initial(kind, start, e)
        fits.append(fit(kind, state, e, _prior(state, start)))
    cost = np.stack([f.cost for f in fits])
    best = cost.argmin(0)
    row = np.arange(cost.shape[1])
    state = np.stack([f.state for f in fits])[best, row]
    covariance = np.stack([f.covariance for f in fits])[best, row]
    return Solids(np.array(KINDS)[best], state[:, :3], state[:, YAW], state[:, WIDTH:], covariance)


def _initial(kind: int, start: Start, e: Evidence) -> np.ndarray:
    """First state [R, 7] of a fit."""
    low, high = start.low.copy(), start.high.copy()
    with np.errstate(invalid="ignore"):
        gap = e.floor - high[:, 1]
        stands = (gap > -0.05) & (e.open[:, 3] | (gap < CONTACT * (high - low)[:, 1] + 0.02))
    high[:, 1] = np.where(stands, e.floor, high[:, 1])
    size = np.maximum(high - low, 0.01)
    across = np.maximum(size[:, 0], size[:, 2])
    if kind == BOX:
        size[:, 2] = np.maximum(size[:, 2], 0.3 * size[:, 0])
        size[:, 0] = np.maximum(size[:, 0], 0.3 * size[:, 2])
    elif kind == CYLINDER:
        size[:, 0] = size[:, 2] = across
    elif kind == SPHERE:
        size[:] = ((across + size[:, 1]) / 2)[:, None]
    elif kind == LYING_X:
        size[:, 2] = size[:, 1]
    else:
        size[:, 0] = size[:, 1]
    c, s = np.cos(start.yaw), np.sin(start.yaw)
    away = low[:, 2] + size[:, 2] / 2
    # The end of the box that is nearer to the camera is the one that was seen.
    right = np.where(
        np.abs(low[:, 0]) < np.abs(high[:, 0]),
        low[:, 0] + size[:, 0] / 2,
        high[:, 0] - size[:, 0] / 2,
    )
    frontal = size[:, 0] <= high[:, 0] - low[:, 0] + 1e-6
    right = np.where(frontal, (low[:, 0] + high[:, 0]) / 2, right)
    down = high[:, 1] - size[:, 1] / 2
    center = np.stack([c * right - s * away, down, s * right + c * away], 1)
    return np.concatenate([center, start.yaw[:, None], size], 1)


def _prior(state: np.ndarray, start: Start) -> Prior:
    scale = np.sqrt(np.prod(np.maximum(start.high - start.low, 0.01)[:, :2], 1))
    mean, stddev = state.copy(), np.full(state.shape, np.inf)
    mean[:, WIDTH:] = scale[:, None]
    stddev[:, WIDTH:] = SIZE_PRIOR * scale[:, None]
    stddev[:, YAW] = YAW_PRIOR
    return Prior(mean, stddev)


__all__ = ["Fit", "complete"]
