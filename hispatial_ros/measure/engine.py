"""Measures labelled regions of a frame in metres."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region, check_region
from hispatial_ros.measure.evidence import gather_planes, gather_samples
from hispatial_ros.measure.foreground import select
from hispatial_ros.measure.gravity import Support, detect_support
from hispatial_ros.measure.objects import build_objects
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.points import point_object
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.relations import Relations
from hispatial_ros.measure.shape import complete
from hispatial_ros.measure.silhouette import find_tangents
from hispatial_ros.measure.types import Failure, MeasuredObject, Measurement
from hispatial_ros.measure.window import sample_windows
from hispatial_ros.pointmap.pointmap import PointMap

DEFAULT = MeasureOptions()
MIN_POINTS = 3


def measure(
    frame: Frame,
    regions: Sequence[Region],
    options: MeasureOptions = DEFAULT,
    *,
    relations: bool = True,
) -> Measurement:
    """Measure the object in each region: its 3D box, distance, and relations to the others.

    Args:
        frame: with depth.
        regions: labelled boxes in the colour image.
        options: noise and range of the depth, gravity.
        relations: whether to relate every pair of objects.

    Returns:
        Objects in the order of the regions, in the optical frame; a region that can not be
        measured is listed in ``failures`` instead: BAD_REGION, REGION_OUTSIDE_IMAGE or
        NO_VALID_DEPTH.

    Raises:
        SpatialError: NO_DEPTH, BAD_IMAGE or BAD_CALIBRATION if the frame as a whole can not be
            measured.
    """
    points = PointMap(frame, options.noise, options.max_range)
    failures: list[Failure] = []
    good: list[Region] = []
    for region in regions:
        try:
            check_region(region, frame.camera.width, frame.camera.height)
        except SpatialError as error:
            failures.append(Failure(region, error.code, str(error)))
        else:
            good.append(region)
    support = detect_support(points, options.gravity)
    result = Measurement([], failures, support.gravity)
    if not good:
        return result
    ids = unique_ids(good)
    spots = [i for i, region in enumerate(good) if region.is_point]
    boxes = [i for i, region in enumerate(good) if not region.is_point]
    measured: dict[int, MeasuredObject] = {}
    for i in spots:
        try:
            xyz, stddev = _sample(points, *good[i].box[:2])
            measured[i] = point_object(replace(good[i], id=ids[i]), xyz, stddev, points.camera)
        except SpatialError as error:
            failures.append(Failure(good[i], error.code, str(error)))
    if boxes:
        # Windows hold NaN where depth is invalid, and sides that were not seen are infinitely wide.
        with np.errstate(divide="ignore", invalid="ignore"):
            objects = _measure_boxes(
                points, [good[i] for i in boxes], [ids[i] for i in boxes], support
            )
        for i, obj in zip(boxes, objects, strict=True):
            if obj is None:
                failures.append(_no_depth(good[i]))
            else:
                measured[i] = obj
    result.objects = [measured[i] for i in sorted(measured)]
    if relations:
        result.relations = Relations(result.objects, ReferenceFrame.camera(support.gravity))
    return result


def _measure_boxes(
    points: PointMap, regions: Sequence[Region], ids: Sequence[str], support: Support
) -> list[MeasuredObject | None]:
    """The object in each region; None where there is too little depth."""
    windows = sample_windows(points, regions)
    foreground = select(windows, support)
    enough = foreground.mask.sum((1, 2)) >= MIN_POINTS
    tangents = find_tangents(points, windows, foreground)
    samples = gather_samples(windows, foreground, support, points.camera.fx)
    solids = complete(samples, gather_planes(samples, tangents, support))
    built = iter(
        build_objects(solids, windows, foreground, support, points.noise, regions, ids, enough)
    )
    return [next(built) if ok else None for ok in enough.tolist()]


def pixel(
    frame: Frame, u: float, v: float, options: MeasureOptions = DEFAULT
) -> tuple[np.ndarray, np.ndarray]:
    """Point seen by the colour pixel that contains (u, v).

    Returns:
        xyz [3] m in the optical frame and its standard deviation [3] m.

    Raises:
        SpatialError: REGION_OUTSIDE_IMAGE; NO_VALID_DEPTH if that pixel has none; as ``measure``.
    """
    points = PointMap(frame, options.noise, options.max_range)
    if not (0 <= u < frame.camera.width and 0 <= v < frame.camera.height):
        raise SpatialError(
            ErrorCode.REGION_OUTSIDE_IMAGE,
            f"pixel ({u:g}, {v:g}) lies outside the {frame.camera.width}x{frame.camera.height} "
            "image: ask for one inside",
        )
    return _sample(points, u, v)


def _sample(points: PointMap, u: float, v: float) -> tuple[np.ndarray, np.ndarray]:
    xyz = points.sample(u, v).astype(float)
    if not np.isfinite(xyz).all():
        raise SpatialError(
            ErrorCode.NO_VALID_DEPTH,
            f"no valid depth at pixel ({u:g}, {v:g}): ask for a pixel beside it",
        )
    z = xyz[2]
    footprint = z / np.array([points.camera.fx, points.camera.fy]) / np.sqrt(12)
    column, row = int(u * points.scale[0]), int(v * points.scale[1])
    sigma = np.abs(xyz / z) * points.sigma(column, row, z)
    sigma[:2] = np.hypot(sigma[:2], footprint)
    return xyz, np.hypot(sigma, points.noise.scale * np.abs(xyz))


def _no_depth(region: Region) -> Failure:
    return Failure(
        region,
        ErrorCode.NO_VALID_DEPTH,
        f"region '{region.label}': no valid depth inside its box; the object may be too near, too "
        "far, transparent or shiny for the depth camera, or the box may be misplaced",
    )


def unique_ids(regions: Sequence[Region]) -> list[str]:
    """The regions' own ids, else their labels, with "#n" where one repeats."""
    names = [r.id or r.label for r in regions]
    repeated = {name for name, n in Counter(names).items() if n > 1}
    taken = set(names) - repeated
    seen: Counter[str] = Counter()
    ids = []
    for name in names:
        if name in repeated:
            while True:
                seen[name] += 1
                unique = f"{name}#{seen[name]}"
                if unique not in taken:
                    break
            name = unique
        taken.add(name)
        ids.append(name)
    return ids
