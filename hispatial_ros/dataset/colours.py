"""Names of colours: what most people would call a patch of pixels."""

import cv2
import numpy as np

# Anchors in sRGB. Basic colour terms of Berlin and Kay (1969); several anchors where a term spans
# light and dark. Distances are taken in CIE L*a*b*.
PALETTE = {
    "black": ((25, 25, 25),),
    "white": ((240, 240, 240),),
    "gray": ((128, 128, 128), (90, 90, 90), (175, 175, 175)),
    "red": ((190, 30, 35), (130, 20, 25)),
    "orange": ((235, 120, 30),),
    "brown": ((110, 70, 40), (150, 100, 60)),
    "yellow": ((235, 205, 50), (200, 170, 30)),
    "green": ((40, 130, 60), (110, 170, 70), (25, 75, 40)),
    "blue": ((35, 80, 170), (90, 150, 210), (25, 40, 100)),
    "purple": ((120, 50, 140), (80, 50, 110)),
    "pink": ((235, 130, 170),),
}
# Share of the pixels that have to agree on a name. Smaller: patterned things get a colour that two
# people would not agree on.
AGREE = 0.6
# How much nearer the best name must be than the second, as a ratio of distances. Larger: border
# cases get a name.
CLEAR = 0.8
SAMPLES = 400


def _lab(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor((rgb / 255).astype(np.float32)[None], cv2.COLOR_RGB2LAB)[0]


NAMES = [name for name, anchors in PALETTE.items() for _ in anchors]
ANCHORS = _lab(np.array([anchor for anchors in PALETTE.values() for anchor in anchors], float))


def colour_name(pixels: np.ndarray) -> str:
    """The colour of most pixels, [N, 3] uint8 R G B; empty where there is no clear one."""
    if not len(pixels):
        return ""
    step = max(1, len(pixels) // SAMPLES)
    lab = _lab(pixels[::step].astype(float))
    distance = np.linalg.norm(lab[:, None] - ANCHORS[None], axis=2)
    names = sorted(PALETTE)
    by_name = np.stack([distance[:, [n == name for n in NAMES]].min(1) for name in names], axis=1)
    ranked = np.sort(by_name, axis=1)
    clear = ranked[:, 0] < CLEAR * ranked[:, 1]
    votes = np.bincount(by_name.argmin(1)[clear], minlength=len(names)) / len(lab)
    best = int(votes.argmax())
    return names[best] if votes[best] >= AGREE else ""
