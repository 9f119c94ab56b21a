"""How large things of a name usually are, as one more measurement where their backs are hidden."""

import re
from functools import lru_cache
from itertools import permutations

import numpy as np

from hispatial_ros.measure.discrepancy import widen
from hispatial_ros.measure.primitives import WIDTH, YAW
from hispatial_ros.measure.solid import Solids

# [share] Of things that are of no usual size, whatever their name: a toy, a giant bottle. Larger:
# names tell less. Smaller: the unusual is forced into what is usual. Convention.
UNUSUAL = 0.2
# [ratio] Natural logarithm of the range that their sizes are spread over evenly. Derived: from 2 cm
# to 3 m.
RANGE = 5.0
# [share] Of things of a usual size of which only a part was measured: a bed behind its headboard.
# Larger: what is seen whole gets wide intervals. Smaller: parts pass for unusual wholes. Chosen on
# simulated rooms.
IN_PART = 0.1
# [ratio] Most of its usual size behind that such a part may have. Larger: what is seen whole gets
# wide intervals. Smaller: large parts pass for unusual wholes. Chosen on simulated rooms.
MOST_OF = 0.6
# [ratio] Times the spreads below, since names are given loosely. Larger: names tell less. Smaller:
# too narrow intervals. Chosen on simulated rooms.
WIDER = 1.4
# [share] Of the standard deviation of a size that has to go for the name to be worth a note.
# Larger: it is used without being told. Smaller: notes where it changes nothing. Convention.
NOTED = 0.15
# Longest, shorter, height in m, and their standard deviation as a share, of all three or of each:
# people lie on beds of one length and of many widths. Sources: E. Neufert, Architects' Data
# (furniture, kitchen, vehicles); the rules of the sports (balls, boards, rackets); else common
# goods. Spreads are wide on purpose: about two of three things of a name lie within.
STANDING = {  # stand as they are used
    "bed": (2.03, 1.45, 0.85, (0.08, 0.28, 0.3)), "couch": (2.0, 0.95, 0.82, (0.25, 0.14, 0.16)),
    "sofa": (2.0, 0.95, 0.82, (0.25, 0.14, 0.16)), "armchair": (0.85, 0.82, 0.88, 0.18),
    "chair": (0.56, 0.52, 0.86, 0.18), "stool": (0.4, 0.38, 0.55, 0.3),
    "bench": (1.3, 0.45, 0.65, 0.35), "dining table": (1.5, 0.85, 0.75, (0.28, 0.2, 0.06)),
    "table": (1.25, 0.75, 0.65, 0.35), "desk": (1.4, 0.7, 0.74, (0.22, 0.2, 0.06)),
    "coffee table": (1.05, 0.6, 0.44, 0.25), "side table": (0.5, 0.45, 0.55, 0.25),
    "night stand": (0.48, 0.4, 0.55, 0.22), "nightstand": (0.48, 0.4, 0.55, 0.22),
    "dresser": (1.1, 0.5, 0.85, 0.28), "wardrobe": (1.4, 0.6, 2.0, (0.35, 0.12, 0.15)),
    "cabinet": (0.8, 0.42, 1.0, 0.4), "shelf": (0.8, 0.33, 1.2, 0.4),
    "bookshelf": (0.8, 0.31, 1.6, (0.35, 0.2, 0.3)),
    "bookcase": (0.8, 0.31, 1.6, (0.35, 0.2, 0.3)),
    "refrigerator": (0.68, 0.66, 1.65, (0.16, 0.12, 0.2)),
    "fridge": (0.68, 0.66, 1.65, (0.16, 0.12, 0.2)), "oven": (0.6, 0.6, 0.75, 0.2),
    "washing machine": (0.6, 0.58, 0.85, 0.1), "dishwasher": (0.6, 0.58, 0.84, 0.1),
    "microwave": (0.49, 0.38, 0.29, 0.16), "toaster": (0.3, 0.18, 0.2, 0.25),
    "sink": (0.56, 0.46, 0.2, 0.3), "toilet": (0.68, 0.38, 0.76, 0.14),
    "tv": (1.0, 0.15, 0.62, 0.35), "monitor": (0.54, 0.19, 0.45, 0.22),
    "laptop": (0.34, 0.25, 0.2, 0.25), "potted plant": (0.4, 0.38, 0.6, 0.45),
    "vase": (0.16, 0.15, 0.28, 0.4), "trash can": (0.34, 0.31, 0.55, 0.35),
    "bin": (0.34, 0.31, 0.55, 0.35), "bottle": (0.078, 0.072, 0.24, 0.25),
    "wine glass": (0.08, 0.078, 0.2, 0.2), "cup": (0.1, 0.085, 0.1, 0.22),
    "mug": (0.12, 0.085, 0.097, 0.15), "bowl": (0.16, 0.157, 0.075, 0.28),
    "can": (0.072, 0.07, 0.11, 0.25), "person": (0.52, 0.34, 1.6, 0.25),
    "bicycle": (1.75, 0.55, 1.05, 0.12), "motorcycle": (2.1, 0.8, 1.15, 0.14),
    "car": (4.4, 1.8, 1.5, 0.12), "bus": (11.5, 2.55, 3.1, 0.2), "truck": (7.0, 2.4, 2.9, 0.35),
    "fire hydrant": (0.4, 0.33, 0.8, 0.2), "parking meter": (0.3, 0.25, 1.4, 0.25),
    "cat": (0.45, 0.2, 0.28, 0.3), "dog": (0.75, 0.28, 0.55, 0.4), "horse": (2.3, 0.6, 1.7, 0.2),
    "cow": (2.3, 0.75, 1.45, 0.2), "sheep": (1.2, 0.45, 0.85, 0.22),
    "elephant": (5.5, 1.9, 2.9, 0.3), "zebra": (2.3, 0.6, 1.45, 0.18),
    "giraffe": (3.0, 0.9, 4.6, 0.22), "suitcase": (0.5, 0.28, 0.68, 0.25),
    "backpack": (0.34, 0.24, 0.46, 0.25),
}  # fmt: skip
LOOSE = {  # lie, stand or lean any way
    "book": (0.23, 0.155, 0.03, 0.28), "keyboard": (0.43, 0.14, 0.03, 0.2),
    "mouse": (0.115, 0.063, 0.037, 0.15), "remote": (0.18, 0.048, 0.022, 0.22),
    "cell phone": (0.152, 0.073, 0.009, 0.14), "banana": (0.18, 0.07, 0.037, 0.18),
    "apple": (0.077, 0.076, 0.072, 0.15), "orange": (0.077, 0.076, 0.074, 0.15),
    "carrot": (0.17, 0.032, 0.03, 0.25), "broccoli": (0.15, 0.13, 0.13, 0.25),
    "sports ball": (0.22, 0.22, 0.22, 0.3), "football": (0.22, 0.22, 0.22, 0.05),
    "basketball": (0.241, 0.241, 0.241, 0.05), "tennis ball": (0.067, 0.067, 0.067, 0.04),
    "tennis racket": (0.685, 0.27, 0.03, 0.08), "baseball bat": (0.83, 0.066, 0.066, 0.08),
    "frisbee": (0.265, 0.265, 0.03, 0.1), "skateboard": (0.8, 0.2, 0.11, 0.1),
    "surfboard": (2.1, 0.53, 0.08, 0.18), "scissors": (0.19, 0.08, 0.014, 0.22),
    "fork": (0.195, 0.025, 0.02, 0.14), "knife": (0.22, 0.025, 0.015, 0.2),
    "spoon": (0.18, 0.04, 0.022, 0.2), "toothbrush": (0.19, 0.016, 0.016, 0.12),
    "hair drier": (0.22, 0.2, 0.085, 0.2), "clock": (0.27, 0.26, 0.06, 0.4),
    "teddy bear": (0.35, 0.25, 0.2, 0.4), "handbag": (0.34, 0.27, 0.13, 0.3),
}  # fmt: skip
SECTIONAL = (2.35, 1.6, 0.8, (0.2, 0.2, 0.16))  # a sofa with a part across
OTHER_FORMS = {"couch": [SECTIONAL], "sofa": [SECTIONAL]}
# Words that say that a thing is not of the usual size.
OTHERWISE = {
    "baby", "big", "child", "children", "doll", "giant", "huge", "kid", "kids", "large", "little",
    "mini", "miniature", "model", "oversized", "small", "tiny", "toy",
}  # fmt: skip


