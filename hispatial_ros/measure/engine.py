"""Measures labelled regions of a frame in metres."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region, check_region
from hispatial_ros.measure.evidence import gather_planes, gather_samples
from hispatial_ros.measure.foreground import Others, select
from hispatial_ros.measure.gravity import Support, detect_support
from hispatial_ros.measure.objects import Seen, build_objects
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.points import point_object
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.relations import Relations
from hispatial_ros.measure.shape import complete
from hispatial_ros.measure.silhouette import find_tangents
from hispatial_ros.measure.types import Failure, MeasuredObject, Measurement
from hispatial_ros.measure.typical import expect
from hispatial_ros.measure.window import number, put_rows, sample_windows
from hispatial_ros.pointmap.pointmap import PointMap

DEFAULT = MeasureOptions()
# [samples] Least that make an object. Larger: small and far things are not measured. Smaller: a fit
# has nothing to rest on. Derived: three points make a plane.
MIN_POINTS = 3
# [samples] By which a side of a box has to be off. Larger: objects depend on the box that was
# given. Smaller: slower. Chosen on simulated rooms.
LOOK_AGAIN = 0.5


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
        Objects in the order of the regions, in the optical frame; a region that cannot be
        measured is listed in ``failures`` instead: BAD_REGION, REGION_OUTSIDE_IMAGE or
        NO_VALID_DEPTH.

    Raises:
        SpatialError: NO_DEPTH, BAD_IMAGE or BAD_CALIBRATION if the frame as a whole cannot be
            measured.
    """
    points = PointMap(frame, options.noise, options.max_range)
    _check_colors(frame)
    good, failures = _check(regions, frame.camera)
    support = detect_support(points, options.gravity)
    ids = unique_ids(good)
    outcomes: dict[int, MeasuredObject | Failure] = {
        i: _measure_pixel(points, replace(region, id=ids[i]))
        for i, region in enumerate(good)
        if region.is_point
    }
    boxes = [i for i, region in enumerate(good) if not region.is_point]
    if boxes:
        # Windows hold NaN where depth is invalid, and sides that were not seen are infinitely wide.
        with np.errstate(divide="ignore", invalid="ignore"):
            measured = _measure_boxes(
                points, frame.rgb, [good[i] for i in boxes], [ids[i] for i in boxes], support
            )
        outcomes |= zip(boxes, measured, strict=True)
    failures += [o for o in outcomes.values() if isinstance(o, Failure)]
    objects = [outcomes[i] for i in sorted(outcomes)]
    result = Measurement(
        [o for o in objects if isinstance(o, MeasuredObject)], failures, support.gravity
    )
    return with_relations(result, relations)


def with_relations(measurement: Measurement, wanted: bool = True) -> Measurement:
    """A measurement in the optical frame with the relations of its objects, if they are wanted."""
    if not wanted:
        return measurement
    reference = ReferenceFrame.camera(measurement.gravity)
    return replace(measurement, relations=Relations(measurement.objects, reference))


def _check_colors(frame: Frame) -> None:
    rgb, camera = frame.rgb, frame.camera
    if rgb is None or (rgb.dtype == np.uint8 and rgb.shape == (camera.height, camera.width, 3)):
        return
    raise SpatialError(
        ErrorCode.BAD_IMAGE,
        f"colour is {rgb.dtype} with shape {rgb.shape}: uint8 with shape "
        f"({camera.height}, {camera.width}, 3) is needed, as the calibration says",
    )


def _check(regions: Sequence[Region], camera: Camera) -> tuple[list[Region], list[Failure]]:
    """Those that can be looked up in the image, and why the others cannot."""
    good: list[Region] = []
    failures: list[Failure] = []
    for region in regions:
        try:
            check_region(region, camera.width, camera.height)
        except SpatialError as error:
            failures.append(Failure(region, error.code, str(error)))
        else:
            good.append(region)
    return good, failures


def _measure_pixel(points: PointMap, region: Region) -> MeasuredObject | Failure:
    try:
        xyz, stddev = _sample(points, *region.box[:2])
    except SpatialError as error:
        return Failure(region, error.code, str(error))
    return point_object(region, xyz, stddev, points.camera)


def _measure_boxes(
    points: PointMap,
    rgb: np.ndarray | None,
    regions: Sequence[Region],
    ids: Sequence[str],
    support: Support,
) -> list[MeasuredObject | Failure]:
    """The object in each region; a failure where there is too little depth."""
    windows = sample_windows(points, regions)
    foreground = select(windows, support)
    tangents = find_tangents(points, rgb, windows, foreground)
    # Seen through the box that it should have, an object is the same whatever box was given.
    off = np.abs(tangents.side - windows.box) > LOOK_AGAIN * np.tile(windows.pitch, 2)
    moved = np.flatnonzero(off.any(1))
    if len(moved):
        some = [regions[i] for i in moved.tolist()]
        again = sample_windows(points, some, tangents.side[moved])
        put_rows(windows, moved, again)
        seen_in = select(again, support, Others(windows, foreground.whole, moved))
        # What else may be meant is seen in the box that was given.
        seen_in.rival, seen_in.rival_depth = foreground.rival[moved], foreground.rival_depth[moved]
        put_rows(foreground, moved, seen_in)
        put_rows(tangents, moved, find_tangents(points, rgb, again, seen_in, tangents.blur[moved]))
    enough = number(foreground.mask) >= MIN_POINTS
    samples = gather_samples(windows, foreground, support, points.camera.fx)
    solids = complete(samples, gather_planes(samples, tangents, support))
    usual = expect(solids, [region.label for region in regions])
    seen = Seen(regions, ids, windows, foreground, support, points, usual)
    built = iter(build_objects(solids, seen, enough))
    return [
        next(built) if ok else _no_depth(points, region)
        for ok, region in zip(enough.tolist(), regions, strict=True)
    ]


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


def _no_depth(points: PointMap, region: Region) -> Failure:
    why = (
        "no valid depth inside its box; the object may be too near, too far, transparent or shiny "
        "for the depth camera, or the box may be misplaced"
    )
    if not np.nan_to_num(points.depth, posinf=0, neginf=0).clip(0).any():
        why = "no pixel of the depth image is valid: check the depth camera, or the file"
    return Failure(region, ErrorCode.NO_VALID_DEPTH, f"region '{region.label}': {why}")


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
