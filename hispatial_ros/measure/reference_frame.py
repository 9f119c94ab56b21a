"""Frames to express a measurement in: camera, gravity-aligned, TF, another's viewpoint."""

from dataclasses import dataclass, field, replace

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.measure.gravity import level_axes
from hispatial_ros.measure.types import Gravity


@dataclass(frozen=True, eq=False)
class ReferenceFrame:
    """A frame with a sense of right, up and forward.

    A point moves into it by p_reference = rotation p_optical + translation.

    ``right``, ``up`` and ``forward`` are unit vectors in the reference frame itself. The default
    suits frames whose x points right, y down and z forward, as the optical frame's do.
    """

    name: str
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))
    translation: np.ndarray = field(default_factory=lambda: np.zeros(3))
    right: np.ndarray = field(default_factory=lambda: np.array([1.0, 0, 0]))
    up: np.ndarray = field(default_factory=lambda: np.array([0, -1.0, 0]))
    forward: np.ndarray = field(default_factory=lambda: np.array([0, 0, 1.0]))

    @classmethod
    def camera(cls, gravity: Gravity | None = None, name: str = "camera") -> "ReferenceFrame":
        """The optical frame; up is against gravity where that is known."""
        return cls(name) if gravity is None else cls(name, up=np.asarray(gravity.up, float))

    @classmethod
    def levelled(cls, gravity: Gravity | None, name: str = "gravity") -> "ReferenceFrame":
        """The optical frame turned so that y points down along gravity; same origin.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME if gravity is not known.
        """
        if gravity is None or gravity.source == "camera":
            raise SpatialError(
                ErrorCode.UNKNOWN_REFERENCE_FRAME,
                "gravity is not known for this image: no horizontal surface is in view, and "
                "neither an IMU nor TF tells (see gravity.sources)",
            )
        return cls(name, level_axes(gravity.up))

    @classmethod
    def body(cls, name: str, rotation: np.ndarray, translation: np.ndarray) -> "ReferenceFrame":
        """A robot or map frame with x forward, y left, z up (REP 103)."""
        return cls(
            name,
            np.asarray(rotation, float),
            np.asarray(translation, float),
            right=np.array([0, -1.0, 0]),
            up=np.array([0, 0, 1.0]),
            forward=np.array([1.0, 0, 0]),
        )

    @classmethod
    def viewpoint(
        cls, name: str, position: np.ndarray, towards: np.ndarray, up: np.ndarray
    ) -> "ReferenceFrame":
        """What an observer at ``position`` calls right and forward who looks ``towards`` a point.

        Args:
            position: [3] m, origin of the new frame, in the optical frame.
            towards: [3] m, a point in the optical frame; only its horizontal direction matters.
            up: [3] against gravity, in the optical frame.

        Raises:
            ValueError: if the point is straight above or below the position.
        """
        down = -np.asarray(up, float) / np.linalg.norm(up)
        forward = np.asarray(towards, float) - position
        forward = forward - (forward @ down) * down
        norm = np.linalg.norm(forward)
        if norm < 1e-6:
            raise ValueError("an observer cannot face a point straight above or below")
        forward = forward / norm
        rotation = np.stack([np.cross(down, forward), down, forward])
        return cls(name, rotation, -rotation @ np.asarray(position, float))

    def inverse(self) -> "ReferenceFrame":
        """The way back, called "camera": what is optical in this frame's place."""
        rotation = self.rotation.T
        return ReferenceFrame("camera", rotation, -rotation @ self.translation)

    def then(self, other: "ReferenceFrame") -> "ReferenceFrame":
        """The way through this frame into ``other``, which starts where this one ends."""
        return replace(
            other,
            rotation=other.rotation @ self.rotation,
            translation=other.points(self.translation),
        )

    def points(self, optical: np.ndarray) -> np.ndarray:
        """Points [..., 3] of the optical frame in this one."""
        return optical @ self.rotation.T + self.translation

    def directions(self, optical: np.ndarray) -> np.ndarray:
        """Direction vectors [..., 3] of the optical frame in this one."""
        return optical @ self.rotation.T


def resolve(frame: ReferenceFrame | str | None, gravity: Gravity | None) -> ReferenceFrame:
    """The frame that was looked up, or the one that a name stands for: "camera", "gravity".

    Raises:
        SpatialError: UNKNOWN_REFERENCE_FRAME.
    """
    if isinstance(frame, ReferenceFrame):
        return frame
    if frame in (None, "", "camera"):
        return ReferenceFrame.camera(gravity)
    if frame == "gravity":
        return ReferenceFrame.levelled(gravity)
    raise SpatialError(
        ErrorCode.UNKNOWN_REFERENCE_FRAME,
        f"reference frame '{frame}' is not known here: use 'camera' or 'gravity'; TF frames need "
        "the running node",
    )
