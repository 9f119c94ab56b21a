"""Recordings of any robot: rosbag2 (sqlite3 or mcap) and MCAP, read with `rosbags`.

Images, depth and camera_info are found by their types and names, or named by the user. Each image
takes the depth nearest to its stamp, as the node does. TF registers depth of another camera. Up is
told by an IMU, else by TF.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.interfaces import Connection
from rosbags.typesys import Stores, get_typestore

from hispatial_ros.dataset.capture import Capture, Item
from hispatial_ros.dataset.sources.topics import Topics
from hispatial_ros.dataset.sources.transforms import TransformTree
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.calibration import is_rectified_topic
from hispatial_ros.intake.from_ros import calibration, picture, regions, stamp_ns, vector
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.types import Gravity

IMAGE_TYPES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
INFO_TYPE = "sensor_msgs/msg/CameraInfo"
REGION_TYPES = ("hispatial_ros/msg/RegionArray", "vision_msgs/msg/Detection2DArray")
IMU_TYPE = "sensor_msgs/msg/Imu"
# [s] Depth and detections this near to an image in stamp belong to it.
SLOP = 0.05
# [s] Around an image when it was recorded: where its depth is looked for, and the rest.
NEAR, AROUND = 0.2, 1.0
# [s] Accelerations are averaged over this time before an image; walking and driving shake.
STEADY = 0.5
# [rad] Standard deviation of up from an accelerometer in motion, and from a robot's own frames.
UP_STDDEV = 0.05
# [m/s^2] Mean accelerations beyond are of something that falls or is shaken.
LEAST_G, MOST_G = 8.0, 12.0
TF_TOPICS = {"/tf": False, "/tf_static": True}  # whether static


def items(path: Path, name: str, topics: Topics) -> Iterator[Item]:
    """One item for each image of a recording, in the order of their stamps.

    Raises:
        SpatialError: BAD_REQUEST if it cannot be read or has no images.
    """
    with _open(path) as reader:
        chosen = choose(reader.connections, topics, path)
        connection = _connection(reader, chosen.image)
        for n, (_, logged, _) in enumerate(reader.messages([connection])):
            load = _Load(path, chosen, logged, n)
            origin = {"recording": path.name, "topic": chosen.image, "logged": logged}
            yield Item(f"{name}/{n:06d}", name, load, origin)


def count(path: Path, topics: Topics) -> int:
    """The number of images of a recording. Raises as `items`."""
    with _open(path) as reader:
        return _connection(reader, choose(reader.connections, topics, path).image).msgcount


def choose(connections: Sequence[Connection], given: Topics, path: Path) -> Topics:
    """The topics to read, with those that were not given.

    Raises:
        SpatialError: BAD_REQUEST if there is no image, or a given topic is not there.
    """
    types = {c.topic: c.msgtype for c in connections}
    for topic in vars(given).values():
        if topic and topic not in types:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"{path} has no topic {topic}; it has {', '.join(sorted(types))[:400]}",
            )
    images = [t for t in sorted(types) if types[t] in IMAGE_TYPES]
    depths = [t for t in images if "depth" in t.lower() or "disparity" in t.lower()]
    colours = [t for t in images if t not in depths and "mask" not in t.lower()]
    image = given.image or _best(colours, ("color", "rgb", "colour", "image"))
    if not image:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{path} has no colour images; name the topic with --image-topic. It has "
            f"{', '.join(sorted(types))[:400]}",
        )
    depth = given.depth or _best(depths, ("aligned", "registered"))
    infos = [t for t in sorted(types) if types[t] == INFO_TYPE]
    info = given.camera_info or _beside(image, infos)
    if not info:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{path} has no camera_info for {image}; name its topic with --camera-info-topic",
        )
    of_depth = given.depth_camera_info or (_beside(depth, infos) if depth else "")
    found = [t for t in sorted(types) if types[t] in REGION_TYPES]
    imus = [t for t in sorted(types) if types[t] == IMU_TYPE]
    return Topics(
        image,
        depth,
        info,
        of_depth,
        given.regions or next(iter(found), ""),
        given.imu or next(iter(imus), ""),
    )


def _best(topics: Sequence[str], words: Sequence[str]) -> str:
    """The topic that has most of the words; raw before compressed."""

    def rank(topic: str) -> tuple:
        return (-sum(word in topic.lower() for word in words), "compressed" in topic, topic)

    return min(topics, key=rank, default="")


def _beside(topic: str, infos: Sequence[str]) -> str:
    """The camera_info that shares most of a topic's folders."""

    def shared(info: str) -> int:
        pairs = zip(topic.split("/"), info.split("/"), strict=False)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), len(info))

    return max(infos, key=shared, default="")


@contextmanager
def _open(path: Path) -> Iterator[AnyReader]:
    reader = _opened(path)
    try:
        yield reader
    finally:
        reader.close()


