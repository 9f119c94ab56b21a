"""The public way to ask a running node from Python."""

from hispatial_ros.ros.tools.client import Client

__all__ = ["Client"]
