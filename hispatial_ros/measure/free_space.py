"""Whether the camera sees through what a solid would fill."""

import numpy as np

from hispatial_ros.measure.evidence import Samples
from hispatial_ros.measure.fit import Hypotheses
from hispatial_ros.measure.primitives import TINY, WIDTH, YAW
from hispatial_ros.measure.solid import AXIS, CYLINDER, SPHERE

DEEP = 0.15  # of the solid's least size, along the ray, that a ray has to cross to count


def pierced(h: Hypotheses, s: Samples) -> np.ndarray:
    """Share [H] of the rays through each solid that end on something behind it."""
    enter, leave = crossing(h, s)
    deep = leave - enter > DEEP * h.state[:, WIDTH:].min(1).astype(np.float32)[:, None]
    # Things in front of the solid tell nothing about it.
    tolerance = 0.02 + 0.02 * np.maximum(enter, 0)
    told = deep & ((s.used > 0) | (s.behind > enter - tolerance))
    through = deep & (s.behind > leave + tolerance)
    return through.sum(1) / np.maximum(told.sum(1), 1)


def crossing(h: Hypotheses, s: Samples) -> tuple[np.ndarray, np.ndarray]:
    """Depth at which every ray enters and leaves its solid, [H, N]; leave < enter: a miss."""
    state = h.state.astype(np.float32)[:, :, None]
    c, sn = np.cos(state[:, YAW]), np.sin(state[:, YAW])
    x, y, z = s.rays
    rays = np.stack([c * x + sn * z, y, c * z - sn * x])
    rays = np.where(np.abs(rays) < TINY, TINY, rays)
    center = np.stack(
        [c * state[:, 0] + sn * state[:, 2], state[:, 1], c * state[:, 2] - sn * state[:, 0]]
    )
    half = state[:, WIDTH:].swapaxes(0, 1) / 2
    inverse = 1 / rays
    middle, reach = center * inverse, half * np.abs(inverse)
    low, high = middle - reach, middle + reach  # slabs, per axis
    # Round sections: which box axes they lie across, by solid.
    across = np.ones((3, len(state), 1), bool)
    for row, kind in enumerate(h.kind.tolist()):
        if kind in AXIS:
            across[AXIS[kind], row] = False
        elif kind != SPHERE:
            across[:, row] = False
    a = (rays * rays * across).sum(0) + TINY
    b = (rays * center * across).sum(0)
    radius = np.where(h.kind == SPHERE, h.state[:, WIDTH], h.state[:, WIDTH + 1])
    radius = np.where(h.kind == CYLINDER, h.state[:, WIDTH], radius).astype(np.float32)[:, None] / 2
    root = b * b - a * ((center * center * across).sum(0) - radius * radius)
    width = np.sqrt(np.maximum(root, 0)) / a
    flat = ~across
    enter = np.where(flat, low, -np.inf).max(0)
    leave = np.where(flat, high, np.inf).min(0)
    rounded = across.any(0)
    enter = np.where(rounded, np.maximum(enter, b / a - width), enter)
    leave = np.where(rounded, np.minimum(leave, b / a + width), leave)
    return enter, np.where(rounded & (root < 0), -np.inf, leave)
