"""Camera, IMU and region messages, most of them wrong in some way, with the fate each deserves.

A message comes with the reason under which the node has to count it as dropped, or "" if it has to
take it (what is wrong with its contents is then said to whoever asks about it).
"""

import array
import math
import random
import struct
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

from geometry_msgs.msg import Point32, Polygon
from PIL import Image as Pillow
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, Imu

from benchmarks.reliability.coded import FRAME
from hispatial_ros.intake.convert import _COLOUR, _DEPTH
from hispatial_ros.msg import Region, RegionArray
from hispatial_ros.ros.outputs.conversions import NS, time_to_msg

ACCEPTED = ""
MAX_REGIONS = 200  # the node's default
MOST_STRAGGLERS = 2  # in a row; one more restarts the stream
SPECIAL = (0.0, -1.0, math.nan, math.inf, -math.inf, 1e-300, 1e300, -0.0)
OF_CAMERA = (FRAME, f"/{FRAME}", "")  # others are dropped
NAMES = (
    "",
    "plate",
    "camera",
    "what",
    "\x00",
    "\N{REPLACEMENT CHARACTER}",
    "../../etc/passwd",
    "a" * 5000,
)
Fated = tuple[Any, str]


class Stamps:
    """Stamps for one topic whose fate is known, given how Stream treats them."""

    def __init__(self, rng: random.Random):
        self._rng = rng
        self._taken: set[int] = set()
        self.newest = 0
        self._may_repeat = False
        self._stragglers = 0

    def start(self) -> None:
        """Before a batch: what was sent long ago may have been forgotten."""
        self._may_repeat, self._stragglers = False, MOST_STRAGGLERS

    def sent(self, stamp: int) -> None:
        """Note a message that was all right."""
        self._note(stamp, ACCEPTED)

    def stamp(self, msg: Any, malformed: str) -> str:
        """Stamp a message that has this fate if its stamp is good; what becomes of it."""
        kind = self._rng.randrange(10)
        if kind == 0:
            msg.header.stamp.sec = self._rng.choice((0, -1, -(2**31)))
            return "no stamp"
        if kind == 1:
            msg.header.stamp.sec = 2**31 - 1
            msg.header.stamp.nanosec = self._rng.choice((0, NS - 1, 2**32 - 1))
            return "stamp in the future"
        if kind == 2 and self._stragglers < MOST_STRAGGLERS:
            stamp, fate = self.newest - self._rng.randrange(1000, 2000) * NS, "late"
        elif kind == 3 and self._may_repeat:
            stamp, fate = self.newest, "duplicate stamp"
        else:
            stamp, fate = max(time.time_ns(), self.newest + 1), ACCEPTED
            if kind == 4 and self._may_repeat:
                stamp = self.newest - self._rng.randrange(1, 10**6)
                while stamp in self._taken:
                    stamp -= 1
        msg.header.stamp = time_to_msg(stamp)
        if malformed:
            return malformed
        self._note(stamp, fate)
        return fate

    def _note(self, stamp: int, fate: str) -> None:
        if fate == "late":
            self._stragglers += 1
        elif fate == ACCEPTED:
            self._taken.add(stamp)
            self._may_repeat = stamp >= self.newest
            self.newest = max(self.newest, stamp)
            self._stragglers = 0


def numbers(rng: random.Random, count: int) -> list[float]:
    """Any float64s."""
    draw = (
        lambda: rng.choice(SPECIAL),
        lambda: rng.uniform(-1e4, 1e4),
        lambda: struct.unpack("<d", rng.randbytes(8))[0],
    )
    return [rng.choice(draw)() for _ in range(count)]


def name(rng: random.Random) -> str:
    """Any text."""
    if rng.random() < 0.5:
        return rng.choice(NAMES)
    codes = (rng.randrange(1, 0x3000) for _ in range(rng.randrange(30)))
    return "".join(map(chr, codes))


def raw_image(rng: random.Random, depth: bool) -> Fated:
    """An Image: right, or wrong in one way, with any samples."""
    encoding, layout = rng.choice(list((_DEPTH if depth else _COLOUR).items()))
    width, height = 2 * rng.randrange(2, 9), rng.randrange(4, 17)
    step = width * layout.pixel_bytes + rng.choice((0, 0, 1, 7))
    msg = Image(
        width=width,
        height=height,
        encoding=encoding,
        step=step,
        is_bigendian=rng.choice((0, 1, 255)),
        data=array.array("B", rng.randbytes(step * height)),
    )
    msg.header.frame_id = rng.choice(OF_CAMERA)
    harm: tuple[tuple[str, Any], ...] = (
        ("encoding", rng.choice(("", "rgb", "RGB8", "64FC1", "32FC3", "mono8 ", name(rng)))),
        ("width", rng.choice((0, 2**31, 2**32 - 1))),
        ("height", rng.choice((0, 2**31, 2**32 - 1))),
        ("step", rng.choice((0, step - width, 2**32 - 1))),
        ("data", array.array("B", rng.randbytes(rng.choice((0, 1, step * height - 1))))),
    )
    if rng.random() < 0.6:
        setattr(msg, *rng.choice(harm))
        return msg, "malformed"
    return msg, ACCEPTED


