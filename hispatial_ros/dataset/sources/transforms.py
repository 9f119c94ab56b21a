"""TF of a recording, around one image: the transforms of a tree, each nearest in stamp."""

from typing import Any

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.from_ros import rotation, stamp_ns, vector

# Frames whose z axis points up, by REP 105 and habit, best first.
LEVEL_FRAMES = ("map", "odom", "world", "base_footprint", "base_link")


class TransformTree:
    """Parents of frames with the transform to them.

    Args:
        stamp: [ns] of the image.
    """

    def __init__(self, stamp: int):
        self._stamp = stamp
        self._parents: dict[str, tuple[str, np.ndarray, float]] = {}

    def add(self, message: Any, *, static: bool) -> None:
        """Take over a ``tf2_msgs/TFMessage``; of moving ones the nearest in stamp counts."""
        for each in message.transforms:
            off = 0 if static else abs(stamp_ns(each.header.stamp) - self._stamp)
            child, parent = _plain(each.child_frame_id), _plain(each.header.frame_id)
            if child in self._parents and self._parents[child][2] <= off:
                continue
            matrix = np.eye(4)
            matrix[:3, :3] = rotation(each.transform.rotation)
            matrix[:3, 3] = vector(each.transform.translation)
            if np.isfinite(matrix).all():
                self._parents[child] = (parent, matrix, off)

    def __call__(self, target: str, source: str, stamp: int) -> np.ndarray:
        """[4, 4] that maps points of ``source`` to ``target``.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME if the recording does not connect them.
        """
        up_source, up_target = self._chain(_plain(source)), self._chain(_plain(target))
        common = next((frame for frame in up_source if frame in up_target), None)
        if common is None:
            raise SpatialError(
                ErrorCode.UNKNOWN_REFERENCE_FRAME,
                f"TF in the recording does not connect {source!r} with {target!r}",
            )
        return np.linalg.inv(up_target[common]) @ up_source[common]

    def up(self, frame: str) -> np.ndarray | None:
        """[3] against gravity in a frame, if the tree leads to one whose z points up."""
        chain = self._chain(_plain(frame))
        level = next((name for name in LEVEL_FRAMES if name in chain), None)
        return None if level is None else chain[level][2, :3]

    def _chain(self, frame: str) -> dict[str, np.ndarray]:
        """The frame and its ancestors, with the transform from the frame to each."""
        found = {frame: np.eye(4)}
        while frame in self._parents:
            parent, matrix, _ = self._parents[frame]
            if parent in found:  # a circle, which TF must not have
                break
            found[parent] = matrix @ found[frame]
            frame = parent
        return found


def _plain(frame: str) -> str:
    return frame.lstrip("/")
