"""One mixture on its way: messages of one frame, what is asked, and what was done to them."""

import array
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from benchmarks.mixtures.scene import BOARD, FRAME, OTHER, Room
from hispatial_ros.msg import Region, RegionArray
from hispatial_ros.ros.outputs.conversions import time_to_msg

MS = 1_000_000


@dataclass(frozen=True)
class Kind:
    """One way in which one aspect of a frame can be.

    Args:
        aspect, name: identify it.
        do: does it to a shot.
        cause: pattern of the words that name it; empty: nothing is wrong, a right answer follows.
        must_say: whether even a right answer has to name it, in a note.
        note_does: whether a wrong answer may stand beside a note that names it: nothing else tells.
        lens: of the camera that looks.
        transport: of the image or the depth image, where that is the aspect.
    """

    aspect: str
    name: str
    do: Callable[["Shot", random.Random], None]
    cause: str = ""
    must_say: bool = False
    note_does: bool = False
    lens: str = ""
    transport: str = "raw"

    @property
    def title(self) -> str:
        return f"{self.aspect}: {self.name}"


@dataclass(eq=False)
class Shot:
    """Messages by topic, without stamps; offsets of the stamps; question and truth."""

    room: Room
    label: str = "board"
    question: str = "How far is the {label}?"
    raw: dict[str, np.ndarray] = field(default_factory=dict)
    messages: dict[str, Any] = field(default_factory=dict)
    # Of the stamps against the present time, by topic [ns]; None: the stamp is zero.
    offsets: dict[str, int | None] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(room: Room) -> "Shot":
        """A frame with which nothing is wrong."""
        shot = Shot(room)
        camera = room.camera
        shot.messages["camera_info"] = CameraInfo(
            width=camera.width,
            height=camera.height,
            distortion_model=camera.distortion_model,
            d=list(camera.d) or [0.0] * 5,
            k=[camera.fx, 0.0, camera.cx, 0.0, camera.fy, camera.cy, 0.0, 0.0, 1.0],
            r=np.eye(3).ravel().tolist(),
            p=[
                *(camera.fx, 0.0, camera.cx, 0.0),
                *(0.0, camera.fy, camera.cy, 0.0),
                *(0.0, 0.0, 1.0, 0.0),
            ],
        )
        shot.set_depth(np.round(1000 * room.depth).astype(np.uint16), "16UC1")
        shot.set_image(room.rgb, "rgb8")
        shot.set_regions([("board", room.box(BOARD)), ("crate", room.box(OTHER))])
        for message in shot.messages.values():
            message.header.frame_id = FRAME
        return shot

    def set_image(self, pixels: np.ndarray, encoding: str) -> None:
        """An Image of [H, W, ...] samples."""
        self._replace("image", image(pixels, encoding))

    def set_depth(self, pixels: np.ndarray, encoding: str) -> None:
        """As `set_image`, of the depth image."""
        self._replace("depth", image(pixels, encoding))

    def set_compressed(self, topic: str, data: bytes, text: str) -> None:
        """A CompressedImage with this ``format``."""
        self._replace(topic, CompressedImage(format=text, data=array.array("B", data)))

    def set_regions(self, regions: list[tuple[str, tuple[float, ...]]]) -> None:
        """Labels with boxes."""
        named = [
            Region(label=label, **dict(zip(("x0", "y0", "x1", "y1"), map(float, box), strict=True)))
            for label, box in regions
        ]
        self._replace("regions", RegionArray(regions=named))

    def rename(self, label: str, question: str = "How far is the {label}?") -> None:
        """Give the board another label, and ask so."""
        self.label, self.question = label, question
        self.messages["regions"].regions[0].label = label

    def _replace(self, topic: str, message: Any) -> None:
        message.header.frame_id = FRAME
        self.messages[topic] = message

    def stamp(self, topic: str, now_ns: int) -> None:
        """Stamp the message of a topic, as its offset is."""
        offset = self.offsets.get(topic, 0)
        self.messages[topic].header.stamp = time_to_msg(0 if offset is None else now_ns + offset)

    @property
    def asked(self) -> str:
        return self.question.format(label=self.label)


def image(pixels: np.ndarray, encoding: str, padding: int = 0, big: bool = False) -> Image:
    """A message of [H, W, ...] samples, rows longer by some bytes, in either byte order."""
    height, width = pixels.shape[:2]
    if big:
        pixels = pixels.astype(pixels.dtype.newbyteorder(">"))
    rows = np.ascontiguousarray(pixels).view(np.uint8).reshape(height, -1)
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=85)
    return Image(
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=int(big),
        step=rows.shape[1],
        data=array.array("B", rows.tobytes()),
    )
