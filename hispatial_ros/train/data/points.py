"""Which points the model is given: metric ones, or less, to measure what they are worth."""

import numpy as np

METRIC, RELATIVE, NONE = "metric", "relative", "none"
POINTS = (METRIC, RELATIVE, NONE)


def given_points(xyz: np.ndarray, points: str) -> np.ndarray:
    """The point map as one of ``POINTS``.

    Args:
        xyz: [4, S, S] float32; x, y, z in metres in the optical frame, and validity (0 or 1).
        points: METRIC: as it is. RELATIVE: depth divided by the image's median, without x and y, so
            that neither scale nor focal length is known. NONE: zeros, all invalid.
    """
    if points == METRIC:
        return xyz
    relative = np.zeros_like(xyz)
    valid = xyz[3] > 0
    if points == RELATIVE and valid.any():
        relative[2][valid] = xyz[2][valid] / np.median(xyz[2][valid])
        relative[3] = xyz[3]
    return relative
