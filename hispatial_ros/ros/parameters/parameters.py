"""Every parameter of the node, in one table.

The table is what gets declared, validated when set, written into ``config/hispatial.yaml`` and
printed in the documentation.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.parameter import Parameter as RosParameter

from hispatial_ros.ros.parameters.parameter import Parameter
from hispatial_ros.settings.depth import DEPTH, TRANSPORT
from hispatial_ros.settings.frames import FRAMES
from hispatial_ros.settings.model import DETECTOR, MODEL
from hispatial_ros.settings.watch import WATCH

if TYPE_CHECKING:
    from rclpy.node import Node

TABLE: tuple[Parameter, ...] = (
    Parameter(
        "autostart",
        True,
        "Configure and activate without being told to. Set it to false where a lifecycle manager "
        "does that.",
        read_only=True,
    ),
    Parameter(
        "sync.slop",
        0.05,
        "Largest difference between the stamps of an image and its depth image [s]; never more "
        "than 0.6 of the mean period of either. Half the camera's frame period suits cameras that "
        "do not synchronise the two.",
        0.0,
        10.0,
    ),
    Parameter(
        "sync.regions_slop",
        0.05,
        "Largest difference between the stamps of regions and the image they belong to [s]. "
        "Detectors that copy the image's stamp need none.",
        0.0,
        10.0,
    ),
    Parameter(
        "sync.history",
        1.0,
        "How long frames are kept for requests that name a stamp [s].",
        0.0,
        60.0,
    ),
    Parameter(
        "max_frame_age",
        1.0,
        "A question about the newest frame is refused if that is older [s].",
        0.01,
        3600.0,
    ),
    Parameter(
        "max_future",
        1.0,
        "Messages stamped further ahead of the node's clock are dropped [s].",
        0.0,
        3600.0,
    ),
    Parameter(
        "max_image_pixels",
        64_000_000,
        "Larger images are dropped [pixels].",
        1,
        1_000_000_000,
    ),
    Parameter(
        "max_buffer_bytes",
        268_435_456,
        "Memory for kept messages, per topic [bytes]. The newest two are always kept.",
        1_000_000,
        16_000_000_000,
    ),
    Parameter(
        "image_geometry",
        "auto",
        "Whether the image topic carries raw images (K and D of camera_info hold) or rectified "
        "ones (P holds). auto: rectified if the topic's name says so (image_rect...).",
        choices=("auto", "raw", "rectified"),
    ),
    Parameter(
        "backend",
        "auto",
        "What answers where the request does not say: measured (geometry), model "
        "(vision-language model), or auto (measured where that can answer, else the model).",
        choices=("auto", "measured", "model"),
    ),
    *FRAMES,
    Parameter(
        "request_timeout",
        5.0,
        "A request without a timeout of its own is answered TIMEOUT after that [s].",
        0.01,
        3600.0,
    ),
    Parameter(
        "max_request_timeout",
        120.0,
        "Longest timeout a request may ask for [s].",
        0.01,
        86400.0,
    ),
    Parameter(
        "queue_size",
        32,
        "Requests that may be open (waiting or worked on) at a time; one more is answered "
        "OVERLOADED at once.",
        1,
        10_000,
    ),
    Parameter(
        "max_question_length",
        1000,
        "Longer questions are refused [characters].",
        1,
        100_000,
    ),
    Parameter(
        "max_regions",
        200,
        "Requests and region messages with more regions are refused.",
        1,
        10_000,
    ),
    Parameter(
        "max_outline_points",
        10_000,
        "Requests and region messages whose outlines have more points together are refused.",
        3,
        1_000_000,
    ),
    Parameter(
        "max_name_length",
        256,
        "Longer labels, ids and frame names in requests are refused [characters].",
        1,
        10_000,
    ),
    Parameter(
        "max_range",
        30.0,
        "Depth beyond that counts as invalid [m].",
        0.1,
        1000.0,
    ),
    Parameter(
        "depth_noise.a",
        0.0012,
        "Standard deviation of depth z is a + b (z - c)^2, and relative z added in quadrature "
        "[m]. The default is that of a Kinect-like camera.",
        0.0,
        10.0,
    ),
    Parameter("depth_noise.b", 0.0019, "Quadratic part of the depth noise [1/m].", 0.0, 10.0),
    Parameter("depth_noise.c", 0.4, "Where the depth noise is least [m].", 0.0, 100.0),
    Parameter("depth_noise.relative", 0.0, "Part of the depth noise that grows with z.", 0.0, 1.0),
    Parameter(
        "depth_noise.scale",
        0.0,
        "Relative error that the whole depth image has in common.",
        0.0,
        1.0,
    ),
    Parameter(
        "markers.lifetime",
        10.0,
        "Markers of an object are deleted when it has not been measured for that long [s]; 0: "
        "they stay until the object disappears from the regions.",
        0.0,
        3600.0,
    ),
    Parameter(
        "points.organized",
        False,
        "Publish the point cloud as an image of points with NaN where depth is invalid, instead "
        "of a list of the valid ones.",
    ),
    *DEPTH,
    *TRANSPORT,
    *MODEL,
    *DETECTOR,
    *WATCH,
)
BY_NAME: Mapping[str, Parameter] = {parameter.name: parameter for parameter in TABLE}


class Parameters:
    """The node's parameters, declared and validated; ``parameters[name]`` is the present value."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        node.add_on_set_parameters_callback(_validate)
        for parameter in TABLE:
            node.declare_parameter(parameter.name, parameter.default, parameter.descriptor())

    def __getitem__(self, name: str) -> Any:
        return self._node.get_parameter(name).value


def _validate(parameters: Sequence[RosParameter]) -> SetParametersResult:
    """Refuse what a range can not express; QoS overrides and use_sim_time are not ours."""
    for parameter in parameters:
        if not parameter.name:  # rclpy takes an undeclared one of that name for a success
            reason = "it has no name: `ros2 param list` tells the names that there are"
            return SetParametersResult(successful=False, reason=reason)
        known = BY_NAME.get(parameter.name)
        reason = known.objection(parameter.value) if known else ""
        if reason:
            return SetParametersResult(successful=False, reason=reason)
    return SetParametersResult(successful=True)
