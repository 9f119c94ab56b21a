"""One image on its way through the data engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import Gravity


@dataclass(frozen=True, eq=False)
class Capture:
    """An image with what its source knows of it."""

    frame: Frame  # colour always; depth None where the source has none
    regions: Sequence[Region] | None = None  # None: the source has no objects, find them
    gravity: Gravity | None = None  # from an IMU or TF; None: not known
    pose: np.ndarray | None = None  # [4, 4] camera to a fixed frame, m; None: not known
    calibrated: bool = True  # False: the intrinsics are a guess


@dataclass(frozen=True)
class Item:
    """What a source promises before it reads: cheap to list, to send to a worker, and to repeat.

    ``load`` is called in the worker. It raises SpatialError or OSError for a bad image.
    """

    key: str  # unique in the data set, without a dot; name of the sample in its shard
    sequence: str  # images of one sequence follow each other in time; "" for single images
    load: Callable[[], Capture]
    origin: dict[str, Any] = field(default_factory=dict)  # where it is from, kept in the sample


@dataclass(frozen=True)
class Drop:
    """Something that was left out, and why."""

    key: str  # of the image
    stage: str  # "load", "select", "geometry", "objects", "rewrite", "propose", "crash"
    reason: str  # few different ones, to count by
    detail: str = ""
