"""Frames whose depth encodes their stamp: an answer shows which frame it was measured on.

A square plate stands parallel to the image in front of a wall. Its distance is a function of the
stamp alone, so whoever has an answer and its header can tell whether the two belong together.
"""

import array
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.region import Region
from hispatial_ros.msg import RegionArray
from hispatial_ros.ros.outputs.conversions import camera_to_msg, region_to_msg, time_to_msg
from hispatial_ros.ros.outputs.images import depth_to_msg, image_to_msg

STEP = 4  # mm between the distances of two codes
CODES = 400
NEAREST = 600  # mm
WALL = 5000  # mm
TOLERANCE = 0.0015  # m; less than half a step
FRAME = "camera_optical_frame"
QUESTION = "How far is the plate?"


def plate_mm(stamp_ns: int) -> int:
    """Distance of the plate in the frame with this stamp [mm]."""
    return NEAREST + STEP * (zlib.crc32(struct.pack("<q", stamp_ns)) % CODES)


def belongs(distance: float, stamp_ns: int) -> bool:
    """Whether this distance [m] was measured on the frame with this stamp."""
    return abs(distance - plate_mm(stamp_ns) / 1000) < TOLERANCE


@dataclass(frozen=True)
class CodedCamera:
    """A registered RGB-D camera with square pixels, looking at the plate.

    Args:
        width, height: of both images [px].
        focal: of the lens [px].
    """

    width: int = 64
    height: int = 48
    focal: float = 60.0

    @property
    def plate(self) -> tuple[int, int, int, int]:
        """The plate in the image: x0, y0, x1, y1 [px]."""
        side, x, y = self.height // 2, self.width // 2, self.height // 2
        return x - side // 2, y - side // 2, x + side // 2, y + side // 2

    def plate_width(self, stamp_ns: int) -> float:
        """How wide the plate is in the frame with this stamp [m]."""
        x0, _, x1, _ = self.plate
        return (x1 - x0) * plate_mm(stamp_ns) / 1000 / self.focal

    @property
    def region(self) -> Region:
        return Region("plate", self.plate)

    @property
    def model(self) -> Camera:
        cx, cy = (self.width - 1) / 2, (self.height - 1) / 2
        return Camera(self.width, self.height, self.focal, self.focal, cx, cy, frame_id=FRAME)

    def messages(self) -> dict[str, Any]:
        """One message per topic, in the order in which they are to be published."""
        colour = np.full((self.height, self.width, 3), 90, np.uint8)
        return {
            "camera_info": camera_to_msg(self.model),
            "depth": depth_to_msg(self.depth(0)),
            "image": image_to_msg(colour, "rgb8"),
            "regions": RegionArray(regions=[region_to_msg(self.region)]),
        }

    def depth(self, stamp_ns: int) -> np.ndarray:
        """[H, W] uint16 mm."""
        depth = np.full((self.height, self.width), WALL, np.uint16)
        x0, y0, x1, y1 = self.plate
        depth[y0:y1, x0:x1] = plate_mm(stamp_ns)
        return depth

    def stamp(self, messages: dict[str, Any], stamp_ns: int) -> None:
        """Make the messages those of the frame with this stamp."""
        for msg in messages.values():
            msg.header.stamp = time_to_msg(stamp_ns)
            msg.header.frame_id = FRAME
        messages["depth"].data = array.array("B", self.depth(stamp_ns).tobytes())
