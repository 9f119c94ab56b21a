"""The node's settings as ROS parameters: declared, validated, kept up to date."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.parameter import Parameter as RosParameter

from hispatial_ros.ros.node.rclpy_internals import given_parameters
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.settings.parameter import Parameter, with_values
from hispatial_ros.settings.settings import BY_NAME, TABLE, Settings

if TYPE_CHECKING:
    from rclpy.node import Node


def declare(node: "Node") -> LiveSettings:
    """Declare every parameter of the node; returns their values, overrides included."""
    node.add_on_set_parameters_callback(_validate)
    for parameter in TABLE:
        node.declare_parameter(parameter.name, parameter.default, descriptor(parameter))
    return LiveSettings(_read(node))


def follow(node: "Node", settings: LiveSettings, changed: Callable[[], None]) -> None:
    """Keep the settings up to date from now on.

    Args:
        node: whose parameters were declared.
        settings: as ``declare`` returned them.
        changed: called after they were replaced, on the executor's thread.
    """

    def update(_: Sequence[RosParameter]) -> None:
        settings.current = _read(node)
        changed()

    node.add_post_set_parameters_callback(update)


def misspelled(node: "Node") -> list[str]:
    """A line for each parameter that was given at the start and does not exist."""
    lines = []
    for name in given_parameters(node):
        if node.has_parameter(name) or name.startswith("qos_overrides."):
            continue
        close = get_close_matches(name, BY_NAME, n=1)
        remedy = f"did you mean {close[0]}?" if close else "docs/reference.md lists all"
        lines.append(f"there is no parameter {name}, what it was set to is ignored: {remedy}")
    return lines


def descriptor(parameter: Parameter) -> ParameterDescriptor:
    """What ``ros2 param describe`` shows."""
    result = ParameterDescriptor(
        name=parameter.name,
        description=parameter.about,
        read_only=parameter.read_only,
        additional_constraints=f"one of: {', '.join(parameter.choices)}"
        if parameter.choices
        else "",
    )
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        if isinstance(parameter.default, int):
            result.integer_range = [IntegerRange(from_value=int(low), to_value=int(high))]
        else:
            range_ = FloatingPointRange(from_value=float(low), to_value=float(high))
            result.floating_point_range = [range_]
    return result


def _read(node: "Node") -> Settings:
    return with_values(Settings(), {p.name: node.get_parameter(p.name).value for p in TABLE})


def _validate(parameters: Sequence[RosParameter]) -> SetParametersResult:
    """Refuse what a range cannot express; QoS overrides and use_sim_time are not ours."""
    for parameter in parameters:
        if not parameter.name:  # rclpy takes an undeclared one of that name for a success
            reason = "it has no name: `ros2 param list` tells the names that there are"
            return SetParametersResult(successful=False, reason=reason)
        known = BY_NAME.get(parameter.name)
        reason = known.objection(parameter.value) if known else ""
        if reason:
            return SetParametersResult(successful=False, reason=reason)
    return SetParametersResult(successful=True)
