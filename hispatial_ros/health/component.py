"""State of one part of a node, as its diagnostics tell it; needs no ROS."""

from dataclasses import dataclass

from hispatial_ros.health.check import Status


@dataclass(frozen=True)
class Component:
    """State of one part of the node: an input, the requests, a model process, ..."""

    level: Status
    message: str
    values: dict[str, str]

    def number(self, key: str) -> float | None:
        """A value as a number; None if it is not there or is not known ("-")."""
        try:
            return float(self.values[key])
        except (KeyError, ValueError):
            return None

    def group(self, prefix: str) -> dict[str, str]:
        """The values whose keys begin with the prefix, without it."""
        return {k.removeprefix(prefix): v for k, v in self.values.items() if k.startswith(prefix)}
