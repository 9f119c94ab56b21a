"""Whether depth is in the unit that it is taken for, as far as the things in view can tell."""

from collections.abc import Sequence

from hispatial_ros.detect.scale import judge_scale
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.settings.settings import Settings

SURE = 2  # things that are off until there is no answer


class UnitCheck:
    """Looks at the labelled things of frames until they have confirmed the unit once."""

    def __init__(self) -> None:
        self._confirmed: set[str] = set()  # frames of depth cameras

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
        if message.frame_id in self._confirmed:
            return ()
        frame = depth.frame(with_rgb=False)
        verdict = judge_scale(PointMap(frame, depth.noise, settings.max_range), regions)
        if verdict.confirms:
            self._confirmed.add(message.frame_id)
        if not verdict.doubt:
            return ()
        if verdict.off >= SURE:
            raise SpatialError(
                ErrorCode.BAD_CALIBRATION,
                f"{verdict.doubt} (the same by {verdict.off} things in view; depth_unit keeps this "
                "from being asked)",
            )
        return (f"depth: {verdict.doubt}",)
