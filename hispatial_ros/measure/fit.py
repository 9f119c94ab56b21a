"""Robust least-squares fit of solids to the evidence."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure.evidence import Evidence
from hispatial_ros.measure.primitives import CY, FREE, HEIGHT, WIDTH, YAW, reach, residuals

ITERATIONS = 6
OUTLIER = 4.0  # standard deviations at which a sample counts a quarter
CONTACT = 0.35  # of its height: gap to the plane below that an object is taken to stand on
SMALLEST = 0.004  # m


@dataclass(eq=False)
class Prior:
    """What is known before looking: [R, 7] state and its standard deviations (inf: nothing)."""

    state: np.ndarray
    stddev: np.ndarray


@dataclass(eq=False)
class Fit:
    state: np.ndarray  # [R, 7]
    covariance: np.ndarray  # [R, 7, 7]
    cost: np.ndarray  # [R] negative log-likelihood of samples, tangents and prior
    misfit: np.ndarray  # [R] root of the samples' mean robust square, 1 where the solid is right


def fit(kind: int, start: np.ndarray, e: Evidence, prior: Prior) -> Fit:
    """Maximum a posteriori solids of one kind, by Gauss-Newton with reweighting.

    Args:
        kind: of all the solids.
        start: [R, 7].
        e: of R objects.
        prior: keeps what can not be seen near something plausible.
    """
    free = FREE[kind]
    state = start.copy()
    for iteration in range(ITERATIONS):
        outlier = 3 * OUTLIER if iteration < 2 else OUTLIER
        a, g, _ = _normal_equations(kind, state, e, prior, free, outlier)
        damping = 1e-3 * np.einsum("rpp->rp", a)
        step = np.linalg.solve(a + damping[:, :, None] * np.eye(a.shape[1]), -g[..., None])[..., 0]
        move = step @ free.T
        limit = 0.5 * np.maximum(state[:, WIDTH:].max(1), 0.02)[:, None] * np.ones(7)
        limit[:, YAW] = 0.3
        ratio = np.minimum(1, (limit / np.maximum(np.abs(move), 1e-9)).min(1, keepdims=True))
        state = state + ratio * move
        state[:, WIDTH:] = np.maximum(state[:, WIDTH:], SMALLEST)
    a, _, cost = _normal_equations(kind, state, e, prior, free, OUTLIER)
    covariance = free @ np.linalg.inv(a) @ free.T
    samples = np.maximum(e.used.sum(1), 1)
    return Fit(state, covariance, cost[0] + cost[1], np.sqrt(2 * cost[0] / samples))


def _normal_equations(kind, state, e: Evidence, prior: Prior, free, outlier: float):
    """J'WJ [R, P, P], J'Wr [R, P] and costs ([R] samples, [R] the rest) at a state."""
    r, j = residuals(kind, state, e)
    square = np.square(r)
    damp = 1 / (1 + square / np.float32(outlier**2))
    weight = e.used * np.square(damp)
    j = np.matmul(free.T.astype(np.float32), j)
    jw = j * weight[:, None, :]
    a = np.matmul(jw, j.swapaxes(1, 2)).astype(float)
    g = np.matmul(jw, r[:, :, None])[..., 0].astype(float)
    sample_cost = 0.5 * (e.used * square * damp).sum(1).astype(float)

    value, jt = reach(kind, state, e.tangent)
    distance = np.linalg.norm(state[:, :3], axis=1, keepdims=True)
    inverse = 1 / (e.tangent_stddev * distance)
    active = ~e.open | (value > 0)
    rt = value * inverse
    # A side that is far off is no side of this object after all.
    damp = 1 / (1 + np.square(rt / 20))
    weight = np.square(damp) * active
    jt = np.matmul(free.T, jt) * inverse[:, None, :]
    a += np.matmul(jt * weight[:, None, :], jt.swapaxes(1, 2))
    g += np.einsum("rpt,rt->rp", jt, weight * rt)
    rest = 0.5 * (active * np.square(rt) * damp).sum(1)

    gap = state[:, CY] + state[:, HEIGHT] / 2 - e.floor
    with np.errstate(invalid="ignore"):
        stands = np.abs(gap) < CONTACT * state[:, HEIGHT] + 0.02
    precision = np.where(stands, 1 / np.square(e.floor_stddev), 0)
    gap = np.where(stands, gap, 0)
    row = np.zeros(7)
    row[CY], row[HEIGHT] = 1, 0.5
    jf = row @ free
    a += precision[:, None, None] * np.outer(jf, jf)
    g += (precision * gap)[:, None] * jf
    rest += 0.5 * precision * np.square(gap)

    precision = 1 / np.square(prior.stddev)
    off = state - prior.state
    a += np.einsum("kp,rk,kq->rpq", free, precision, free)
    g += (precision * off) @ free
    rest += 0.5 * (precision * np.square(off)).sum(1)
    return a, g, (sample_cost, rest)
