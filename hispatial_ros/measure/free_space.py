"""Whether the camera sees through what a solid would fill."""

import numpy as np

from hispatial_ros.measure.evidence import Samples
from hispatial_ros.measure.primitives import NEVER, WIDTH, Crossing

# [ratio] Way of a ray through a solid, by its least size, from which on it counts. Larger: few rays
# tell about thin solids. Smaller: rays that graze an edge refute it. Chosen on simulated rooms.
DEEP = 0.15
# [m] By which a ray has to end behind the solid. Larger: narrow gaps go unseen. Smaller: noise sees
# through. Sensor: 3 sigma at 2 m.
PAST = 0.02
# [ratio] The same by the distance. Larger, smaller: as above. Sensor: noise grows with distance.
PAST_BY_DISTANCE = 0.02


def pierced(x: Crossing, state: np.ndarray, s: Samples) -> np.ndarray:
    """Share [H] of the rays through each solid that end on something behind it.

    Args:
        x: of the samples' rays.
        state: [H, 7].
        s: [H, N] samples.
    """
    enter, leave, half = interval(x, state)
    deep = leave - enter > DEEP * half.min(0)
    # Things in front of the solid tell nothing about it.
    tolerance = PAST + PAST_BY_DISTANCE * np.maximum(enter, 0)
    told = deep & ((s.used > 0) | (s.behind > enter - tolerance))
    through = deep & (s.behind > leave + tolerance)
    return through.sum(1) / np.maximum(told.sum(1), 1)


def interval(x: Crossing, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth [H, N] at which rays enter and leave the solids; enter > leave: they miss it.

    Returns:
        enter, leave, and half of the solids' sizes [3, H, 1].
    """
    half = state[:, WIDTH:].T[:, :, None].astype(np.float32)
    thick = np.where(x.curved, 2 * NEVER, half * np.abs(x.inverse))
    enter = np.maximum(x.flat.max(0), x.enter)
    return enter, np.minimum((x.flat + thick).min(0), x.leave), half
