"""Records a node's requests and answers, with the frames they are about."""

import array
import math
import os
import time
from collections.abc import Callable
from typing import Any

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CompressedImage, Image

from hispatial_ros.bag.images import compress
from hispatial_ros.bag.recording import Recording
from hispatial_ros.ros.node.private_node import PrivateNode
from hispatial_ros.ros.tools.message_definitions import definition, message_class

LOOK_PERIOD = 0.5  # s between looks for new topics, and between flushes
LINGER = 0.5  # s to go on after the stop: large images are slower than the records about them
QUEUE = 100  # messages of a topic that may wait for the recorder
FRAMES_REMEMBERED = 1000  # messages that belong to frames
# Topics of the node that are computed only for subscribers, and can be computed again.
COSTLY = ("points", "annotated_image", "depth", "camera_info")
COMMON = ("/diagnostics", "/tf", "/tf_static", "/rosout")
UNWANTED = ("/clock", "/parameter_events")
IMAGE, COMPRESSED_IMAGE = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"


class Recorder(PrivateNode):
    """A node that writes what ``target`` publishes to a recording: images compressed, all else as
    raw messages."""

    def __init__(
        self,
        target: str,
        recording: Recording,
        everything: bool = False,
        say: Callable[[str], None] = lambda text: None,
        domain_id: int | None = None,
        images: str = "png",
    ):
        """
        Args:
            target: full name of the node to record.
            everything: its inputs too, and what it computes only for subscribers.
            say: takes lines for the operator.
            domain_id: ROS domain; None takes ROS_DOMAIN_ID.
            images: how they are kept, see `bag.images.compress`.
        """
        super().__init__(f"hispatial_recorder_{os.getpid()}", domain_id)
        self._namespace, _, self._name = target.rpartition("/")
        self._target = target
        self._recording = recording
        self._everything = everything
        self._say = say
        self._images = images
        self._subscriptions: dict[str, Any] = {}
        self._refused: set[str] = set()
        self._kept: dict[Any, None] = {}  # which messages of frames are in the present file

    def run(
        self, stopping: Callable[[], bool], at_each_look: Callable[[], None] = lambda: None
    ) -> None:
        """Record until told to stop.

        Args:
            at_each_look: called every LOOK_PERIOD.

        Raises:
            LimitReached: the recording is as large as it may be.
            OSError: it cannot be written any more (StorageFull: no room).
        """
        look = 0.0
        end = math.inf
        while (now := time.monotonic()) < end:
            if end == math.inf and stopping():
                end = now + LINGER
            if now >= look:
                look = now + LOOK_PERIOD
                self._subscribe()
                self._recording.flush()
                at_each_look()
            self.executor.spin_once(timeout_sec=0.1)

    @property
    def has_refused(self) -> bool:
        """Whether there were topics that could not be recorded."""
        return bool(self._refused)

    def _subscribe(self) -> None:
        """Subscribe to topics that are new since the last look."""
        for topic, type_name in self._wanted().items():
            if topic in self._subscriptions or topic in self._refused:
                continue
            try:
                kind, text = message_class(type_name), definition(type_name)
            except ImportError as error:
                self._refused.add(topic)
                self._say(f"not recorded: {topic}: {error}")
                continue
            qos = self._qos(topic)
            if type_name == IMAGE:
                receiver = self._image_receiver(topic, text)
            else:
                latched = qos.durability is DurabilityPolicy.TRANSIENT_LOCAL
                receiver = self._receiver(topic, type_name, text, latched)
            self._subscriptions[topic] = self.node.create_subscription(
                kind, topic, receiver, qos, raw=True
            )
            self._say(f"recording {topic}")

    def _wanted(self) -> dict[str, str]:
        """Topic -> type."""
        where = (self._name, self._namespace or "/")
        if where not in self.node.get_node_names_and_namespaces():
            return {}
        found = dict(self.node.get_publisher_names_and_types_by_node(*where))
        if self._everything:
            found |= dict(self.node.get_subscriber_names_and_types_by_node(*where))
        else:
            for name in COSTLY:
                found.pop(f"{self._target}/{name}", None)
        found |= {t: k for t, k in self.node.get_topic_names_and_types() if t in COMMON}
        return {
            topic: types[0]
            for topic, types in found.items()
            if topic not in UNWANTED and "/msg/" in types[0]
        }

    def _qos(self, topic: str) -> QoSProfile:
        """The strongest policies that all publishers of a topic offer."""
        offered = [p.qos_profile for p in self.node.get_publishers_info_by_topic(topic)]
        reliable = all(q.reliability is ReliabilityPolicy.RELIABLE for q in offered)
        latched = all(q.durability is DurabilityPolicy.TRANSIENT_LOCAL for q in offered)
        return QoSProfile(
            history=HistoryPolicy.KEEP_LAST,
            depth=QUEUE,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
            durability=(
                DurabilityPolicy.TRANSIENT_LOCAL
                if offered and latched
                else DurabilityPolicy.VOLATILE
            ),
        )

    # Callbacks with the two arguments that rclpy accepts, though its types know only one.

    def _receiver(self, topic: str, type_name: str, text: str, latched: bool) -> Any:
        """Writes messages as they come."""
        is_frame = "/answered/" in topic
        # A frame is published once, and the next file may hold a request about it.
        self._recording.add_topic(topic, type_name, text, latched or is_frame)

        def receive(data: bytes, info: Any) -> None:
            if not (is_frame and self._is_kept(topic, data)):
                self._write(topic, data, info)

        return receive

    def _image_receiver(self, topic: str, text: str) -> Any:
        """Writes images compressed, on the topic of image_transport that has such."""
        is_frame = "/answered/" in topic

        def receive(data: bytes, info: Any) -> None:
            if is_frame and self._is_kept(topic, data):
                return
            name, type_name, definition_, loss = topic, IMAGE, text, ""
            image = deserialize_message(data, Image)
            smaller = compress(image, self._images)
            if smaller is not None:
                name, type_name = f"{topic}/{smaller.transport}", COMPRESSED_IMAGE
                definition_, loss = definition(COMPRESSED_IMAGE), smaller.loss
                data = serialize_message(
                    CompressedImage(
                        header=image.header,
                        format=smaller.format,
                        data=array.array("B", smaller.data),
                    )
                )
            self._recording.add_topic(name, type_name, definition_, is_frame, loss)
            self._write(name, data, info)

        return receive

    def _write(self, topic: str, data: bytes, info: Any) -> None:
        now, sent = time.time_ns(), info["source_timestamp"]
        self._recording.write(topic, data, now, sent if sent > 0 else now)

    def _is_kept(self, topic: str, data: bytes) -> bool:
        """Whether the file has a message already: the node sends frames again to who comes later.

        If not, it counts as kept from now on.
        """
        key = self._recording.present, topic, hash(data)
        known = key in self._kept
        self._kept[key] = None
        if len(self._kept) > FRAMES_REMEMBERED:
            del self._kept[next(iter(self._kept))]
        return known
