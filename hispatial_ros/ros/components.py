"""What a node says about itself on ``/diagnostics``, read back: for doctor and top."""

from collections.abc import Iterable
from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from hispatial_ros.ros.check import Status

LEVELS = {
    DiagnosticStatus.OK: Status.OK,
    DiagnosticStatus.WARN: Status.WARN,
    DiagnosticStatus.ERROR: Status.FAIL,
    DiagnosticStatus.STALE: Status.WARN,
}


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


def components(full: str, arrays: Iterable[DiagnosticArray]) -> dict[str, Component]:
    """The newest state of each component of the node with this full name, by component."""
    found: dict[str, Component] = {}
    for array in arrays:
        for status in array.status:
            node, _, component = status.name.partition(":")
            if node.strip("/") == full.strip("/"):
                found[component.strip()] = Component(
                    LEVELS.get(status.level, Status.WARN),
                    status.message,
                    {pair.key: pair.value for pair in status.values},
                )
    return found
