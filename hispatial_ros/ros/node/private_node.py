"""A node in a context of its own."""

import time
from types import TracebackType
from typing import TYPE_CHECKING

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from hispatial_ros.ros.node import joining

if TYPE_CHECKING:
    from typing_extensions import Self


class PrivateNode:
    """For tools: works beside other nodes of the process, and takes none of its ROS arguments.

    Not thread-safe: everything happens on the thread that spins it.
    """

    def __init__(self, name: str, domain_id: int | None = None):
        """
        Args:
            name: of the node.
            domain_id: ROS domain; None takes ROS_DOMAIN_ID.
        """
        self._context = rclpy.Context()
        joining.init([], context=self._context, domain_id=domain_id)
        self.node = Node(
            name,
            context=self._context,
            use_global_arguments=False,
            start_parameter_services=False,
            enable_rosout=False,
        )
        self.executor = SingleThreadedExecutor(context=self._context)
        self.executor.add_node(self.node)

    def spin(self, seconds: float) -> None:
        """Let messages arrive for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.executor.spin_once(timeout_sec=left)

    def close(self) -> None:
        """Leave the graph."""
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
