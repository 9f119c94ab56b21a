"""What the node knows of the objects in an image, from it and from the images before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.estimate import with_estimate
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.transform import relocate
from hispatial_ros.measure.types import MeasuredObject, Measurement
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.settings.tracking import TrackingSettings
from hispatial_ros.track.tracker import Observation, Track, Tracker, TrackOptions

NS = 1e9
POSE_SLOP_NS = 20_000_000  # a robot at 0.5 m/s moves by a centimetre
# Share of a track's variance below which the image alone is taken. Larger: places jump between the
# two. Smaller: a camera that comes close gains later. Chosen.
MUCH_SURER = 0.1
VIEWS_KEPT = 4  # of the last images

# target frame, source frame, stamp [ns], slop [ns] -> [4, 4] that takes points of the source to
# the target; raises SpatialError if it is not known.
TransformNear = Callable[[str, str, int, int], np.ndarray]


@dataclass(frozen=True, eq=False)
class TrackedView:
    """The objects of one image.

    Args:
        regions: of the image, with the ids of their tracks; then those of objects that coast.
        measurement: of these regions, in the optical frame; what tracks know better is theirs.
        from_tracks: ids of objects that their tracks tell.
        followed: ids of all objects that have tracks.
        notes: id -> what a client should know about it.
    """

    regions: Sequence[Region]
    measurement: Measurement
    from_tracks: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)

    def notes_on(self, objects: Sequence[MeasuredObject]) -> list[str]:
        """Notes on the objects that an answer rests on."""
        said = (self.notes.get(o.id) for o in objects)
        return list(dict.fromkeys(note for note in said if note))

    def settled(self) -> Measurement:
        """Without what was not seen often enough yet."""
        objects = [o for o in self.measurement.objects if o.id in self.followed]
        return replace(self.measurement, objects=objects)

    def tracked(self) -> list[MeasuredObject]:
        """The objects that their tracks tell."""
        return [o for o in self.measurement.objects if o.id in self.from_tracks]


@dataclass(frozen=True, eq=False)
class _Source:
    """What an observation was made from."""

    object: MeasuredObject  # in the optical frame of its image
    pose: ReferenceFrame  # of that image


class Tracks:
    """The node's tracks. Used on the worker's thread only.

    Args:
        settings: of the node.
        transform: looks up TF without waiting.
    """

    def __init__(self, settings: LiveSettings, transform: TransformNear) -> None:
        self._settings = settings
        self._transform = transform
        self._tracker = Tracker()
        self._stamp_ns = 0  # of the last image
        self.frame = ""  # that the tracks are in
        self._views: dict[tuple[int, int, int], tuple[Sequence[Region], TrackedView]] = {}
        self.alive = 0  # tracks after the last image, for the diagnostics
        self._measured_by: tuple = ()  # what decides how depth is measured

    def clear(self) -> None:
        """Forget every object; names that were given are not given again."""
        self._tracker.clear()
        self._views.clear()
        self._stamp_ns, self.frame, self.alive = 0, "", 0

    def is_stale(self, pair: PairedFrame) -> bool:
        """Whether the images lately before this one have not been looked at."""
        p = self._settings.current.tracking
        return p.enabled and not 0 <= pair.stamp_ns - self._stamp_ns <= p.coast * NS

    def view(
        self, depth: DepthFrame, regions: Sequence[Region], options: MeasureOptions
    ) -> TrackedView | None:
        """The objects of an image, by its regions and by the tracks; None: nothing is followed.

        Args:
            regions: all that is known to be in the image. The same list object as before saves
                work.

        Raises:
            SpatialError: as `measure`.
        """
        p = self._settings.current.tracking
        if not p.enabled or len(regions) > p.max_objects or any(r.is_point for r in regions):
            return None
        pair = depth.pair
        current = self._settings.current
        measured_by = (
            current.depth_noise,
            current.moge_noise,
            current.depth_unit,
            current.max_range,
        )
        if measured_by != self._measured_by:
            # What the tracks remember was measured otherwise.
            self.clear()
            self._measured_by = measured_by
        key = (pair.stamp_ns, id(pair), id(regions))
        if key in self._views:
            return self._views[key][1]
        behind = self._stamp_ns - pair.stamp_ns
        if 0 <= behind <= p.coast * NS and self._stamp_ns:
            return None  # the tracks are ahead of that image
        pose = self._pose(pair, p)
        if pose is None:
            return None
        measurement = measure(depth.frame(with_rgb=False), regions, options, relations=False)
        view = self._update(pair, pose, measurement)
        self._views[key] = regions, view  # with the regions: their identity is part of the key
        while len(self._views) > VIEWS_KEPT:
            del self._views[next(iter(self._views))]
        return view

    def _pose(self, pair: PairedFrame, p: TrackingSettings) -> ReferenceFrame | None:
        """The way from the image's optical frame to that of the tracks; None: not known yet."""
        try:
            if not p.frame:
                raise LookupError
            matrix = self._transform(p.frame, pair.frame_id, pair.stamp_ns, POSE_SLOP_NS)
            pose = ReferenceFrame(p.frame, matrix[:3, :3], matrix[:3, 3])
        except (SpatialError, LookupError):
            lately = pair.stamp_ns - self._stamp_ns <= p.coast * NS
            if self.frame == p.frame and self.frame and lately:
                return None  # the transform lags behind the image
            pose = ReferenceFrame(pair.frame_id)
        if pose.name != self.frame:
            self._tracker.clear()
            self.frame = pose.name
        return pose

    def _update(
        self, pair: PairedFrame, pose: ReferenceFrame, measurement: Measurement
    ) -> TrackedView:
        p = self._settings.current.tracking
        tracker, objects = self._tracker, measurement.objects
        tracker.options = TrackOptions(confirm=p.confirm, coast=p.coast)
        observations = [_observation(o, pose) for o in objects]
        tracks = tracker.update(pair.stamp_ns / NS, observations)
        self._stamp_ns, self.alive = pair.stamp_ns, len(tracks)
        by_observation = {id(t.latest): t for t in tracks if not t.coasting}
        found: list[MeasuredObject] = []
        notes: dict[str, str] = {}
        told: set[str] = set()
        fixed = pose.name != pair.frame_id
        for o, seen, name in zip(objects, observations, tracker.names(observations), strict=True):
            named = replace(o, id=name, region=replace(o.region, id=name))
            track = by_observation.get(id(seen))
            if track is not None and fixed and _is_surer(track, seen):
                named = _as_tracked(named, track, pose)
                notes[name] = f"{name}: its place is fused from {track.observations} images"
                told.add(name)
            found.append(named)
        for track in (t for t in tracks if t.coasting):
            there = _remembered(track, pose, pair)
            age = pair.stamp_ns / NS - track.last_seen
            if _is_in_view(there, pair):
                found.append(replace(there, age=age))
                notes[track.id] = (
                    f"{track.id}: not seen in this image; it was {age:.1f} s before, and is taken "
                    "to be there still"
                )
                told.add(track.id)
        failed = [failure.region for failure in measurement.failures]
        complete = replace(measurement, objects=found)
        return TrackedView(
            [*(o.region for o in found), *failed],
            complete,
            frozenset(told),
            frozenset(track.id for track in tracks),
            notes,
        )


