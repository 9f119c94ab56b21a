"""What a node says about itself on ``/diagnostics``, read back: for doctor and top."""

from collections.abc import Iterable

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from hispatial_ros.health.check import Status
from hispatial_ros.health.component import Component

LEVELS = {
    DiagnosticStatus.OK: Status.OK,
    DiagnosticStatus.WARN: Status.WARN,
    DiagnosticStatus.ERROR: Status.FAIL,
    DiagnosticStatus.STALE: Status.WARN,
}


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
