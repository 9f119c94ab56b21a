"""Which images are worth keeping: sharp, exposed, and not what the last ones showed already."""

from collections import deque

import cv2
import numpy as np

# Side [pixels] at which images are judged, so that the limits mean the same at any resolution.
SIDE = 320
# [grey level^2] Variance of the Laplacian of a sharp image at that size. Larger: soft but usable
# images go. Pech-Pacheco et al. 2000 describe the measure; the value is chosen on the desk frame
# blurred by a growing kernel: 7 px wide at full size is dropped.
SHARP = 25.0
# [share] Of pixels that may be black or white; [grey levels] from the ends that count as such.
CLIPPED, ENDS = 0.6, 4
# [bits of 64] Difference hash: images that differ by fewer show the same. Larger: fewer of a slow
# robot's images are kept.
ALIKE = 4
# Images that a new one is compared with.
WINDOW = 32


class Selector:
    """Judges the images of one sequence in their order."""

    def __init__(self) -> None:
        self._kept: deque[int] = deque(maxlen=WINDOW)

    def why_not(self, rgb: np.ndarray) -> str:
        """Why an image [H, W, 3] uint8 is left out; empty if it is kept, and then remembered."""
        height, width = rgb.shape[:2]
        scale = SIDE / max(height, width)
        size = (max(9, round(width * scale)), max(9, round(height * scale)))
        grey = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        if ((grey < ENDS) | (grey > 255 - ENDS)).mean() > CLIPPED:
            return "badly exposed"
        if cv2.Laplacian(grey, cv2.CV_64F).var() < SHARP:
            return "blurred"
        code = difference_hash(grey)
        if any((code ^ other).bit_count() <= ALIKE for other in self._kept):
            return "shows the same as an earlier one"
        self._kept.append(code)
        return ""


def difference_hash(grey: np.ndarray) -> int:
    """64 bits: whether each of 8 x 8 places is brighter than its right neighbour (N. Krawetz)."""
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(int)
    bits = (small[:, 1:] > small[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")
