"""Whether depth is in the unit that it is taken for, asked of frames until one confirms it."""

from collections.abc import Callable, Sequence

from hispatial_ros.answer.unit import check_unit, median_depth
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.types import Gravity
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.settings.settings import Settings

SAME = 3.0  # [ratio] of medians in one unit; units differ by 4 and more


class UnitCheck:
    """Looks at frames until one has confirmed the unit of its camera."""

    def __init__(self) -> None:
        self._confirmed: dict[str, float] = {}  # frame of a depth camera -> median depth [m]

    def notes(
        self,
        depth: DepthFrame,
        regions: Sequence[Region],
        settings: Settings,
        gravity: Gravity | None,
        to_model: Callable[[PairedFrame], float | None],
    ) -> tuple[str, ...]:
        """What speaks against the unit; nothing where the parameter ``depth_unit`` tells it.

        Args:
            regions: of the frame.
            gravity: as an IMU or TF gives it.
            to_model: median ratio of a pair's depth to that of the depth model, if it is known.

        Raises:
            SpatialError: as `check_unit` and `PairedFrame.frame`.
        """
        message = depth.pair.depth
        estimated = depth.estimated is not None and depth.estimated.depth_source == "moge"
        if settings.depth_unit or estimated or message is None:
            return ()
        frame = depth.pair.geometry
        assert frame.depth is not None  # the pair has depth
        median = median_depth(frame.depth)
        if median is None:
            return ()
        confirmed = self._confirmed.get(message.frame_id)
        if confirmed is not None and 1 / SAME < median / confirmed < SAME:
            return ()
        verdict = check_unit(
            frame,
            depth.noise,
            regions,
            settings.max_range,
            gravity,
            lambda: to_model(depth.pair),
        )
        if verdict.confirmed:
            self._confirmed[message.frame_id] = median
        return verdict.notes
