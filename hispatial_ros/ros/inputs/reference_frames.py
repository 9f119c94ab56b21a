"""Reference frames by name: camera, gravity, or a TF frame at the image's stamp."""

from typing import TYPE_CHECKING, Any

import numpy as np
from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from rclpy.time import Time

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake import from_ros
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.ros.outputs.conversions import time_to_ns

try:
    import tf2_ros
except ImportError:  # not on PyPI
    tf2_ros = None

if TYPE_CHECKING:
    from rclpy.node import Node

OPTICAL = "_optical"  # in names of frames with x right, y down, z forward (REP 103)
TF_TIMEOUT = 0.1  # s to wait for a transform that lags behind the image
FARTHEST = 1e9  # m; of what is further away float64 does not resolve a micrometre


class ReferenceFrames:
    """Listens to TF while active, where tf2_ros is installed."""

    def __init__(self, node: "Node"):
        self._node = node
        self._buffer: Any = None
        self._listener: Any = None
        self._jumps: Any = None

    def activate(self) -> None:
        """Start listening."""
        if tf2_ros is not None:
            self._buffer = tf2_ros.Buffer()
            # The buffer's own clock knows nothing of simulated time.
            self._jumps = self._node.get_clock().create_jump_callback(
                JumpThreshold(
                    min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True
                ),
                post_callback=lambda _: self._forget(),
            )
            self._listener = tf2_ros.TransformListener(self._buffer, self._node)

    def deactivate(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.unregister()
        if self._jumps is not None:
            self._jumps.unregister()
        self._buffer = self._listener = self._jumps = None

    def _forget(self) -> None:
        """Drop the transforms of a time that starts anew; static ones stay."""
        if self._buffer is not None:
            self._buffer.clear()

    def resolve(self, name: str, optical_frame: str, stamp_ns: int) -> "str | ReferenceFrame":
        """What ``answer`` and ``measure`` take: "camera", "gravity", or a frame from TF.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME.
        """
        name = name.removeprefix("/")
        if name in ("camera", optical_frame):
            return "camera"
        if name == "gravity":
            return name
        rotation, translation = self._look_up(name, optical_frame, stamp_ns)
        if OPTICAL in name:
            return ReferenceFrame(name, rotation, translation)
        return ReferenceFrame.body(name, rotation, translation)

    def in_tf(self, name: str, optical_frame: str, stamp_ns: int) -> ReferenceFrame:
        """A frame that TF knows, or "camera".

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME; also for "gravity".
        """
        found = self.resolve(name, optical_frame, stamp_ns)
        if isinstance(found, ReferenceFrame):
            return found
        if found == "camera":
            return ReferenceFrame.camera()
        raise SpatialError(
            ErrorCode.UNKNOWN_REFERENCE_FRAME,
            "gravity is a frame of answers only, TF has none of that name: name a TF frame",
        )

    def transform(self, target: str, source: str, stamp_ns: int) -> np.ndarray:
        """[4, 4] that takes points of ``source`` to ``target``, for depth registration.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME.
        """
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self._look_up(target, source, stamp_ns)
        return matrix

    def transform_near(self, target: str, source: str, stamp_ns: int, slop_ns: int) -> np.ndarray:
        """As `transform`, without waiting: the newest transform will do if it is within the slop.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME.
        """
        matrix = np.eye(4)
        if target != source:
            matrix[:3, :3], matrix[:3, 3] = self._look_up(target, source, stamp_ns, slop_ns)
        return matrix

    def _look_up(
        self, target: str, source: str, stamp_ns: int, slop_ns: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rotation [3, 3] and translation [3] m that take points of ``source`` to ``target``.

        Without a slop, waits for a transform that lags behind the image.
        """
        if tf2_ros is None:
            raise SpatialError(
                ErrorCode.UNKNOWN_REFERENCE_FRAME,
                f"the transform from {source!r} to {target!r} needs TF, and tf2_ros is not "
                "installed (PyPI has none): use camera or gravity, or run the node on a ROS "
                "installation",
            )
        buffer = self._buffer
        if buffer is None:
            raise SpatialError(ErrorCode.NOT_ACTIVE, "the node is not active")
        wait = Duration(seconds=TF_TIMEOUT if slop_ns is None else 0.0)
        try:
            try:
                stamped = buffer.lookup_transform(target, source, Time(nanoseconds=stamp_ns), wait)
            except tf2_ros.ExtrapolationException:
                if slop_ns is None:
                    raise
                stamped = buffer.lookup_transform(target, source, Time())
                if abs(time_to_ns(stamped.header.stamp) - stamp_ns) > slop_ns:
                    raise
        except tf2_ros.TransformException as error:
            raise SpatialError(
                ErrorCode.UNKNOWN_REFERENCE_FRAME,
                f"no transform from {source!r} to {target!r} at the image's stamp: {error}; "
                "see that its publisher runs: "
                f"`ros2 run tf2_ros tf2_echo {target} {source}` shows what arrives",
            ) from error
        t, q = stamped.transform.translation, stamped.transform.rotation
        rotation, translation = from_ros.rotation(q), from_ros.vector(t)
        if not (np.isfinite(rotation).all() and (np.abs(translation) < FARTHEST).all()):
            raise SpatialError(
                ErrorCode.UNKNOWN_REFERENCE_FRAME,
                f"the transform from {source!r} to {target!r} cannot be: it leads to "
                f"({t.x:g}, {t.y:g}, {t.z:g}) m; repair what publishes it",
            )
        return rotation, translation
