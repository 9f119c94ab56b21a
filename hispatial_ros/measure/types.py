"""What a measurement yields: plain structs, in metres, mirroring the messages.

All geometry is in the frame named by ``Measurement.reference_frame``: the colour camera's optical
frame (x right, y down, z forward) unless another was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hispatial_ros.errors import ErrorCode
from hispatial_ros.frame.region import Region


@dataclass(eq=False)
class MeasuredObject:
    """One object; mirrors ``msg/SpatialObject.msg``."""

    id: str
    label: str
    region: Region
    center: np.ndarray  # [3] of the oriented box
    rotation: np.ndarray  # [3, 3], columns are the box axes: right, down, away
    size: np.ndarray  # [3] width, height, depth along the box axes
    size_stddev: np.ndarray  # [3]
    covariance: np.ndarray  # [6, 6] of center (m^2) and rotation about x, y, z (rad^2)
    extent: np.ndarray  # [3] of the axis-aligned box
    extent_stddev: np.ndarray  # [3]
    nearest: np.ndarray  # [3] point nearest to the camera
    distance: float  # camera to nearest
    distance_stddev: float
    num_points: int
    valid_fraction: float
    surface: np.ndarray  # [N, 3] float32, a sample of the visible surface
    shape: str = "box"  # what completed it: "box", "cylinder", "sphere", "irregular"
    axis: int = 1  # box axis (0 right, 1 down, 2 away) a cylinder extends along
    # [7, 7] of centre along the box axes, turn from right to away, and size; None: not known
    own_covariance: np.ndarray | None = None
    age: float = 0.0  # s since it was last seen; 0: in this image
    images: int = 1  # that centre and size were fused from
    other_depth: float | None = None  # m, of another surface in its box that may be meant
    usual: bool = False  # how large things of its name usually are told something about it


@dataclass(eq=False)
class Relation:
    """One directed relation; mirrors ``msg/SpatialRelation.msg``."""

    subject: MeasuredObject
    object: MeasuredObject
    predicate: str
    center_distance: float
    center_distance_stddev: float
    closest_distance: float
    closest_distance_stddev: float
    subject_point: np.ndarray  # [3]
    object_point: np.ndarray  # [3]
    displacement: np.ndarray  # [3] subject centre to object centre
    confidence: float


@dataclass(frozen=True, eq=False)
class Gravity:
    """The upward direction and, where they are known, the horizontal planes up . p = offset."""

    up: np.ndarray  # [3] unit vector in the optical frame
    # "imu", "tf", "support plane", "facing plane" (one close by, taken as what things lie on),
    # "wall" or "camera" (assumed level)
    source: str
    offset: float | None = None  # m, of the largest support plane; None: none was found
    stddev: float | None = None  # rad, of a given up; None: not known
    floor: float | None = None  # m: the lowest horizontal surface seen, or as given; None: none
    floor_source: str = ""  # TF frame that the floor was given by; empty: the surface was seen
    doubt: str = ""  # what is seen speaks against what was given, in words; empty: nothing does


@dataclass(frozen=True)
class Failure:
    """Why a region could not be measured; mirrors ``msg/RegionFailure.msg``."""

    region: Region
    code: ErrorCode
    message: str


@dataclass(eq=False)
class Measurement:
    """Everything measured on one frame."""

    objects: list[MeasuredObject]
    failures: list[Failure]
    gravity: Gravity | None = None
    relations: Sequence[Relation] = field(default_factory=list)
    reference_frame: str = "camera"  # name of the frame that all geometry is in
