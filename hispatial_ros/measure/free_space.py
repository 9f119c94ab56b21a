"""Whether the camera sees through what a solid would fill."""

import numpy as np

from hispatial_ros.measure.evidence import Samples
from hispatial_ros.measure.primitives import WIDTH, Crossing

# [ratio] Way of a ray through a solid, by its least size, from which on it counts. Larger: few rays
# tell about thin solids. Smaller: rays that graze an edge refute it. Chosen on simulated rooms.
DEEP = 0.15


def pierced(x: Crossing, state: np.ndarray, s: Samples) -> np.ndarray:
    """Share [H] of the rays through each solid that end on something behind it.

    Args:
        x: of the samples' rays.
        state: [H, 7].
        s: [H, N] samples.
    """
    half = state[:, WIDTH:].T[:, :, None].astype(np.float32)
    thick = np.where(x.curved, 2e6, half * np.abs(x.inverse))
    enter = np.maximum(x.flat.max(0), x.enter)
    leave = np.minimum((x.flat + thick).min(0), x.leave)
    deep = leave - enter > DEEP * half.min(0)
    # Things in front of the solid tell nothing about it.
    tolerance = 0.02 + 0.02 * np.maximum(enter, 0)
    told = deep & ((s.used > 0) | (s.behind > enter - tolerance))
    through = deep & (s.behind > leave + tolerance)
    return through.sum(1) / np.maximum(told.sum(1), 1)
