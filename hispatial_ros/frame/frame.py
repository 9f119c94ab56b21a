"""One synchronised view: colour, depth, calibration, stamp."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.camera.model import Camera


@dataclass(frozen=True, eq=False)
class Frame:
    """An RGB-D frame in the colour camera's optical frame.

    ``depth`` is kept as the sensor sent it, since only the pixels that are used get converted:
    uint16 millimetres (0 invalid) or float32 metres (NaN, +-Inf and <= 0 invalid). It is
    registered to the colour image and shows the same field of view, possibly at another size.
    ``camera`` is the calibration at the colour image's size.
    """

    rgb: np.ndarray | None  # [H, W, 3] uint8, R G B
    depth: np.ndarray | None  # [h, w] uint16 mm or float32 m
    camera: Camera
    stamp_ns: int = 0  # of the colour image
    frame_id: str = ""  # optical frame of the colour image
    depth_source: str = "sensor"  # "sensor", "moge" (estimated from colour) or "fused"
    # [h, w] float32 m, standard deviation of each depth value; None: the noise model tells it
    depth_sigma: np.ndarray | None = None
    unit_assumed: bool = False  # millimetres or metres by the type of depth, since no file says
    notes: tuple[str, ...] = ()  # what was assumed of calibration and depth, for clients
