"""A measured object with a better estimate of where it is and how large."""

from dataclasses import replace

import numpy as np

from hispatial_ros.measure.objects import extents, own_covariance, quadratic
from hispatial_ros.measure.solid import IRREGULAR, kind_of, project, reach_gradient
from hispatial_ros.measure.types import MeasuredObject


def with_estimate(
    o: MeasuredObject,
    center: np.ndarray,
    covariance: np.ndarray,
    size: np.ndarray,
    size_stddev: np.ndarray,
) -> MeasuredObject:
    """The object moved and resized; in the optical frame.

    How its errors go together (a centre that is too far with a depth that is too large) stays as
    measured, scaled to the new deviations.

    Args:
        o: as measured.
        center: [3] m.
        covariance: [3, 3] m^2, of the centre.
        size: [3] m, along the box axes; positive.
        size_stddev: [3] m.
    """
    rotation, own = o.rotation, own_covariance(o)
    wanted = np.concatenate([np.diag(rotation.T @ covariance @ rotation), size_stddev**2])
    places = [0, 1, 2, 4, 5, 6]  # of centre and size; the turn stays
    scale = np.ones(7)
    scale[places] = np.sqrt(wanted / np.maximum(np.diag(own)[places], 1e-12))
    own = own * np.outer(scale, scale)
    both = np.eye(6)
    both[:3, :3] = rotation @ np.diag(scale[:3]) @ rotation.T
    moved = center - o.center
    found = replace(
        o,
        center=center,
        size=size,
        size_stddev=size_stddev,
        own_covariance=own,
        covariance=both @ o.covariance @ both.T,
        surface=(o.surface + moved).astype(np.float32),
    )
    extent, extent_stddev = extents(found, rotation)
    nearest, distance, stddev = _nearest(found, o.nearest + moved)
    return replace(
        found,
        extent=extent,
        extent_stddev=extent_stddev,
        nearest=nearest,
        distance=distance,
        distance_stddev=o.distance_stddev if stddev is None else stddev,
    )


def _nearest(o: MeasuredObject, of_surface: np.ndarray) -> tuple[np.ndarray, float, float | None]:
    """The point nearest to the camera [3] m, its distance [m], and the deviation of that [m].

    Args:
        of_surface: [3] m, the nearest point that was seen of an irregular object, whose box has
            empty corners.
    """
    kind = np.array(kind_of(o.shape, o.axis))
    if kind == IRREGULAR or not (o.size > 0).all():
        return of_surface, float(np.linalg.norm(of_surface)), None
    camera = -o.rotation.T @ o.center
    near = project(kind, o.size, camera)
    nearest = o.rotation @ near + o.center
    distance = float(np.linalg.norm(nearest))
    towards = (camera - near) / max(distance, 1e-9)
    variance = quadratic(reach_gradient(near, o.size, towards), own_covariance(o))
    return nearest, distance, float(np.sqrt(variance))
