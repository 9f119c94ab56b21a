"""Listens to what a node says about itself, and to its answers."""

import os
import time

from diagnostic_msgs.msg import DiagnosticArray

from hispatial_ros.health.component import Component
from hispatial_ros.msg import SpatialAnswer
from hispatial_ros.ros.health.components import components
from hispatial_ros.ros.node.private_node import PrivateNode
from hispatial_ros.ros.qos import reliable

ANSWERS_KEPT = 200  # there may be many watches


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
        self._answers: dict[str, tuple[str, str, str]] = {}
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._hear, reliable(10))
        self.node.create_subscription(
            SpatialAnswer, f"{target}/answers", self._note, reliable(ANSWERS_KEPT)
        )

    @property
    def answers(self) -> list[tuple[str, str, str]]:
        """Request id, question and text, the newest last; of each watch the newest alone."""
        return list(self._answers.values())

    def _hear(self, array: DiagnosticArray) -> None:
        found = components(self._target, [array])
        if found:
            self.state, self.heard = found, time.monotonic()

    def _note(self, answer: SpatialAnswer) -> None:
        text, count = answer.text, len(answer.relations)
        if count > 1:  # a sentence each
            text = f"{count} relations: {text}"
        key = answer.request_id
        if key.startswith("watch:"):  # watch:NAME:NUMBER
            key = key.rpartition(":")[0]
        self._answers.pop(key, None)
        self._answers[key] = answer.request_id, answer.question, text
        if len(self._answers) > ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]
