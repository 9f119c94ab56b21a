"""What is known of the objects in an image from the images before."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.service.tracking import Tracks
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.settings.settings import Settings
from hispatial_ros.track.fusion import Fused

CAMERA = Camera(160, 120, fx=125.0, fy=125.0, cx=79.5, cy=59.5)
PERIOD = 100_000_000
OPTIONS = MeasureOptions()


class World:
    """Two boxes before a wall, seen by a camera that may move sideways."""

    def __init__(self, transform=None):
        self.settings = LiveSettings()
        self.x = 0.0  # m, of the camera
        self.stamp = 10**18
        self.rng = np.random.default_rng(1)
        self.tracks = Tracks(self.settings, transform or self.unknown)
        self.labels = None  # to look for; None: all
        self.seen = None  # the newest image with its regions

    def unknown(self, *_):
        raise SpatialError(ErrorCode.UNKNOWN_REFERENCE_FRAME, "no TF")

    def odom(self, target, source, stamp_ns, slop_ns):
        assert (target, source) == ("odom", "camera")
        matrix = np.eye(4)
        matrix[0, 3] = self.x
        return matrix

    def look(self, drop=(), jitter=1.0, step=PERIOD):
        self.stamp += step
        depth = np.full((120, 160), 3.0)
        regions = []
        for label, left in (("box", 40), ("case", 100)):
            u = round(left - self.x * CAMERA.fx / 1.5)
            depth[40:80, u : u + 24] = 1.5
            if label not in drop:
                noise = self.rng.normal(0, jitter, 4)
                regions.append(Region(label, tuple(np.array([u, 40, u + 24, 80]) + noise)))
        depth += self.rng.normal(0, 0.004, depth.shape)
        frame = Frame(None, depth.astype(np.float32), CAMERA, self.stamp, "camera")
        pair = SimpleNamespace(stamp_ns=self.stamp, frame_id="camera", camera=CAMERA)
        depth_frame = SimpleNamespace(pair=pair, frame=lambda needs_rgb=True: frame)
        self.seen = depth_frame, regions
        return self.tracks.view(depth_frame, regions, OPTIONS, self.labels)

    def again(self):
        return self.tracks.view(*self.seen, OPTIONS)


@pytest.fixture
def fixed():
    """Followed in odom."""
    world = World()
    world.tracks = Tracks(world.settings, world.odom)
    return world


def ids(view):
    return [o.id for o in view.measurement.objects]


def test_nothing_is_fused_where_the_camera_may_move_unknown():
    world = World()
    views = [world.look() for _ in range(10)]
    assert not views[-1].from_tracks
    assert [o.images for o in views[-1].measurement.objects] == [1, 1]
    assert world.tracks.frame == "camera"


def test_in_a_fixed_frame_the_track_is_surer_and_says_so(fixed):
    views = [fixed.look() for _ in range(20)]
    view = views[-1]
    assert fixed.tracks.frame == "odom"
    assert view.from_tracks == {"box", "case"}
    box = view.measurement.objects[0]
    first = views[0].measurement.objects[0]
    assert box.images == 20
    assert first.images == 1
    assert view.notes_on([box]) == ["box: its place is fused from 20 images"]


def test_a_moving_camera_leaves_them_where_they_are(fixed):
    for _ in range(10):
        view = fixed.look()
        fixed.x += 0.02
    before = view.measurement.objects[0].center
    fixed.x += 0.02
    after = fixed.look().measurement.objects[0]
    assert after.center[0] - before[0] == pytest.approx(-0.04, abs=0.02)
    assert after.images == 11


def test_what_is_dropped_is_remembered_where_it_is_now(fixed):
    for _ in range(6):
        fixed.look()
    fixed.x += 0.1
    view = fixed.look(drop=("case",))
    (case,) = [o for o in view.measurement.objects if o.label == "case"]
    assert case.age == pytest.approx(0.1, abs=1e-6)
    expected = (100 + 11.5 - 79.5) * 1.5 / CAMERA.fx - 0.1
    assert case.center[0] == pytest.approx(expected, abs=0.03)
    assert "case" in [r.label for r in view.regions]
    assert "not seen in this image" in view.notes["case"]


def test_what_the_camera_turned_away_from_is_not_missing(fixed):
    for _ in range(6):
        fixed.look()
    fixed.tracks._transform = lambda *_: np.array(
        [[-1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1.0, 0], [0, 0, 0, 1]]
    )
    view = fixed.look(drop=("box", "case"))
    assert not view.measurement.objects


def test_it_is_forgotten_in_time(fixed):
    for _ in range(6):
        fixed.look()
    views = [fixed.look(drop=("case",)) for _ in range(12)]
    assert [len(v.regions) for v in views[:9]] == [2] * 9
    assert len(views[-1].regions) == 1


def test_ids_outlive_drops_and_order(fixed):
    for _ in range(5):
        fixed.look()
    for i in range(40):
        view = fixed.look(drop=("box",) if i % 7 == 0 else ())
        assert sorted(ids(view)) == ["box", "case"]


def test_an_image_is_measured_once(fixed):
    regions = [Region("box", (40, 40, 64, 80))]
    frame = fixed.look
    frame()
    pair = SimpleNamespace(stamp_ns=fixed.stamp + PERIOD, frame_id="camera", camera=CAMERA)
    shown = Frame(None, np.full((120, 160), 2.0, np.float32), CAMERA)
    depth = SimpleNamespace(pair=pair, frame=lambda needs_rgb=True: shown)
    assert fixed.tracks.view(depth, regions, OPTIONS) is fixed.tracks.view(depth, regions, OPTIONS)


def test_an_older_image_is_left_alone(fixed):
    fixed.look()
    assert fixed.look(step=-PERIOD // 2) is None


def test_time_that_starts_anew_does_too(fixed):
    for _ in range(5):
        fixed.look()
    view = fixed.look(step=-100 * PERIOD)
    assert view is not None
    assert not view.from_tracks


def test_odom_that_lags_for_an_image_is_waited_for(fixed):
    for _ in range(5):
        fixed.look()
    fixed.tracks._transform = fixed.unknown
    assert fixed.look() is None
    for _ in range(12):
        view = fixed.look()
    assert view is not None
    assert fixed.tracks.frame == "camera"


def partly(world, labels):
    """The newest image again, looked at for some labels first."""
    world.look()
    world.labels = labels
    return world.look()


def test_only_what_is_named_is_looked_for(fixed):
    for _ in range(6):
        fixed.look()
    view = partly(fixed, {"box"})
    assert ids(view) == ["box"]
    assert [r.label for r in view.regions] == ["box", "case"]
    assert not view.whole
    assert view.from_tracks == {"box"}


def test_the_rest_is_looked_for_later(fixed):
    for _ in range(6):
        fixed.look()
    before = partly(fixed, {"box"})
    fixed.tracks.complete()
    after = fixed.again()
    assert after.whole
    assert ids(after) == ["box", "case"]
    assert [o.images for o in after.measurement.objects] == [8, 8]
    np.testing.assert_array_equal(
        after.measurement.objects[0].center, before.measurement.objects[0].center
    )


def test_what_was_not_looked_for_is_not_missing(fixed):
    for _ in range(6):
        fixed.look()
    view = partly(fixed, {"box"})
    assert "case" not in ids(view)
    assert "case" not in view.notes
    fixed.labels = None
    assert ids(fixed.look()) == ["box", "case"]


def test_what_is_named_and_dropped_is_remembered(fixed):
    for _ in range(6):
        fixed.look()
    fixed.labels = {"case"}
    view = fixed.look(drop=("case",))
    assert ids(view) == ["case"]
    assert view.measurement.objects[0].age > 0


def test_an_image_that_is_no_longer_the_newest_is_not_completed(fixed):
    partly(fixed, {"box"})
    older = fixed.seen
    fixed.labels = {"case"}
    fixed.look()
    assert fixed.tracks.view(*older, OPTIONS) is None


def test_what_was_left_for_later_is_not_measured_with_old_parameters(fixed):
    before = partly(fixed, {"box"}).measurement.objects[0]
    noise = DepthNoise(a=0.1)
    fixed.settings.current = replace(fixed.settings.current, depth_noise=noise)
    fixed.tracks.complete()
    view = fixed.tracks.view(*fixed.seen, replace(OPTIONS, noise=noise))
    assert view.measurement.objects[0].distance_stddev > 1.5 * before.distance_stddev


def test_too_many_are_not_followed(fixed):
    tracking = replace(Settings().tracking, max_objects=1)
    fixed.settings.current = replace(Settings(), tracking=tracking)
    assert fixed.look() is None


def test_what_is_cleared_while_an_image_is_taken_in_is_cleared_whole(fixed, monkeypatch):
    """The node is cleaned up on the executor's thread while the worker looks at an image."""
    fixed.look()
    append = Fused.append
    cleared = threading.Thread(target=fixed.tracks.clear)

    def cleared_meanwhile(*arguments):
        append(*arguments)
        cleared.start()
        cleared.join(0.1)

    fixed.tracks.clear()
    with monkeypatch.context() as patched:
        patched.setattr(Fused, "append", cleared_meanwhile)
        fixed.look()
    cleared.join(5)
    assert not fixed.tracks.labels
    for _ in range(3):
        assert ids(fixed.look())
    assert fixed.tracks.labels == {"box", "case"}
