"""Level 0: geometry of single pixels."""

from collections.abc import Iterator

import numpy as np

from hispatial_ros.dataset.facts import Either, Fact, Numbers
from hispatial_ros.dataset.world import Quantity
from hispatial_ros.pointmap.pointmap import PointMap

# Pixels that are asked about, and pairs of them.
POINTS, PAIRS = 12, 12
# [share of the image's side] Pixels keep this far from the border.
BORDER = 0.02
# Location tokens run to 1023, see the model's vocabulary.
LOCATIONS = 1024


def pixel_facts(points: PointMap, rng: np.random.Generator) -> Iterator[Fact]:
    """Where random pixels are, and which of two is nearer.

    Args:
        points: of the image.
        rng: chooses the pixels.
    """
    width, height = points.camera.width, points.camera.height
    low = BORDER * np.array([width, height])
    found: list[tuple[str, np.ndarray, np.ndarray]] = []
    for _ in range(20 * POINTS):
        if len(found) == 2 * POINTS:
            break
        u, v = rng.uniform(low, [width, height] - low)
        u, v = float(np.floor(u)), float(np.floor(v))
        xyz = points.sample(u, v).astype(float)
        if not np.isfinite(xyz).all():
            continue
        column, row = int(u * points.scale[0]), int(v * points.scale[1])
        sigma = np.abs(xyz / xyz[2]) * points.sigma(column, row, xyz[2])
        sigma = np.hypot(sigma, points.noise.scale * np.abs(xyz))
        found.append((location(u, v, u, v, width, height), xyz, sigma))
    for place, xyz, sigma in found[:POINTS]:
        values = tuple(Quantity(*map(float, pair)) for pair in zip(xyz, sigma, strict=True))
        yield Fact("pixel_position", 0, (), Numbers(values), {"P": place})
    for i in range(min(PAIRS, len(found) // 2)):
        (p, a, sa), (q, b, sb) = found[2 * i], found[2 * i + 1]
        nearer = Quantity(float(b[2] - a[2]), float(np.hypot(sa[2], sb[2])))
        words = {"P": p, "Q": q}
        options = ("the pixel in {P}", "the pixel in {Q}")
        yield Fact("pixel_nearer", 0, (), Either(nearer), words, options)


def location(x0: float, y0: float, x1: float, y1: float, width: int, height: int) -> str:
    """Location tokens of a box in pixels: y, x, y, x in 1024ths of the image, as the model reads
    them."""
    shares = (y0 / height, x0 / width, y1 / height, x1 / width)
    return "".join(f"<loc{min(round(s * LOCATIONS), LOCATIONS - 1):04d}>" for s in shares)