class _Kept(threading.local):
    """The recording that this thread has read last; images of one recording follow each other.

    A thread has its own, as SQLite's connections must not change theirs.
    """

    path: Path | None = None
    reader: AnyReader | None = None

    def open(self, path: Path) -> AnyReader:
        """The recording, opened unless it is the last one. Raises as `items`."""
        if self.reader is None or path != self.path:
            if self.reader is not None:
                self.reader.close()
                self.reader = None
            self.reader, self.path = _opened(path), path
        return self.reader


_kept = _Kept()


def _opened(path: Path) -> AnyReader:
    try:
        reader = AnyReader([path], default_typestore=get_typestore(Stores.ROS2_JAZZY))
        reader.open()
    except (AnyReaderError, OSError, ValueError, KeyError) as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{path} cannot be read as a recording: {error}"
        ) from error
    return reader


def _connection(reader: AnyReader, topic: str) -> Connection:
    return next(c for c in reader.connections if c.topic == topic)


@dataclass(frozen=True)
class _Load:
    """Reads one image with all that belongs to it."""

    path: Path
    topics: Topics
    logged: int  # [ns] when the image was recorded
    number: int

    def __call__(self) -> Capture:
        return _Near(_kept.open(self.path), self.topics, self.logged).capture()


@dataclass
class _Near:
    """The messages around one image."""

    reader: AnyReader
    topics: Topics
    logged: int  # [ns] when the image was recorded
    found: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    tree: TransformTree = field(init=False)

    def __post_init__(self) -> None:
        t = self.topics
        rest = set(vars(t).values()) - {t.image, t.depth}
        for topics, seconds in (({t.image}, 0.0), ({t.depth}, NEAR), (rest, AROUND)):
            connections = [c for c in self.reader.connections if c.topic in topics]
            if not connections:
                continue
            start, stop = self.logged - round(seconds * 1e9), self.logged + round(seconds * 1e9)
            for connection, logged, raw in self.reader.messages(connections, start, stop + 1):
                message = self.reader.deserialize(raw, connection.msgtype)
                self.found.setdefault(connection.topic, []).append((logged, message))
        image = next(m for t, m in self.found[self.topics.image] if t == self.logged)
        self.tree = TransformTree(stamp_ns(image.header.stamp))
        around = (self.logged - round(AROUND * 1e9), self.logged + round(AROUND * 1e9))
        for topic, static in TF_TOPICS.items():
            connections = [c for c in self.reader.connections if c.topic == topic]
            if not connections:
                continue
            window = (None, None) if static else around
            for connection, _, raw in self.reader.messages(connections, *window):
                self.tree.add(self.reader.deserialize(raw, connection.msgtype), static=static)

    def capture(self) -> Capture:
        image = next(m for t, m in self.found[self.topics.image] if t == self.logged)
        stamp = stamp_ns(image.header.stamp)
        depth = self._nearest(self.topics.depth, stamp, SLOP)
        paired = PairedFrame(
            picture(image),
            None if depth is None else picture(depth),
            self._info(self.topics.camera_info, stamp),
            self._info(self.topics.depth_camera_info, stamp),
            rectified=is_rectified_topic(self.topics.image),
            transform=self.tree,
        )
        found = self._nearest(self.topics.regions, stamp, SLOP)
        of_image = None if found is None else regions(found).convert()
        return Capture(paired.frame(), of_image, self._up(stamp, image.header.frame_id))

    def _nearest(self, topic: str, stamp: int, slop: float) -> Any:
        messages = [m for _, m in self.found.get(topic, ())]
        off = [abs(stamp_ns(m.header.stamp) - stamp) for m in messages]
        if not off or min(off) > slop * 1e9:
            return None
        return messages[int(np.argmin(off))]

    def _info(self, topic: str, stamp: int):
        if not topic:
            return None
        message = self._nearest(topic, stamp, np.inf)
        if message is None:
            connection = _connection(self.reader, topic)
            # Published once, at the start.
            first = next(iter(self.reader.messages([connection])), None)
            if first is None:
                return None
            message = self.reader.deserialize(first[2], connection.msgtype)
        return calibration(message)

    def _up(self, stamp: int, frame: str) -> Gravity | None:
        """Against gravity by the mean acceleration, else by TF."""
        recent: list[np.ndarray] = []
        for _, message in self.found.get(self.topics.imu, ()):
            if 0 <= stamp - stamp_ns(message.header.stamp) <= STEADY * 1e9:
                acceleration = vector(message.linear_acceleration)
                try:
                    turn = self.tree(frame, message.header.frame_id, stamp)[:3, :3]
                except SpatialError:
                    break  # the recording does not say how the IMU is mounted
                recent.append(turn @ acceleration)
        if recent:
            up = np.mean(recent, axis=0)
            length = float(np.linalg.norm(up))
            if LEAST_G < length < MOST_G:
                return Gravity(up / length, "imu", stddev=UP_STDDEV)
        known = self.tree.up(frame)
        return None if known is None else Gravity(known, "tf", stddev=UP_STDDEV)
