"""Subscriptions to the camera and to regions. Their callbacks only store the message."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.qos import QoSProfile

from hispatial_ros.intake import from_ros
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.intake.orientations import Orientations
from hispatial_ros.ros.health.qos_events import QosEvents
from hispatial_ros.ros.node.polled import Polled, Unattended
from hispatial_ros.ros.qos import matched, overridable
from hispatial_ros.ros.topics import INPUTS, TRANSPORTS, Topic
from hispatial_ros.settings.live import LiveSettings

if TYPE_CHECKING:
    from rclpy.node import Node

# Calibration topics, and the image that each is for: unless remapped, they are beside it.
CALIBRATES = {"camera_info": "image", "depth_camera_info": "depth"}
# Input -> what makes a plain struct of its messages.
READ: dict[str, Callable[[Any], Any]] = {
    "image": from_ros.picture,
    "depth": from_ros.picture,
    "camera_info": from_ros.calibration,
    "depth_camera_info": from_ros.calibration,
    "regions": from_ros.regions,
    "detections": from_ros.regions,
    "imu": from_ros.orientation,
}
ONE_PUBLISHER = (*CALIBRATES, *CALIBRATES.values())  # of two, the values would mix
# The last of these to arrive completes a frame.
COMPLETING = ("image", "depth", "regions", "detections")
NAMING = ("regions", "detections")  # tell what is in the images
LOG_PERIOD = 5.0  # s between lines about dropped messages of one topic


class Inputs:
    """Subscribed from `subscribe` to `unsubscribe`; feeds a FrameBuffer and Orientations."""

    def __init__(
        self,
        node: "Node",
        settings: LiveSettings,
        buffer: FrameBuffer,
        orientations: Orientations,
        qos_events: QosEvents,
        arrived: Callable[[], None] = lambda: None,
    ):
        """
        Args:
            arrived: Called on the executor's thread after a message was stored that may complete a
                frame; must be quick.
        """
        self._node = node
        self._settings = settings
        now = settings.current
        self._transports = {"image": now.image_transport, "depth": now.depth_transport}
        self._buffer = buffer
        self._orientations = orientations
        orientations.topic = self.topic("imu")
        self._subscriptions: dict[str, Any] = {}  # input -> subscription
        # By input: what is asked for, overrides included, and what of it publishers offer.
        self._asked: dict[str, QoSProfile] = {}
        self._matched: dict[str, QoSProfile] = {}
        self._imu: Polled | None = None
        self._arrived = arrived
        self._qos_events = qos_events

    def topic(self, name: str) -> str:
        """Full name of an input after remapping, with that of its transport."""
        base, transport = self._base(name), self._transports.get(name, "raw")
        return base if transport == "raw" else f"{base}/{transport}"

    def _base(self, name: str) -> str:
        resolved = self._node.resolve_topic_name(name)
        image = CALIBRATES.get(name)
        if image and resolved == self._node.resolve_topic_name(name, only_expand=True):
            return camera_info_beside(self._node.resolve_topic_name(image))
        return resolved

    def topics(self) -> dict[str, str]:
        """Full topic name of every input."""
        return {topic.name: self.topic(topic.name) for topic in INPUTS if topic.type}

    def names_arrive(self) -> bool:
        """Whether anybody publishes what is in the images; on any thread."""
        return any(
            self._node.count_publishers(self.topic(topic.name)) > 0
            for topic in INPUTS
            if topic.name in NAMING and topic.type
        )

    def subscribe(self) -> None:
        """Start receiving."""
        for topic in INPUTS:
            if topic.type is None:
                continue
            # One camera_info beside both images is the colour image's.
            shared = topic.name == "depth_camera_info" and self.topic(topic.name) == self.topic(
                "camera_info"
            )
            if shared:
                continue
            subscription = self._subscribe(topic)
            if topic.name == "imu":
                self._imu = Polled(self._node, subscription)
            else:
                self._subscriptions[topic.name] = subscription

    def match_publishers(self) -> None:
        """Subscribe anew where publishers have come that offer something else; call regularly."""
        doubts = []
        for topic in INPUTS:
            if topic.name not in self._subscriptions:
                continue
            offered = self._offered(topic.name)
            if len(offered) > 1 and topic.name in ONE_PUBLISHER:
                doubts.append(
                    f"{topic.name}: {len(offered)} publishers on {self.topic(topic.name)}, whose "
                    "messages mix: stop all but one"
                )
            asked = self._asked[topic.name]
            if offered and matched(asked, offered) != self._matched[topic.name]:
                self._node.destroy_subscription(self._subscriptions[topic.name])
                self._qos_events.forget(self.topic(topic.name))
                self._subscriptions[topic.name] = self._subscribe(topic)

        self._buffer.sender_doubts = tuple(doubts)

    def _offered(self, name: str) -> list[QoSProfile]:
        publishers = self._node.get_publishers_info_by_topic(self.topic(name))
        return [publisher.qos_profile for publisher in publishers]

    def unsubscribe(self) -> None:
        """Stop receiving and forget what was received."""
        for subscription in self._subscriptions.values():
            self._node.destroy_subscription(subscription)
        self._subscriptions.clear()
        if self._imu is not None:
            self._imu.destroy()
            self._imu = None
        self._qos_events.forget()
        self._buffer.clear()
        self._orientations.clear()

    def _subscribe(self, topic: Topic) -> Any:
        name = self.topic(topic.name)
        read, store = READ[topic.name], self._store(topic.name)
        transport = self._transports.get(topic.name)
        clock = self._node.get_clock()
        log = ThrottledLog(self._node.get_logger().warning)
        completes = topic.name in COMPLETING
        offered = self._offered(topic.name)

        def settle(qos: QoSProfile) -> SetParametersResult:
            chosen = matched(qos, offered)
            self._matched[topic.name] = chosen
            self._asked[topic.name] = QoSProfile(
                history=qos.history,
                depth=qos.depth,
                reliability=qos.reliability,
                durability=qos.durability,
            )
            qos.reliability, qos.durability = chosen.reliability, chosen.durability
            return SetParametersResult(successful=True)

        def receive(msg: Any) -> None:
            dropped = store(read(msg), clock.now().nanoseconds)
            if dropped:
                log(dropped)
            elif completes:
                self._arrived()

        return self._node.create_subscription(
            TRANSPORTS[transport] if transport else topic.type,
            name,
            receive,
            topic.qos(),
            callback_group=Unattended() if topic.name == "imu" else None,
            qos_overriding_options=overridable(settle),
            event_callbacks=self._qos_events.of_subscription(name),
        )

    def _store(self, name: str) -> Callable[[Any, int], str]:
        """What keeps the messages of an input, and says why it drops one."""
        if name == "imu":
            return lambda msg, now_ns: self._orientations.add(
                msg, now_ns, self._settings.current.max_future
            )
        return partial(self._buffer.add, "regions" if name == "detections" else name)


class ThrottledLog:
    """Writes at most one line per LOG_PERIOD, with how many were left out.

    rclpy's own throttling goes by the place in the code, which all topics share here.
    """

    def __init__(self, write: Callable[[str], None]):
        self._write = write
        self._next = 0.0
        self._omitted = 0

    def __call__(self, text: str) -> None:
        now = time.monotonic()
        if now < self._next:
            self._omitted += 1
            return
        more = f" (and {self._omitted} more dropped messages)" if self._omitted else ""
        self._write(text + more)
        self._next, self._omitted = now + LOG_PERIOD, 0


def camera_info_beside(image_topic: str) -> str:
    """`camera_info` in the image topic's namespace, as image_transport has it."""
    return f"{image_topic.rpartition('/')[0]}/camera_info"
