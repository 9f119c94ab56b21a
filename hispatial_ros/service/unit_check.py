"""Whether depth is in the unit that it is taken for, as far as the things in view can tell."""

from collections.abc import Sequence

import numpy as np

from hispatial_ros.detect.scale import judge_scale
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.settings.settings import Settings

SURE = 2  # things that are off until there is no answer
# [m] Median depth of 16UC1 that cameras with this encoding usually see. Beyond, a unit that nothing
# confirms gets a note.
USUAL = (0.4, 6.0)
SAME = 3.0  # [ratio] of medians in one unit; units differ by 4 and more
SAMPLES = 32  # along each side of an image, of which the median is taken


class UnitCheck:
    """Looks at the labelled things of frames until they have confirmed the unit."""

    def __init__(self) -> None:
        self._confirmed: dict[str, float] = {}  # frame of a depth camera -> median depth [m]

    def notes(
        self, depth: DepthFrame, regions: Sequence[Region], settings: Settings
    ) -> tuple[str, ...]:
        """What speaks against the unit; nothing where the parameter ``depth_unit`` tells it.

        Args:
            regions: of the frame.

        Raises:
            SpatialError: BAD_CALIBRATION if several things do and none speaks for it; as
                `DepthFrame.frame`.
        """
        message = depth.pair.depth
        if settings.depth_unit or depth.estimated is not None or message is None:
            return ()
        frame = depth.frame(with_rgb=False)
        median = _median(frame.depth)
        if median is None:
            return ()
        confirmed = self._confirmed.get(message.frame_id)
        if confirmed is not None and 1 / SAME < median / confirmed < SAME:
            return ()
        verdict = judge_scale(PointMap(frame, depth.noise, settings.max_range), regions)
        if verdict.confirms:
            self._confirmed[message.frame_id] = median
        if not verdict.doubt:
            integer = frame.depth is not None and frame.depth.dtype == np.uint16
            if verdict.fit or not integer or USUAL[0] <= median <= USUAL[1]:
                return ()
            return (
                f"depth: its median is {median:.2g} m, unusual for 16UC1 and confirmed by nothing "
                "in view; if that is not so, depth is in another unit (depth_unit; 0.001 says that "
                "it is millimetres)",
            )
        if verdict.off >= SURE:
            raise SpatialError(
                ErrorCode.BAD_CALIBRATION,
                f"{verdict.doubt} (the same by {verdict.off} things in view; depth_unit keeps this "
                "from being asked)",
            )
        return (f"depth: {verdict.doubt}",)


def _median(depth: np.ndarray | None) -> float | None:
    """Of the valid depth [m]; None without any."""
    if depth is None:
        return None
    rows, columns = (max(n // SAMPLES, 1) for n in depth.shape)
    some = depth[::rows, ::columns]
    valid = some[np.isfinite(some) & (some > 0)]
    if not valid.size:
        return None
    return float(np.median(valid)) * (0.001 if depth.dtype == np.uint16 else 1.0)
