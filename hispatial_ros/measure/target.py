"""Where to stand to face an object: on the floor, at a distance from its box."""

from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Gravity, MeasuredObject

CORNERS = np.array(list(product((-0.5, 0.5), repeat=3)))  # of a box of size 1, [8, 3]
PAIRS = np.array(list(combinations(range(8), 2)))
# [m] Below the floor that an object may reach, by the errors of both. Larger: goals for things that
# stand on another floor. Smaller: far things have none. Chosen on simulated rooms.
SUNK = 0.15
# [cosine] Of the angle to gravity within which a frame's up is level. Larger: goals tilt with a
# frame that is meant to be level. Smaller: frames that lean are flattened. Convention: 15 degrees.
ABOUT_LEVEL = np.cos(np.radians(15))
# [m] Over the floor between camera and object, for a direction to face. Larger: things right below
# have no goal. Smaller: they get one in a random direction. Chosen on simulated rooms.
MIN_APART = 0.05


@dataclass(frozen=True, eq=False)
class Target:
    """A pose on the floor: x towards the object, y left, z up against gravity."""

    object: MeasuredObject
    position: np.ndarray  # [3] m
    rotation: np.ndarray  # [3, 3], columns are its axes
    stand_off: float  # m, to the object's box over the floor
    travel: float  # m over the floor from below the camera; negative: backwards
    along_stddev: float  # m, of the position towards the object
    across_stddev: float  # m, of the position to the side
    yaw_stddev: float  # rad
    requested: bool = False  # whether one was told to go there

    def expressed(self, to: ReferenceFrame) -> "Target":
        """The same in another frame."""
        return replace(
            self, position=to.points(self.position), rotation=to.rotation @ self.rotation
        )

    def flattened(self, up: np.ndarray) -> "Target":
        """Turned by yaw only, where ``up`` [3] of the frame is about against gravity."""
        if float(self.rotation[:, 2] @ up) < ABOUT_LEVEL:
            return self
        forward = self.rotation[:, 0] - (self.rotation[:, 0] @ up) * up
        forward = forward / np.linalg.norm(forward)
        return replace(self, rotation=np.stack([forward, np.cross(up, forward), up], axis=1))


def stand_before(
    obj: MeasuredObject, gravity: Gravity | None, stand_off: float, camera: np.ndarray
) -> Target:
    """The place to stand, approached along the line of sight over the floor.

    Args:
        obj: to face.
        gravity: with the floor, in the frame of the object.
        stand_off: m between the place and the object's box, both seen from above.
        camera: [3] m, its position in the frame of the object.

    Raises:
        SpatialError: NO_VALID_DEPTH if gravity or the floor is not known, or the object is
            straight above or below the camera.
    """
    if gravity is None or gravity.source == "camera":
        raise _impossible(obj, "which way is up is not known")
    if gravity.floor is None:
        raise _impossible(obj, "no floor is in view")
    up = np.asarray(gravity.up, float)
    corners = obj.center + (CORNERS * obj.size) @ obj.rotation.T
    floor = (
        f"the floor of the TF frame {gravity.floor_source}"
        if gravity.floor_source
        else "the lowest horizontal surface in view"
    )
    if float(up @ camera) <= gravity.floor:
        raise _impossible(obj, f"{floor} is above the camera")
    sunk = gravity.floor - float((corners @ up).min())
    if sunk > SUNK:
        raise _impossible(obj, f"it reaches {sunk:.2f} m below {floor}, so it cannot stand there")
    towards = obj.center - camera
    towards = towards - (up @ towards) * up
    apart = float(np.linalg.norm(towards))
    if apart < MIN_APART:
        raise _impossible(obj, "it is straight above or below the camera")
    forward = towards / apart
    left = np.cross(up, forward)
    offsets = corners - camera
    travel = _travel(offsets @ forward, offsets @ left, stand_off)
    below_camera = camera + (gravity.floor - up @ camera) * up
    covariance = obj.covariance[:3, :3]
    across = float(np.sqrt(left @ covariance @ left))
    return Target(
        object=obj,
        position=below_camera + travel * forward,
        rotation=np.stack([forward, left, up], axis=1),
        stand_off=stand_off,
        travel=travel,
        along_stddev=float(obj.distance_stddev),
        across_stddev=across * abs(travel) / apart,
        yaw_stddev=across / apart,
    )


def _travel(along: np.ndarray, across: np.ndarray, stand_off: float) -> float:
    """How far one gets along the line ``across = 0`` before a polygon is ``stand_off`` away.

    The polygon is the convex hull of points [N]. Everything that is ``stand_off`` away from it is
    made of circles about its corners and of its sides moved outwards; inner corners and diagonals
    are never met first, so there is no need to tell which are which.
    """
    reach = np.square(stand_off) - np.square(across)
    met = [np.where(reach >= 0, along - np.sqrt(np.maximum(reach, 0)), np.inf)]
    start = np.stack([along[PAIRS[:, 0]], across[PAIRS[:, 0]]])
    side = np.stack([along[PAIRS[:, 1]], across[PAIRS[:, 1]]]) - start
    length = np.maximum(np.linalg.norm(side, axis=0), 1e-12)
    outwards = stand_off * np.stack([-side[1], side[0]]) / length
    for moved in (start + outwards, start - outwards):
        with np.errstate(divide="ignore", invalid="ignore"):
            share = -moved[1] / side[1]
            crossing = moved[0] + share * side[0]
        met.append(np.where((share >= 0) & (share <= 1), crossing, np.inf))
    return float(np.concatenate(met).min())


def _impossible(obj: MeasuredObject, why: str) -> SpatialError:
    return SpatialError(
        ErrorCode.NO_VALID_DEPTH,
        f"no place to stand before '{obj.id}' is known: {why}; have the floor in view, or "
        "given by TF (gravity.level_frame, gravity.level_frame_is_floor)",
    )
