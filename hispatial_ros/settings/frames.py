"""Parameters of synchronisation, gravity, goals and displays."""

from dataclasses import dataclass

from hispatial_ros.settings.parameter import parameter


@dataclass(frozen=True)
class SyncSettings:
    """Which images, depth images and regions belong together."""

    slop: float = parameter(
        0.05,
        "Largest difference between the stamps of an image and its depth image [s]; never more "
        "than 0.6 of the mean period of either. Half the camera's frame period suits cameras that "
        "do not synchronise the two.",
        within=(0.0, 10.0),
    )
    regions_slop: float = parameter(
        0.05,
        "Largest difference between the stamps of regions and the image they belong to [s]. "
        "Detectors that copy the image's stamp need none.",
        within=(0.0, 10.0),
    )
    history: float = parameter(
        1.0, "How long frames are kept for requests that name a stamp [s].", within=(0.0, 60.0)
    )


@dataclass(frozen=True)
class GravitySettings:
    """Which way is up."""

    sources: str = parameter(
        "imu,tf",
        "Who tells which way is up, in this order; one that has nothing for an image is skipped. "
        "imu: the orientation on the topic imu; tf: the frame gravity.level_frame. After them, or "
        "with none at once, up is found from the horizontal surfaces in view.",
        choices=("imu,tf", "tf,imu", "imu", "tf", "none"),
    )
    level_frame: str = parameter(
        "",
        "TF frame whose z axis points up, such as odom or base_footprint; empty: TF tells nothing "
        "about gravity.",
    )
    level_frame_is_floor: bool = parameter(
        False,
        "Whether z = 0 of the level frame is the floor, as with base_footprint. Otherwise the "
        "lowest horizontal surface in view is taken for it.",
    )
    slop: float = parameter(
        0.1,
        "Largest difference between the stamps of an image and of the orientation, or of the "
        "transform to the level frame, that counts for it [s].",
        within=(0.0, 10.0),
    )
    stddev: float = parameter(
        0.01,
        "Standard deviation of up from TF, and from an IMU that gives no covariance [rad]. It "
        "widens those of the objects.",
        within=(0.0001, 0.5),
    )


@dataclass(frozen=True)
class TargetSettings:
    """The place to go to."""

    stand_off: float = parameter(
        0.7,
        "How far before an object's box the target lies, seen from above [m].",
        within=(0.0, 100.0),
    )
    questions: str = parameter(
        "go_to,where_is",
        "Which questions publish a target. Where the topic drives a robot, choose go_to.",
        choices=("go_to,where_is", "go_to", "none"),
    )


@dataclass(frozen=True)
class MarkerSettings:
    """What RViz shows."""

    lifetime: float = parameter(
        10.0,
        "Markers and points of an answer are deleted after that long [s]; 0: they stay until the "
        "next answer.",
        within=(0.0, 3600.0),
    )


@dataclass(frozen=True)
class PointSettings:
    """The point cloud."""

    organized: bool = parameter(
        False,
        "Publish the point cloud as an image of points with NaN where depth is invalid, instead "
        "of a list of the valid ones.",
    )
