"""Parameters of reference frames, gravity and goals."""

from hispatial_ros.ros.parameters.parameter import Parameter

FRAMES = (
    Parameter(
        "reference_frame",
        "camera",
        "What left, above, in front of and positions refer to where the request does not say: "
        "camera (optical frame), gravity (optical frame levelled to gravity), or a TF frame.",
    ),
    Parameter(
        "gravity.sources",
        "imu,tf",
        "Who tells which way is up, in this order; one that has nothing for an image is skipped. "
        "imu: the orientation on the topic imu; tf: the frame gravity.level_frame. After them, or "
        "with none at once, up is found from the horizontal surfaces in view.",
        choices=("imu,tf", "tf,imu", "imu", "tf", "none"),
    ),
    Parameter(
        "gravity.level_frame",
        "",
        "TF frame whose z axis points up, such as odom or base_footprint; empty: TF tells nothing "
        "about gravity.",
    ),
    Parameter(
        "gravity.level_frame_is_floor",
        False,
        "Whether z = 0 of the level frame is the floor, as with base_footprint. Otherwise the "
        "lowest horizontal surface in view is taken for it.",
    ),
    Parameter(
        "gravity.slop",
        0.1,
        "Largest difference between the stamps of an image and of the orientation, or of the "
        "transform to the level frame, that counts for it [s].",
        0.0,
        10.0,
    ),
    Parameter(
        "gravity.stddev",
        0.01,
        "Standard deviation of up from TF, and from an IMU that gives no covariance [rad]. It "
        "widens those of the objects.",
        0.0001,
        0.5,
    ),
    Parameter(
        "output_frame",
        "camera",
        "Frame of the topics objects, relations, markers and target: camera (the image's optical "
        "frame), reference (that of the answer, where TF knows it), or a TF frame such as map. "
        "Without a transform at the image's stamp nothing is published there, and the log says so.",
    ),
    Parameter(
        "target.stand_off",
        0.7,
        "How far before an object's box the target lies, seen from above [m].",
        0.0,
        100.0,
    ),
    Parameter(
        "target.questions",
        "go_to,where_is",
        "Which questions publish a target. Where the topic drives a robot, choose go_to.",
        choices=("go_to,where_is", "go_to", "none"),
    ),
)