def compressed_image(rng: random.Random, depth: bool) -> Fated:
    """A CompressedImage: right bytes, cut or flipped ones, none."""
    size = rng.randrange(1, 20), rng.randrange(1, 20)
    buffer = BytesIO()
    Pillow.new("I;16" if depth else "RGB", size).save(buffer, "PNG" if depth else "JPEG")
    data = bytearray(buffer.getvalue())
    if depth:
        header = struct.pack("<iff", rng.randrange(9), *(abs(x) % 1e6 for x in _finite(rng, 2)))
        data[:0] = header
    for _ in range(rng.choice((0, 0, 1, 5))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    if rng.random() < 0.3:
        del data[rng.randrange(len(data)) :]
    if rng.random() < 0.1:
        data = bytearray(rng.randbytes(rng.randrange(500)))
    formats = ("16UC1; compressedDepth png", "32FC1; compressedDepth png", "jpeg", name(rng))
    msg = CompressedImage(format=rng.choice(formats), data=array.array("B", data))
    msg.header.frame_id = rng.choice(OF_CAMERA)
    return msg, ACCEPTED if data else "malformed"


def camera_info(rng: random.Random, _: bool = False) -> Fated:
    """A CameraInfo of any contents; the node keeps it, and refuses requests that it is for."""
    uint = (0, 1, 48, 64, 2**31, 2**32 - 1)
    msg = CameraInfo(
        width=rng.choice(uint),
        height=rng.choice(uint),
        distortion_model=rng.choice(("plumb_bob", "equidistant", "rational_polynomial", name(rng))),
        d=numbers(rng, rng.randrange(20)),
        k=numbers(rng, 9),
        p=numbers(rng, 12),
        binning_x=rng.choice(uint),
        binning_y=rng.choice(uint),
    )
    for field in ("x_offset", "y_offset", "width", "height"):
        setattr(msg.roi, field, rng.choice(uint))
    msg.header.frame_id = rng.choice(OF_CAMERA)
    msg.header.stamp.sec = rng.choice((0, -1, 2**31 - 1, int(time.time())))
    msg.header.stamp.nanosec = rng.choice((0, 2**32 - 1))
    return msg, ACCEPTED


def imu(rng: random.Random, _: bool = False) -> Fated:
    """An Imu of any contents: with an orientation, with one that is none, or without."""
    msg = Imu(
        orientation_covariance=numbers(rng, 9),
        angular_velocity_covariance=numbers(rng, 9),
        linear_acceleration_covariance=numbers(rng, 9),
    )
    for vector in (msg.angular_velocity, msg.linear_acceleration):
        vector.x, vector.y, vector.z = numbers(rng, 3)
    msg.header.frame_id = rng.choice((FRAME, FRAME, name(rng)))
    quaternion = [rng.gauss(0, 1) for _ in range(4)]
    if rng.random() < 0.1:  # of an axis
        quaternion = rng.sample((0.0, -0.0, 0.0, -1.0), 4)
    norm = rng.choice((1.0, 0.96, 1.04)) / math.hypot(*quaternion)
    quaternion = [norm * value for value in quaternion]
    msg.orientation_covariance[0] = rng.choice((0.0, 1e-4, math.nan, math.inf, -2.0, 1e300))
    fate = ACCEPTED
    if rng.random() < 0.3:
        harm = (
            [0.0] * 4,
            [math.nan] * 4,
            [1e200, 0.0, 0.0, 0.0],
            [2 * value for value in quaternion],
        )
        quaternion, fate = rng.choice((*harm, [*quaternion[:3], math.inf])), "malformed"
    if rng.random() < 0.2:
        msg.orientation_covariance[0], fate = -1.0, "no orientation"
    q = msg.orientation
    q.x, q.y, q.z, q.w = quaternion
    return msg, fate


def region(rng: random.Random) -> Region:
    """A Region of any contents."""
    box = [struct.unpack("<f", rng.randbytes(4))[0] for _ in range(4)]
    if rng.random() < 0.5:
        box = [float(rng.randrange(-10, 80)) for _ in range(4)]
    points = [Point32(x=rng.choice(SPECIAL[:5]), y=rng.uniform(-10, 80)) for _ in range(5)]
    outline = Polygon(points=points[: rng.choice((0, 0, 1, 5))])
    x0, y0, x1, y1 = box
    return Region(label=name(rng), id=name(rng), x0=x0, y0=y0, x1=x1, y1=y1, outline=outline)


def region_array(rng: random.Random, _: bool = False) -> Fated:
    """A RegionArray of any contents, sometimes of too many."""
    count = rng.choice((0, 1, 3, MAX_REGIONS, MAX_REGIONS + 1))
    few = [region(rng) for _ in range(min(count, 3))]
    msg = RegionArray(regions=few if count <= 3 else few[:1] * count)
    msg.header.frame_id = rng.choice(OF_CAMERA)
    return msg, "malformed" if count > MAX_REGIONS else ACCEPTED


def detection_array(rng: random.Random, _: bool = False) -> Fated:
    """A vision_msgs/Detection2DArray of any contents, sometimes of too many."""
    from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose

    def detection() -> Any:
        found = Detection2D(id=name(rng))
        for _ in range(rng.choice((0, 1, 3))):
            hypothesis = ObjectHypothesisWithPose()
            hypothesis.hypothesis.class_id = name(rng)
            (hypothesis.hypothesis.score,) = numbers(rng, 1)
            found.results.append(hypothesis)
        box, center = found.bbox, found.bbox.center
        box.size_x, box.size_y, center.theta = numbers(rng, 3)
        center.position.x, center.position.y = numbers(rng, 2)
        if rng.random() < 0.5:
            center.theta = 0.0
        return found

    count = rng.choice((0, 1, 3, MAX_REGIONS, MAX_REGIONS + 1))
    few = [detection() for _ in range(min(count, 3))]
    msg = Detection2DArray(detections=few if count <= 3 else few[:1] * count)
    msg.header.frame_id = rng.choice(OF_CAMERA)
    return msg, "malformed" if count > MAX_REGIONS else ACCEPTED


def _finite(rng: random.Random, count: int) -> list[float]:
    return [x if math.isfinite(x) else 0.0 for x in numbers(rng, count)]


Maker = Callable[[random.Random, bool], Fated]
