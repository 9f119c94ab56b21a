"""What the node knows of the objects in an image, from it and from the images before."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.estimate import with_estimates
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.transform import relocate
from hispatial_ros.measure.types import Failure, Gravity, MeasuredObject, Measurement
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
    """The objects of one image, or those of some labels.

    Args:
        regions: of the image, with the ids of their tracks where they were looked for; then those
            of objects that coast.
        measurement: of what was looked for, in the optical frame; what tracks know better is
            theirs.
        whole: whether all regions were looked for.
        from_tracks: ids of objects that their tracks tell.
        followed: ids of all objects that have tracks.
        notes: id -> what a client should know about it.
    """

    regions: Sequence[Region]
    measurement: Measurement
    whole: bool = True
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


@dataclass(eq=False)
class _Image:
    """An image, as far as it was looked at."""

    depth: DepthFrame | None  # None once nothing more is looked for
    regions: Sequence[Region]  # kept: their identity is part of its key
    options: MeasureOptions
    pose: ReferenceFrame  # the way from its optical frame to that of the tracks
    labels: set[str] = field(default_factory=set)  # what was looked for
    whole: bool = False  # all labels were
    found: dict[int, tuple[MeasuredObject, Observation]] = field(default_factory=dict)  # by region
    failures: dict[int, Failure] = field(default_factory=dict)
    gravity: Gravity | None = None
    view: TrackedView | None = None

    def covers(self, labels: Collection[str] | None) -> bool:
        return self.whole or (labels is not None and self.labels.issuperset(labels))

    def measure(self, labels: Collection[str] | None) -> None:
        """Measure the regions of these labels that were not looked for. Raises as `measure`."""
        wanted = [
            i
            for i, region in enumerate(self.regions)
            if region.label not in self.labels and (labels is None or region.label in labels)
        ]
        regions = [self.regions[i] for i in wanted]
        assert self.depth is not None
        frame = self.depth.frame(needs_rgb=False)
        measurement = measure(frame, regions, self.options, relations=False)
        failed = {id(failure.region): failure for failure in measurement.failures}
        objects = iter(measurement.objects)
        for region, i in zip(regions, wanted, strict=True):
            if id(region) in failed:
                self.failures[i] = failed[id(region)]
            else:
                o = next(objects)
                self.found[i] = o, _observation(replace(o, region=region), self.pose)
        self.gravity = measurement.gravity
        self.labels |= {region.label for region in self.regions} if labels is None else set(labels)
        self.whole = self.labels.issuperset(region.label for region in self.regions)


class Tracks:
    """The node's tracks. Used on the worker's thread; cleared on any.

    Args:
        settings: of the node.
        transform: looks up TF without waiting.
    """

    def __init__(self, settings: LiveSettings, transform: TransformNear) -> None:
        self._settings = settings
        self._transform = transform
        self._lock = threading.RLock()  # an image is taken in whole before the tracks are cleared
        self._tracker = Tracker()
        self._stamp_ns = 0  # of the newest image
        self.frame = ""  # that the tracks are in
        self._images: dict[tuple[int, int, int], _Image] = {}  # the latest, newest last
        self.alive = 0  # tracks after the last image, for the diagnostics
        self._measured_by: tuple = ()  # see `_measures_by`

    def clear(self) -> None:
        """Forget every object; names that were given are not given again."""
        with self._lock:
            self._tracker.clear()
            self._images.clear()
            self._stamp_ns, self.frame, self.alive = 0, "", 0

    def is_stale(self, pair: PairedFrame) -> bool:
        """Whether the images lately before this one have not been looked at."""
        p = self._settings.current.tracking
        return p.enabled and not 0 <= pair.stamp_ns - self._stamp_ns <= p.coast * NS

    @property
    def labels(self) -> set[str]:
        """Of all objects that are followed."""
        with self._lock:
            return self._tracker.labels

    def view(
        self,
        depth: DepthFrame,
        regions: Sequence[Region],
        options: MeasureOptions,
        labels: Collection[str] | None = None,
    ) -> TrackedView | None:
        """The objects of an image, by its regions and by the tracks; None: nothing is followed.

        Args:
            regions: all that is known to be in the image. The same list object as before saves
                work.
            labels: of the objects to look for, None: all. The rest is left for later, see
                `complete`.

        Raises:
            SpatialError: as `measure`.
        """
        with self._lock:
            image = self._image(depth, regions, options)
            if image is None:
                return None
            if image.view is None or not image.covers(labels):
                if image is not self._newest():
                    return None  # the tracks are ahead of that image
                image.measure(labels)
                image.view = self._update(image, depth.pair)
                if image.whole:
                    image.depth = None
            return image.view

    def complete(self) -> None:
        """Look for what was not looked for in the newest image. Raises as `measure`."""
        with self._lock:
            image = self._newest()
            if image is None or image.depth is None or self._measures_by() != self._measured_by:
                return  # with other parameters its options no longer hold
            self.view(image.depth, image.regions, image.options)

    def _measures_by(self) -> tuple:
        """The parameters that decide how depth is measured."""
        p = self._settings.current
        return p.depth_noise, p.moge_noise, p.depth_unit, p.max_range

    def _newest(self) -> _Image | None:
        return next(reversed(self._images.values()), None)

    def _image(
        self, depth: DepthFrame, regions: Sequence[Region], options: MeasureOptions
    ) -> _Image | None:
        """The image, as far as it was looked at; None: it cannot be followed."""
        p = self._settings.current.tracking
        if not p.enabled or len(regions) > p.max_objects or any(r.is_point for r in regions):
            return None
        pair = depth.pair
        measured_by = self._measures_by()
        if measured_by != self._measured_by:
            # What the tracks remember was measured otherwise.
            self.clear()
            self._measured_by = measured_by
        key = (pair.stamp_ns, id(pair), id(regions))
        if key in self._images:
            return self._images[key]
        behind = self._stamp_ns - pair.stamp_ns
        if 0 <= behind <= p.coast * NS and self._stamp_ns:
            return None  # the tracks are ahead of that image
        pose = self._pose(pair, p)
        if pose is None:
            return None
        if (before := self._newest()) is not None:
            before.depth = None
        self._images[key] = image = _Image(depth, regions, options, pose)
        while len(self._images) > VIEWS_KEPT:
            del self._images[next(iter(self._images))]
        return image

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

    def _update(self, image: _Image, pair: PairedFrame) -> TrackedView:
        """The objects of the image that were looked for, once the tracks have seen them."""
        p = self._settings.current.tracking
        tracker, pose = self._tracker, image.pose
        tracker.options = TrackOptions(confirm=p.confirm, coast=p.coast)
        seen = [image.found[i] for i in sorted(image.found)]
        observations = [observation for _, observation in seen]
        looked_for = None if image.whole else image.labels
        tracks = tracker.update(pair.stamp_ns / NS, observations, looked_for)
        self._stamp_ns, self.alive = pair.stamp_ns, len(tracks)
        by_observation = {id(t.latest): t for t in tracks if not t.coasting}
        objects: list[MeasuredObject] = []
        notes: dict[str, str] = {}
        told: dict[int, Track] = {}  # place in objects -> the track that tells it
        fixed, back = pose.name != pair.frame_id, pose.inverse()
        for (o, observation), name in zip(seen, tracker.names(observations), strict=True):
            track = by_observation.get(id(observation))
            if track is not None and fixed and _is_surer(track, observation):
                notes[name] = f"{name}: its place is fused from {track.observations} images"
                told[len(objects)] = track
            objects.append(replace(o, id=name, region=replace(o.region, id=name)))
        for track in tracks:
            if not track.coasting or not image.covers([track.label]):
                continue
            if _is_in_view(back.points(track.center), pair):
                age = pair.stamp_ns / NS - track.last_seen
                notes[track.id] = (
                    f"{track.id}: not seen in this image; it was {age:.1f} s before, and is taken "
                    "to be there still"
                )
                told[len(objects)] = track
                objects.append(replace(_last_seen(track, pose), age=age))
        places = list(told)
        told_objects = _as_tracked([objects[i] for i in places], list(told.values()), pose)
        for i, o in zip(places, told_objects, strict=True):
            objects[i] = o
        failures = [image.failures[i] for i in sorted(image.failures)]
        regions = list(image.regions)
        for i, o in zip(sorted(image.found), objects, strict=False):
            regions[i] = o.region
        return TrackedView(
            [*regions, *(o.region for o in objects[len(seen) :])],
            Measurement(objects, failures, image.gravity),
            image.whole,
            frozenset(track.id for track in told.values()),
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


def _as_tracked(
    objects: Sequence[MeasuredObject], tracks: Sequence[Track], pose: ReferenceFrame
) -> list[MeasuredObject]:
    """The objects where their tracks have them, in the optical frame."""
    if not objects:
        return []
    back = pose.inverse()
    covariance = np.array([track.covariance for track in tracks])
    fused = with_estimates(
        objects,
        back.points(np.array([track.center for track in tracks])),
        back.rotation @ covariance @ back.rotation.T,
        np.maximum([track.size for track in tracks], 1e-3),
        np.array([track.size_stddev for track in tracks]),
    )
    return [
        replace(
            o,
            id=track.id,
            region=replace(o.region, id=track.id, score=track.score),
            images=track.observations,
        )
        for o, track in zip(fused, tracks, strict=True)
    ]


def _last_seen(track: Track, pose: ReferenceFrame) -> MeasuredObject:
    """An object that is not in the image, as it was seen last, in the optical frame."""
    source = track.latest.source
    (moved,), _ = relocate([source.object], [], source.pose.then(pose.inverse()))
    return moved


def _is_in_view(center: np.ndarray, pair: PairedFrame) -> bool:
    """Whether the camera looks at a point [3] m: what it has turned away from is not missing."""
    camera = pair.camera
    x, y, z = center
    if z <= 0:
        return False
    u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
    return bool(0 <= u < camera.width and 0 <= v < camera.height)
