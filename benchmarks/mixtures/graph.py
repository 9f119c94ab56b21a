"""Shows mixtures to a node that is a process, over the middleware."""

import time
from collections.abc import Sequence
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.qos import DurabilityPolicy, QoSProfile

from benchmarks.mixtures.mixture import Mixture
from benchmarks.mixtures.shot import Shot
from benchmarks.mixtures.stand import ORDER, TRANSPORTS, Outcome, answered, judge, measured
from benchmarks.reliability.peer import Peer, wait_until
from benchmarks.reliability.processes import NODE, Process, node_arguments
from hispatial_ros.ros.qos import reliable

PATIENCE = 5.0  # s, until the node has a frame that was published again and again
PAUSE = 0.05  # s between a frame and the question, which may overtake it


class Graph:
    """A node whose topics have one transport, and a camera beside it."""

    def __init__(self, domain: int, transport: str):
        self._names = {topic: f"{topic}/{t}" for topic, t in TRANSPORTS[transport].items()}
        parameters = {f"{topic}_transport": t for topic, t in TRANSPORTS[transport].items()}
        self.node = Process(domain, NODE, *node_arguments(**parameters))
        self._peer = Peer(domain)
        self._change = self._peer.client(ChangeState, "change_state")
        self._publishers: dict[str, Any] = {}

    def __enter__(self) -> "Graph":
        return self

    def __exit__(self, *_: Any) -> None:
        self._peer.close()
        self.node.close()

    def judge(self, mixture: Mixture, latched: Sequence[str] = ()) -> tuple[str, Outcome]:
        """As `Stand.judge`.

        Args:
            latched: topics published once, transient local, before the node subscribes.
        """
        shot = mixture.shot()
        self._transitions(Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_CLEANUP)
        for publisher in self._publishers.values():
            self._peer.node.destroy_publisher(publisher)
        self._publishers.clear()
        for topic in ORDER:
            if topic in shot.messages:
                self._publishers[topic] = self._publisher(shot, topic, topic in latched)
        for topic in latched:
            shot.stamp(topic, time.time_ns())
            self._publishers[topic].publish(shot.messages[topic])
        self._transitions(Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE)
        for topic, publisher in self._publishers.items():
            wait_until(publisher.get_subscription_count, f"a subscription to {topic}")
        deadline = time.monotonic() + PATIENCE
        while True:
            now = time.time_ns()
            for topic in self._publishers:
                if topic not in latched:
                    shot.stamp(topic, now)
                    self._publishers[topic].publish(shot.messages[topic])
            time.sleep(PAUSE)
            outcome = self._request(mixture, shot)
            wrong = judge(mixture, shot, outcome)
            # What has not arrived yet is no cause; an answer counts at once.
            if not wrong or not outcome.code or time.monotonic() > deadline:
                return wrong, outcome

    def _publisher(self, shot: Shot, topic: str, latched: bool) -> Any:
        qos: QoSProfile = reliable(5)
        if latched:
            qos.durability = DurabilityPolicy.TRANSIENT_LOCAL
        name = self._names.get(topic, topic)
        return self._peer.publisher(type(shot.messages[topic]), name, qos)

    def _transitions(self, *transitions: int) -> None:
        for number in transitions:
            request = ChangeState.Request(transition=Transition(id=number))
            assert wait_until(
                lambda request=request: self._peer.call(self._change, request).success,
                f"transition {number}",
            )

    def _request(self, mixture: Mixture, shot: Shot) -> Outcome:
        if mixture.request == "measure":
            return measured(self._peer.measure(), shot)
        return answered(self._peer.ask(shot.asked))
