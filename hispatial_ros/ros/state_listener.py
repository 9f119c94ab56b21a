"""Listens to what a node says about itself, and to its answers."""

import os
import time
from collections import deque

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from hispatial_ros.msg import SpatialAnswer
from hispatial_ros.ros.component import Component
from hispatial_ros.ros.components import components
from hispatial_ros.ros.qos import reliable

ANSWERS_KEPT = 50


class StateListener:
    """Everything happens on the thread that calls `spin`."""

    def __init__(self, target: str, domain_id: int | None = None):
        """
        Args:
            target: full name of the node.
            domain_id: ROS domain; None takes ROS_DOMAIN_ID.
        """
        self._target = target
        self.state: dict[str, Component] = {}  # the newest diagnostics of the node
        self.heard: float | None = None  # when they came, on the clock of time.monotonic()
        self.answers: deque[tuple[str, str, str]] = deque(maxlen=ANSWERS_KEPT)  # id, question, text
        self._context = rclpy.Context()
        rclpy.init(args=[], context=self._context, domain_id=domain_id)
        self._node = Node(
            f"hispatial_top_{os.getpid()}",
            context=self._context,
            enable_rosout=False,
            start_parameter_services=False,
        )
        self._node.create_subscription(DiagnosticArray, "/diagnostics", self._hear, reliable(10))
        self._node.create_subscription(
            SpatialAnswer, f"{target}/answers", self._note, reliable(ANSWERS_KEPT)
        )
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)

    def spin(self, seconds: float) -> None:
        """Let messages arrive for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=left)

    def close(self) -> None:
        """Leave the graph."""
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    def _hear(self, array: DiagnosticArray) -> None:
        found = components(self._target, [array])
        if found:
            self.state, self.heard = found, time.monotonic()

    def _note(self, answer: SpatialAnswer) -> None:
        self.answers.append((answer.request_id, answer.question, answer.text))
