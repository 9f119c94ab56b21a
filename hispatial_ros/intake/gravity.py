"""Which way is up for an image, as the robot knows it: from an IMU, from TF."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hispatial_ros.errors import SpatialError
from hispatial_ros.intake.orientations import Orientations
from hispatial_ros.intake.stream import NS
from hispatial_ros.measure.types import Gravity
from hispatial_ros.settings.live import LiveSettings

# target, source, stamp_ns, slop_ns -> [4, 4] that takes points of source to target
TransformNear = Callable[[str, str, int, int], np.ndarray]


@dataclass(frozen=True, eq=False)
class GivenGravity:
    """What is known about gravity before an image is looked at."""

    gravity: Gravity | None  # None: to be detected
    skipped: tuple[str, ...] = ()  # sources that are there and had nothing for the image, and why
    origin: str = "the horizontal surfaces in view"  # of gravity, in words

    @property
    def notes(self) -> tuple[str, ...]:
        """What a client should know about it: nothing, where the image alone can tell."""
        if self.gravity is None and not self.skipped:
            return ()
        skipped = (f"gravity is not known from {reason}" for reason in self.skipped)
        return (*skipped, f"gravity: from {self.origin}")


class GravitySources:
    """Asks the sources that the parameter ``gravity.sources`` lists. Thread-safe.

    Args:
        settings: of the node.
        transform: looks up TF without waiting, raises SpatialError.
    """

    def __init__(self, settings: LiveSettings, transform: TransformNear) -> None:
        self.orientations = Orientations()
        self._settings = settings
        self._transform = transform
        self._lock = threading.Lock()
        self._last: GivenGravity | None = None

    @property
    def last(self) -> GivenGravity | None:
        """The newest outcome; None: nothing was asked yet."""
        with self._lock:
            return self._last

    def given(self, optical_frame: str, stamp_ns: int) -> GivenGravity:
        """Up in the optical frame at the stamp of an image, from the first source that knows."""
        skipped: list[str] = []
        given = None
        for name in self._settings.current.gravity.sources.split(","):
            source = {"imu": self._from_imu, "tf": self._from_tf}.get(name)
            found = "" if source is None else source(optical_frame, stamp_ns)
            if isinstance(found, Gravity):
                given = GivenGravity(found, tuple(skipped), self._named(found.source))
                break
            if found:
                skipped.append(found)
        if given is not None:
            given = self._with_floor(given, optical_frame, stamp_ns)
        given = given or GivenGravity(None, tuple(skipped))
        with self._lock:
            self._last = given
        return given

    def _named(self, source: str) -> str:
        if source == "imu":
            return f"the IMU on {self.orientations.topic}"
        return f"the TF frame {self._settings.current.gravity.level_frame!r}"

    def _from_imu(self, optical_frame: str, stamp_ns: int) -> Gravity | str:
        """Gravity, or why not; an empty string if there is no IMU."""
        up = self.orientations.up_at(stamp_ns, self._slop)
        if isinstance(up, str):
            return up and f"{self._named('imu')}: {up}"
        try:
            matrix = self._transform(optical_frame, up.frame_id, stamp_ns, self._slop)
        except SpatialError as error:
            return f"{self._named('imu')}: {error}"
        stddev = self._settings.current.gravity.stddev if up.stddev is None else up.stddev
        return Gravity(matrix[:3, :3] @ up.direction, "imu", stddev=stddev)

    def _from_tf(self, optical_frame: str, stamp_ns: int) -> Gravity | str:
        """Gravity, or why not; an empty string if no level frame is configured."""
        frame = self._settings.current.gravity.level_frame
        if not frame:
            return ""
        try:
            matrix = self._transform(optical_frame, frame, stamp_ns, self._slop)
        except SpatialError as error:
            return f"{self._named('tf')}: {error}"
        return Gravity(matrix[:3, 2], "tf", stddev=self._settings.current.gravity.stddev)

    def _with_floor(self, given: GivenGravity, optical_frame: str, stamp_ns: int) -> GivenGravity:
        """The same with the floor, if the level frame's z = 0 plane is it."""
        known = self._settings.current.gravity
        frame, sources = known.level_frame, known.sources.split(",")
        if not frame or "tf" not in sources or not known.level_frame_is_floor:
            return given
        try:
            matrix = self._transform(optical_frame, frame, stamp_ns, self._slop)
        except SpatialError as error:
            reason = f"{self._named('tf')}, nor is the floor: {error}"
            return replace(given, skipped=(*given.skipped, reason))
        assert given.gravity is not None
        # Below the camera, where a small difference between both ups does not matter.
        height = float(matrix[:3, 2] @ matrix[:3, 3])
        gravity = replace(given.gravity, floor=height, floor_source=frame)
        return replace(given, gravity=gravity)

    @property
    def _slop(self) -> int:
        return round(self._settings.current.gravity.slop * NS)
