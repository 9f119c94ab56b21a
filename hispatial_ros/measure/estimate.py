"""Measured objects with better estimates of where they are and how large."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hispatial_ros.measure.objects import extents, quadratic, solids_of
from hispatial_ros.measure.solid import IRREGULAR, project, reach_gradient
from hispatial_ros.measure.types import MeasuredObject

OF_PLACE_AND_SIZE = [0, 1, 2, 4, 5, 6]  # of an own covariance; the turn stays


def with_estimates(
    objects: Sequence[MeasuredObject],
    center: np.ndarray,
    covariance: np.ndarray,
    size: np.ndarray,
    size_stddev: np.ndarray,
) -> list[MeasuredObject]:
    """The objects moved and resized; in the optical frame. Many cost hardly more than one.

    How the errors of one go together (a centre that is too far with a depth that is too large)
    stays as measured, scaled to the new deviations.

    Args:
        objects: N, as measured.
        center: [N, 3] m.
        covariance: [N, 3, 3] m^2, of the centres.
        size: [N, 3] m, along the box axes; positive.
        size_stddev: [N, 3] m.
    """
    if not objects:
        return []
    rotation = np.array([o.rotation for o in objects])
    back = rotation.swapaxes(1, 2)
    kind, own = solids_of(objects)
    wanted = np.concatenate(
        [np.diagonal(back @ covariance @ rotation, axis1=1, axis2=2), size_stddev**2], 1
    )
    stated = np.diagonal(own, axis1=1, axis2=2)[:, OF_PLACE_AND_SIZE]
    scale = np.ones((len(objects), 7))
    scale[:, OF_PLACE_AND_SIZE] = np.sqrt(wanted / np.maximum(stated, 1e-12))
    own = own * scale[:, :, None] * scale[:, None]
    pose = np.array([o.covariance for o in objects])
    both = np.broadcast_to(np.eye(6), pose.shape).copy()
    both[:, :3, :3] = rotation * scale[:, None, :3] @ back
    pose = both @ pose @ both.swapaxes(1, 2)
    moved = center - np.array([o.center for o in objects])
    extent, variance = extents(kind, size, rotation, own)
    near, near_variance = _nearest(kind, center, size, rotation, own)
    # The box of an irregular object has empty corners: what was seen is nearest.
    seen = np.array([o.nearest for o in objects]) + moved
    fitted = kind != IRREGULAR
    nearest = np.where(fitted[:, None], near, seen)
    measured = [o.distance_stddev for o in objects]
    deviation = np.where(fitted, np.sqrt(near_variance), measured)
    extent_stddev = np.sqrt(variance)
    distance = np.linalg.norm(nearest, axis=1)
    return [
        replace(
            o,
            center=center[i],
            size=size[i],
            size_stddev=size_stddev[i],
            own_covariance=own[i],
            covariance=pose[i],
            surface=o.surface + moved[i].astype(np.float32),
            extent=extent[i],
            extent_stddev=extent_stddev[i],
            nearest=nearest[i],
            distance=float(distance[i]),
            distance_stddev=float(deviation[i]),
        )
        for i, o in enumerate(objects)
    ]


def _nearest(
    kind: np.ndarray,
    center: np.ndarray,
    size: np.ndarray,
    rotation: np.ndarray,
    own: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The points of solids nearest to the camera [N, 3] m, and the variances [N] m^2 of their
    distances."""
    camera = -(center[:, None] @ rotation)[:, 0]
    near = project(kind, size, camera)
    towards = camera - near
    towards = towards / np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-9)
    variance = quadratic(reach_gradient(near, size, towards), own)
    return (rotation @ near[..., None])[..., 0] + center, variance