def _observation(o: MeasuredObject, pose: ReferenceFrame) -> Observation:
    return Observation(
        o.label,
        pose.points(o.center),
        pose.rotation @ o.covariance[:3, :3] @ pose.rotation.T,
        o.size,
        o.size_stddev,
        o.region.box,
        o.region.score,
        o.region.id,
        _Source(o, pose),
    )


def _is_surer(track: Track, seen: Observation) -> bool:
    """Whether the track knows the place at least as well as the image that it was seen in."""
    return track.steady and np.trace(seen.covariance) > MUCH_SURER * np.trace(track.covariance)


def _as_tracked(o: MeasuredObject, track: Track, pose: ReferenceFrame) -> MeasuredObject:
    """The object where its track has it, in the optical frame."""
    back = pose.inverse()
    fused = with_estimate(
        o,
        back.points(track.center),
        back.rotation @ track.covariance @ back.rotation.T,
        np.maximum(track.size, 1e-3),
        track.size_stddev,
    )
    region = replace(o.region, id=track.id, score=track.score)
    return replace(fused, id=track.id, region=region, images=track.observations)


def _remembered(track: Track, pose: ReferenceFrame, pair: PairedFrame) -> MeasuredObject:
    """An object that is not in the image, where its track has it."""
    source = track.latest.source
    (moved,), _ = relocate([source.object], [], source.pose.then(pose.inverse()))
    return _as_tracked(moved, track, pose)


def _is_in_view(o: MeasuredObject, pair: PairedFrame) -> bool:
    """Whether the camera looks at its centre: what it has turned away from is not missing."""
    camera = pair.camera
    x, y, z = o.center
    if z <= 0:
        return False
    u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
    return bool(0 <= u < camera.width and 0 <= v < camera.height)
