"""Lines of the ROS-free parts appear in the node's log."""

import logging
from typing import Any

from hispatial_ros.structured_log import RequestFormatter

PACKAGE = "hispatial_ros"


class _RosHandler(logging.Handler):
    def __init__(self, logger: Any):
        super().__init__()
        self._logger = logger
        self.setFormatter(RequestFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        # A branch each: rclpy refuses to log at different levels from one place in the code.
        if record.levelno >= logging.ERROR:
            self._logger.error(text)
        elif record.levelno >= logging.WARNING:
            self._logger.warning(text)
        elif record.levelno >= logging.INFO:
            self._logger.info(text)
        else:
            self._logger.debug(text)


def forward_logging(logger: Any) -> logging.Handler:
    """Send what the package logs with ``logging`` to a ROS logger; returns what to remove again."""
    handler = _RosHandler(logger)
    package = logging.getLogger(PACKAGE)
    package.addHandler(handler)
    package.setLevel(logging.DEBUG)
    package.propagate = False
    return handler


def stop_forwarding(handler: logging.Handler) -> None:
    """Undo ``forward_logging``."""
    package = logging.getLogger(PACKAGE)
    package.removeHandler(handler)
    package.propagate = True
