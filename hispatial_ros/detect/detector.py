"""What the node sees by itself in a frame: detections that their score and depth allow."""

import numpy as np

from hispatial_ros.detect.classes import BY_NAME
from hispatial_ros.detect.nanodet import Detection, NanoDet
from hispatial_ros.detect.plausible import why_not
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region, iou
from hispatial_ros.pointmap.pointmap import PointMap

# Default least score. Smaller: more objects, more of them wrong. Calibrated on rooms without any
# object of the classes, see docs/accuracy.md.
THRESHOLD = 0.4
# Added to it for what a bare room has the look of: doors, panels and corners of walls resemble
# large smooth furniture and vehicles.
ROOM_LIKE = 0.1
# Added where no depth confirms that something is there.
UNCONFIRMED = 0.1
# Boxes of two classes that overlap more are one object with two names, and the better one stays.
# Larger: objects get a second name. Smaller: a cup is lost in front of a book. Chosen.
SAME_OBJECT = 0.75


class Detector:
    """Regions of a frame, found with the built-in network. Thread-safe.

    Args:
        threshold: least score of a detection, 0 to 1.
        device: "cpu" or "cuda".
        threads: of the processor; 0 leaves that to ONNX Runtime.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE, saying what to do.
    """

    def __init__(self, threshold: float = THRESHOLD, device: str = "cpu", threads: int = 0):
        self._threshold = threshold
        self._network = NanoDet(device, threads)

    def detect(self, frame: Frame) -> list[Detection]:
        """Objects in a frame, best first. Without depth, only those of a high score.

        Raises:
            SpatialError: BAD_IMAGE.
        """
        if frame.rgb is None:
            raise SpatialError(ErrorCode.BAD_IMAGE, "the detector needs a colour image")
        found = self._network.detect(frame.rgb, self._threshold)
        points = None if frame.depth is None else PointMap(frame)
        height, width = frame.rgb.shape[:2]
        likely = [
            each
            for each in found
            if each.score >= self.least_score(each.label, depth=points is not None)
            and (points is None or not why_not(each, points, width, height))
        ]
        return one_name_each(likely)

    def regions(self, frame: Frame) -> list[Region]:
        """The same as regions to measure."""
        return [each.region for each in self.detect(frame)]

    def least_score(self, label: str, *, depth: bool) -> float:
        """What a detection of a class must reach, with or without depth to check it."""
        return min(
            self._threshold + ROOM_LIKE * BY_NAME[label].room_like + UNCONFIRMED * (not depth),
            1.0,
        )


def one_name_each(detections: list[Detection]) -> list[Detection]:
    """Without second names for what a better detection names; best first, as they came."""
    if not detections:
        return []
    overlap = iou(*[np.array([each.box for each in detections])] * 2)
    kept: list[int] = []
    for i in range(len(detections)):
        if not (overlap[i, kept] > SAME_OBJECT).any():
            kept.append(i)
    return [detections[i] for i in kept]
