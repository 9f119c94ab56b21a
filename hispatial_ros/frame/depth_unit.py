"""The unit of a depth image, and units that depth seems to be in instead."""

import numpy as np

MILLIMETRE = 0.001
SAMPLES = 64  # along each side of an image, of which the unit is judged
LEAST_SAMPLES = 16  # with depth, that say anything
# [share] Of the valid depth that may lie on the other side: flying pixels, reflections.
STRAY = 0.02
# [m] No depth camera sees only what is nearer. Integers: the nearest working one sees from 70 mm.
# Floats, as of endoscopes: 5 mm.
NEAREST_MM, NEAREST_M = 0.04, 0.005
# [m] From where on it is more likely that the unit is wrong than that nothing is nearer.
FAR_AWAY = 50.0


def in_unit(raw: np.ndarray, unit: float | None) -> np.ndarray:
    """Depth as a frame holds it: uint16 millimetres (0 invalid) or float32 metres.

    Args:
        raw: [h, w] integers (0 invalid) or floats, as they were sent or stored.
        unit: metres of a step; None: integers are millimetres and floats metres.
    """
    integer = raw.dtype.kind in "iu"
    unit = unit or (MILLIMETRE if integer else 1.0)
    if (raw.dtype, unit) in ((np.uint16, MILLIMETRE), (np.float32, 1.0)):
        return raw
    metres = (raw * float(unit)).astype(np.float32)
    if integer:
        metres[raw == 0] = np.nan
    return metres


def find_unit_mistake(depth: np.ndarray, max_range: float) -> str:
    """Which unit depth seems to be in, and what to do; empty if that of its type may be right.

    What is named has nothing that could be measured, or is nearer than any depth camera sees. Units
    that make possible depth of another possible depth cannot be told from depth alone.

    Args:
        depth: [h, w] uint16 millimetres or float metres, as it is taken for.
        max_range: m; depth beyond is invalid.
    """
    rows, columns = (max(n // SAMPLES, 1) for n in depth.shape)
    some = depth[::rows, ::columns]
    valid = some[np.isfinite(some) & (some > 0)]
    if valid.size < LEAST_SAMPLES:
        return ""
    near, far = np.quantile(valid, (STRAY, 1 - STRAY)).tolist()
    if depth.dtype == np.uint16:
        if far * MILLIMETRE > NEAREST_MM:
            return ""
        return (
            f"taken for millimetres, no depth is farther than {far:.0f} mm: these seem to be whole "
            "metres (depth_unit 1.0) or centimetres (0.01)"
        )
    if near > max(max_range, FAR_AWAY):
        return (
            f"taken for metres, no depth is nearer than {near:.0f} m: these seem to be millimetres "
            "in a 32FC1 image (depth_unit 0.001)"
        )
    if far < NEAREST_M:
        return (
            f"taken for metres, no depth is farther than {1000 * far:.2g} mm: these seem to be "
            "kilometres, or shares of a range (depth_unit: the metres of 1.0)"
        )
    return ""