@lru_cache(maxsize=1024)
def typical_sizes(label: str) -> np.ndarray | None:
    """What width, height, depth and their spreads may be for a name, [K, 6]; None: not known.

    The name counts by its last words: "purple chair" and "OfficeChair_2" are chairs, "chair leg" is
    nothing known.
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[^a-zA-Z]+", " ", label).lower().split()
    if OTHERWISE & set(words):
        return None
    while words and len(words[-1]) == 1:  # "chair B" is one of several chairs
        words.pop()
    for first in range(max(len(words) - 3, 0), len(words)):
        name = " ".join(words[first:])
        if name in STANDING:
            forms = [STANDING[name], *OTHER_FORMS.get(name, [])]
            # Its box may be turned to either side, or drawn across its corners.
            return np.concatenate([_standing(*form) for form in forms])
        if name in LOOSE:
            *size, spread = LOOSE[name]
            return np.array([(*way, *[spread] * 3) for way in permutations(size)])
    return None


def _standing(a: float, b: float, tall: float, spread) -> np.ndarray:
    long, short, high = np.broadcast_to(spread, 3)
    across, both = (a + b) / np.sqrt(2), max(long, short)
    return np.array(
        [
            (a, tall, b, long, high, short),
            (b, tall, a, short, high, long),
            (across, tall, across, both, high, both),
        ]
    )


def expect(solids: Solids, labels: list[str]) -> np.ndarray:
    """Combine solids with what is usual for their names, in place.

    Bayes: either the thing is of a usual size, standing in one of a few ways, which adds a
    measurement of all its sizes, and was measured as a whole or in part; or it is of another size,
    and nothing is added. What is seen of it decides between these, so a toy chair is not stretched.
    A size that is seen well hardly changes.

    Args:
        solids: R of them.
        labels: R names.

    Returns:
        [R] bool: the name told something about the size.
    """
    told = np.zeros(len(labels), bool)
    fine = np.isfinite(solids.covariance).all((1, 2)) & (solids.size > 0).all(1)
    sizes = [typical_sizes(label) if ok else None for label, ok in zip(labels, fine, strict=True)]
    rows = np.array([i for i, usual in enumerate(sizes) if usual is not None], int)
    if not len(rows):
        return told
    found = [usual for usual in sizes if usual is not None]
    state = np.concatenate([solids.center, solids.yaw[:, None], solids.size], 1)[rows]
    spread = solids.covariance[rows]
    mean, covariance = _mixture(state, spread, found)
    before, after = (np.sqrt(np.einsum("rii->ri", c)[:, WIDTH:]) for c in (spread, covariance))
    good = (state[:, WIDTH:] + mean[:, WIDTH:] > 0).all(1)
    rows, mean, covariance = rows[good], mean[good], covariance[good]
    told[rows] = (after < (1 - NOTED) * before).any(1)[good]
    solids.center[rows] += mean[:, :YAW]
    solids.size[rows] += mean[:, WIDTH:]
    solids.covariance[rows] = covariance
    return told


def _mixture(state: np.ndarray, spread: np.ndarray, usual: list[np.ndarray]):
    """Change of states [R, 7] and their covariances [R, 7, 7] by usual sizes, or by none.

    Args:
        usual: [K, 6] of each.
    """
    count = np.array([len(ways) for ways in usual])
    row = np.concatenate([np.repeat(np.arange(len(state)), count)] * 2)
    ways = np.concatenate(usual * 2)
    way, share = ways[:, :3], ways[:, 3:]
    part = np.arange(len(row)) >= len(row) // 2
    size, prior = state[row, WIDTH:], spread[row]
    # A part goes on behind what was measured of it.
    behind = _along_sight(state)[row] * way
    widen(prior, state[row], np.zeros(len(row)), np.square(behind) * part[:, None])
    both = prior[:, WIDTH:, WIDTH:] + np.eye(3) * np.square(WIDER * share * way)[:, None]
    off = way - size
    gain = np.linalg.solve(both, prior[:, WIDTH:]).swapaxes(1, 2)
    steps = np.einsum("mij,mj->mi", gain, off)
    remaining = prior - gain @ prior[:, WIDTH:]
    misfit = np.einsum("mi,mi->m", off, np.linalg.solve(both, off[..., None])[..., 0])
    likely = -(misfit + np.linalg.slogdet(2 * np.pi * both)[1]) / 2
    chance = (1 - UNUSUAL) * np.where(part, IN_PART, 1 - IN_PART) / count[row]
    evidence = np.log(chance) + likely
    evidence[part & ((behind * (MOST_OF * way - size)).sum(1) <= 0)] = -np.inf
    none = np.log(UNUSUAL) - np.log(state[:, WIDTH:] * RANGE).sum(1)

    best = none.copy()
    np.maximum.at(best, row, evidence)
    weight, rest = np.exp(evidence - best[row]), np.exp(none - best)
    total = rest + np.bincount(row, weight, len(state))
    weight, rest = weight / total[row], rest / total
    mean = np.zeros_like(state)
    np.add.at(mean, row, weight[:, None] * steps)
    apart = steps - mean[row]
    covariance = rest[:, None, None] * (spread + mean[:, :, None] * mean[:, None, :])
    both = remaining + apart[:, :, None] * apart[:, None, :]
    np.add.at(covariance, row, weight[:, None, None] * both)
    return mean, covariance


def _along_sight(state: np.ndarray) -> np.ndarray:
    """Square of the cosine between the box axes and the line of sight over the floor, [R, 3]."""
    c, s = np.cos(state[:, YAW]), np.sin(state[:, YAW])
    x, z = state[:, 0], state[:, 2]
    along = np.stack([c * x + s * z, np.zeros(len(x)), c * z - s * x], 1)
    return np.square(along) / np.maximum(np.square(along).sum(1, keepdims=True), 1e-12)
