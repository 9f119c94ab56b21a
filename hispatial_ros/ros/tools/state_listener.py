"""Listens to what a node says about itself, and to its answers."""

import os
import time
from collections import deque

from diagnostic_msgs.msg import DiagnosticArray

from hispatial_ros.health.component import Component
from hispatial_ros.msg import SpatialAnswer
from hispatial_ros.ros.health.components import components
from hispatial_ros.ros.node.private_node import PrivateNode
from hispatial_ros.ros.qos import reliable

ANSWERS_KEPT = 50


class StateListener(PrivateNode):
    """Receives while it spins."""

    def __init__(self, target: str, domain_id: int | None = None):
        """
        Args:
            target: full name of the node.
            domain_id: ROS domain; None takes ROS_DOMAIN_ID.
        """
        super().__init__(f"hispatial_top_{os.getpid()}", domain_id)
        self._target = target
        self.state: dict[str, Component] = {}  # the newest diagnostics of the node
        self.heard: float | None = None  # when they came, on the clock of time.monotonic()
        self.answers: deque[tuple[str, str, str]] = deque(maxlen=ANSWERS_KEPT)  # id, question, text
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._hear, reliable(10))
        self.node.create_subscription(
            SpatialAnswer, f"{target}/answers", self._note, reliable(ANSWERS_KEPT)
        )

    def _hear(self, array: DiagnosticArray) -> None:
        found = components(self._target, [array])
        if found:
            self.state, self.heard = found, time.monotonic()

    def _note(self, answer: SpatialAnswer) -> None:
        self.answers.append((answer.request_id, answer.question, answer.text))
