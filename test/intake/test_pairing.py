import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.settings.frames import SyncSettings
from hispatial_ros.settings.settings import Settings

NS = 1_000_000_000
MS = 1_000_000
SIZE = (6, 8)


def rgb(code):
    return np.full((*SIZE, 3), code % 256, np.uint8)


def depth(code):
    return np.full(SIZE, 1000 + code % 256, np.uint16)


def codes(pair):
    """Codes that are embedded in the two images of a pair."""
    frame = pair.frame()
    return int(frame.rgb[0, 0, 0]), None if frame.depth is None else int(frame.depth[0, 0]) - 1000


def parameters(slop=0.05, history=1.0, **others):
    return Settings(sync=SyncSettings(slop=slop, history=history), **others)


class Camera:
    """Feeds a buffer with numbered images; times in milliseconds after T0."""

    def __init__(self, make, topics=None, **values):
        self.make = make
        self.buffer = FrameBuffer(parameters(**values), topics)
        self.info()

    def ns(self, ms):
        return self.make.T0 + round(ms * MS)

    def image(self, code, ms, now=None):
        msg = self.make.image(rgb(code), "rgb8", stamp=self.ns(ms))
        return self.buffer.add("image", msg, self.ns(ms if now is None else now))

    def depth(self, code, ms, now=None, **fields):
        msg = self.make.image(depth(code), "16UC1", stamp=self.ns(ms), **fields)
        return self.buffer.add("depth", msg, self.ns(ms if now is None else now))

    def both(self, code, ms, now=None):
        return self.image(code, ms, now) + self.depth(code, ms, now)

    def info(self, ms=0, **fields):
        msg = self.make.camera_info(SIZE[1], SIZE[0], stamp=self.ns(ms), **fields)
        self.buffer.add("camera_info", msg, self.ns(ms))

    def regions(self, label, ms, now=None):
        msg = self.make.regions(self.make.region(label), stamp=self.ns(ms))
        return self.buffer.add("regions", msg, self.ns(ms if now is None else now))

    def newest(self, now, **kwargs):
        return self.buffer.newest(self.ns(now), **kwargs)

    def at(self, ms, now, **kwargs):
        return self.buffer.at(self.ns(ms), self.ns(now), **kwargs)

    def status(self, now):
        return self.buffer.status(self.ns(now))


@pytest.fixture
def camera(make):
    return Camera(make)


class Refused:
    """Asserts the code and a part of the message of a SpatialError."""

    def __init__(self, code, words):
        self.code, self.words = code, words

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert kind is SpatialError, f"expected SpatialError, got {error!r}"
        assert error.code == self.code, error
        assert self.words in str(error)
        return True


# Order of arrival


def test_depth_first_and_image_first(camera):
    camera.image(1, 0)
    camera.depth(1, 10)
    assert codes(camera.newest(20)) == (1, 1)
    camera.depth(2, 100)
    camera.image(2, 110)
    assert codes(camera.newest(120)) == (2, 2)


def test_a_newer_image_waits_for_its_depth(camera):
    camera.both(1, 0)
    camera.image(2, 33)
    assert codes(camera.newest(40)) == (1, 1)
    camera.depth(2, 34)
    assert codes(camera.newest(41)) == (2, 2)


def test_an_image_does_not_borrow_the_depth_of_one_that_was_lost(camera):
    """Although that is within the slop of 50 ms."""
    for code in range(4):
        camera.both(code, 33 * code)
    camera.depth(4, 132)  # its image was lost
    camera.image(5, 165)
    assert codes(camera.newest(166)) == (3, 3)
    camera.depth(5, 165)
    assert codes(camera.newest(167)) == (5, 5)


def test_a_lost_depth_image_does_not_borrow_the_neighbour_s(camera):
    camera.both(1, 0)
    camera.image(2, 33)
    camera.both(3, 66)
    assert codes(camera.newest(70)) == (3, 3)
    with Refused(ErrorCode.NO_DEPTH, "within 0.05 s"):
        camera.at(33, 70)
    assert codes(camera.at(33, 70, need_depth=False)) == (2, None)


def test_a_lossy_network_does_not_make_neighbours_pairs(camera):
    # Half of either is lost, so that the streams look half as fast as they are.
    for code in range(1, 29):
        if code % 4 in (1, 3):
            camera.depth(code, 33 * code)
        if code % 4 in (0, 1):
            camera.image(code, 33 * code)
    for code in range(12, 29, 4):
        with Refused(ErrorCode.NO_DEPTH, "within 0.05 s"):
            camera.at(33 * code, 940)
        assert codes(camera.at(33 * (code - 3), 940)) == (code - 3, code - 3)


def test_slop_bounds_the_pair(make):
    camera = Camera(make, slop=0.02)
    camera.image(1, 0)
    camera.depth(1, 20)
    assert codes(camera.newest(20)) == (1, 1)
    camera.image(2, 100)
    camera.depth(2, 120.001)
    with Refused(ErrorCode.NO_DEPTH, "raise the parameter sync.slop"):
        camera.at(100, 130)


def test_last_pair_serves_until_it_is_too_old(camera):
    camera.both(1, 0)
    for ms in range(33, 990, 33):
        camera.image(2, ms)
        assert codes(camera.newest(ms)) == (1, 1)
    for ms in range(1023, 3000, 33):
        camera.image(2, ms)
        with Refused(ErrorCode.NO_DEPTH, "'depth' has been silent for"):
            camera.newest(ms)
        assert codes(camera.newest(ms, need_depth=False)) == (2, None)


@pytest.mark.parametrize("image_hz", [5, 15, 30])
@pytest.mark.parametrize("depth_hz", [5, 15, 30])
def test_streams_of_different_rates_pair_where_they_meet(camera, image_hz, depth_hz):
    for ms in range(0, 3000):
        if ms * image_hz % 1000 < image_hz:
            camera.image(ms, ms)
        if ms * depth_hz % 1000 < depth_hz:
            camera.depth(ms, ms)
    pair = camera.newest(3000)
    image_code, depth_code = codes(pair)
    assert image_code == depth_code
    assert camera.ns(3000) - pair.stamp_ns <= 1.1e9 / min(image_hz, depth_hz)
    status = camera.status(3000)
    assert status.paired == pytest.approx(3 * min(image_hz, depth_hz), abs=2)
    assert status.paired + status.unpaired == status.image.received
    assert status.image.rate == pytest.approx(image_hz, rel=0.15)


shots = st.lists(
    st.tuples(
        st.integers(-15, 15),  # jitter of the depth stamp, ms
        st.sampled_from(["both", "both", "both", "image", "depth"]),  # the other got lost
        st.integers(0, 3),  # how many shots late each message arrives
        st.integers(0, 3),
        st.booleans(),  # sent twice
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(shots)
def test_pairs_never_mix_shots(make, shots):
    """Whatever arrives when: a pair is two images of one shot, and the newest there is."""
    camera = Camera(make)
    arrivals = []
    for i, (jitter, present, image_late, depth_late, twice) in enumerate(shots):
        for _ in range(1 + twice):
            if present != "depth":
                arrivals.append((i + image_late, i, camera.image, 100 * i))
            if present != "image":
                arrivals.append((i + depth_late, i, camera.depth, 100 * i + jitter))
    arrivals.sort(key=lambda arrival: arrival[0])
    seen = {camera.image: set(), camera.depth: set()}
    for turn, code, add, ms in arrivals:
        now = 100 * turn + 50
        add(code, ms, now)
        seen[add].add(code)
        complete = [c for c in seen[camera.image] & seen[camera.depth] if 100 * c >= now - 1000]
        if not complete:
            with pytest.raises(SpatialError):
                camera.newest(now)
            continue
        pair = camera.newest(now)
        assert codes(pair) == (max(complete), max(complete))
        assert codes(camera.at(100 * max(complete), now)) == codes(pair)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["image", "depth"]), st.integers(0, 1200)),
        max_size=60,
        unique=True,
    ),
    st.integers(1, 100),
)
def test_pairs_are_each_other_s_nearest_within_slop(make, messages, slop):
    camera = Camera(make, slop=slop / 1000)
    stamps = {"image": set(), "depth": set()}
    for kind, ms in messages:
        getattr(camera, kind)(ms, ms, now=1200)
        stamps[kind].add(ms)
    for ms in stamps["image"]:
        pair = make.outcome(camera.at, ms, 1200)
        if pair in (ErrorCode.NO_DEPTH, ErrorCode.FRAME_TOO_OLD):
            continue
        distance = abs(pair.depth.stamp_ns - pair.stamp_ns) / MS
        assert distance <= slop
        # Older messages than the history, and what paired with them, are forgotten.
        assert all(abs(d - ms) >= distance for d in stamps["depth"] if d > 200 + slop)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["image", "depth"]), st.integers(0, 900)),
        min_size=2,
        max_size=30,
        unique=True,
    ),
    st.randoms(),
)
def test_order_of_arrival_does_not_matter(make, messages, random):
    def pairs(arrivals):
        camera = Camera(make)
        for kind, ms in arrivals:
            getattr(camera, kind)(ms, ms, now=900)
        found = {ms: make.outcome(camera.at, ms, 900) for kind, ms in messages if kind == "image"}
        return {
            ms: pair.depth.stamp_ns if isinstance(pair, PairedFrame) else pair
            for ms, pair in found.items()
        }

    shuffled = list(messages)
    random.shuffle(shuffled)
    assert pairs(shuffled) == pairs(messages)


# Requests by stamp


def test_requests_by_stamp(camera):
    for i in range(20):
        camera.both(i, 33 * i)
    assert codes(camera.at(33 * 7, 700)) == (7, 7)
    assert codes(camera.at(33 * 7 + 0.0005, 700)) == (7, 7)  # went through a float
    for ms, words in [(-100, "no longer kept"), (40, "never arrived"), (5000, "not arrived yet")]:
        with Refused(ErrorCode.FRAME_TOO_OLD, words):
            camera.at(ms, 700)


def test_by_stamp_even_old_frames_are_given(camera):
    camera.both(1, 0)
    with Refused(ErrorCode.FRAME_TOO_OLD, "5.0 s old"):
        camera.newest(5000)
    assert codes(camera.at(0, 5000)) == (1, 1)


def test_a_frame_is_converted_once(camera):
    camera.both(1, 0)
    first = camera.newest(10)
    assert camera.newest(20) is first
    assert camera.at(0, 20) is first
    assert first.frame() is first.frame()
    assert first.frame(needs_rgb=False) is first.frame()
    assert first.geometry.depth is first.frame().depth
    assert first.geometry.rgb is None
    camera.both(2, 33)
    assert camera.newest(40) is not first
    assert camera.at(0, 40) is first


def test_a_pair_carries_stamp_and_frame_of_its_image(camera):
    camera.image(1, 5)
    camera.depth(1, 0)
    pair = camera.newest(10)
    assert pair.frame_id == pair.frame().frame_id == "camera"
    assert pair.stamp_ns == pair.frame().stamp_ns == camera.ns(5)
    assert pair.camera.width == SIZE[1]


# What is missing


def test_nothing_ever_arrived(make):
    camera = Camera(make, {"image": "/cam/rgb", "depth": "/cam/depth"})
    with Refused(ErrorCode.NO_FRAME, "no image has arrived on '/cam/rgb'"):
        camera.newest(0)
    with Refused(ErrorCode.NO_FRAME, "no image has arrived on '/cam/rgb'"):
        camera.at(0, 0)
    camera.image(1, 0)
    with Refused(ErrorCode.NO_DEPTH, "nothing has arrived on '/cam/depth'"):
        camera.newest(0)


def test_no_camera_info(make):
    buffer = FrameBuffer(topics={"camera_info": "/cam/info"})
    buffer.add("image", make.image(rgb(1), "rgb8"), make.T0)
    with Refused(ErrorCode.NO_CAMERA_INFO, "'/cam/info'"):
        buffer.newest(make.T0, need_depth=False)


def test_camera_unplugged(camera):
    camera.both(1, 0)
    with Refused(ErrorCode.FRAME_TOO_OLD, "'image' has been silent for 3.0 s"):
        camera.newest(3000)
    camera.both(2, 3100)
    assert codes(camera.newest(3100)) == (2, 2)


def test_stamps_behind_the_clock_as_in_a_replay(camera):
    camera.image(1, 0, now=86400_000 * 3)
    with Refused(ErrorCode.FRAME_TOO_OLD, "use_sim_time"):
        camera.newest(86400_000 * 3)


def test_clear_forgets_frames_and_keeps_calibration(camera):
    camera.both(1, 0)
    camera.buffer.clear()
    with Refused(ErrorCode.NO_FRAME, "since the last reset"):
        camera.newest(10)
    camera.both(2, 20)
    assert codes(camera.newest(30)) == (2, 2)


# Bad messages


def drops(camera, stream="image", now=0):
    return getattr(camera.status(now), stream).dropped


def test_malformed_messages_are_dropped_and_do_not_replace_good_ones(camera, make):
    camera.both(1, 0)
    bad = make.image(rgb(2), "rgb8", stamp=camera.ns(33), data=bytes(6 * 8 * 3 - 1))
    assert "'image'" in camera.buffer.add("image", bad, camera.ns(33))
    assert codes(camera.newest(40)) == (1, 1)
    assert drops(camera) == {"malformed": 1}
    with Refused(ErrorCode.BAD_IMAGE, "bytes of data"):
        camera.newest(2000)


def test_stamps_in_the_future_are_dropped(camera):
    assert "ahead of the node's clock" in camera.image(1, 1500, now=0)
    assert drops(camera) == {"stamp in the future": 1}
    with Refused(ErrorCode.NO_FRAME, "synchronise the clocks"):
        camera.newest(0)
    assert camera.image(1, 900, now=0) == ""


def test_messages_without_stamp_are_dropped(camera, make):
    assert camera.buffer.add("image", make.image(rgb(1), "rgb8", stamp=0), make.T0)
    assert camera.buffer.add("depth", make.image(depth(1), "16UC1", stamp=-NS), make.T0)
    assert drops(camera) == {"no stamp": 1}
    assert drops(camera, "depth") == {"no stamp": 1}


def test_sim_time_without_clock(make):
    buffer = FrameBuffer()
    assert "/clock" in buffer.add("image", make.image(rgb(1), "rgb8"), 0)
    with Refused(ErrorCode.NO_FRAME, "/clock"):
        buffer.newest(0)


def test_duplicates_keep_the_first(camera):
    camera.both(1, 0)
    assert camera.image(2, 0, now=10)
    assert camera.depth(2, 0, now=10)
    assert codes(camera.newest(10)) == (1, 1)
    assert drops(camera) == drops(camera, "depth") == {"duplicate stamp": 1}


def test_a_duplicate_of_what_has_left_is_one(camera):
    for k in range(4):
        camera.both(k, 100 * k)
    camera.image(4, 2000)  # the first image leaves, and its depth with it
    assert "same stamp" in camera.depth(5, 0, now=2000)
    assert drops(camera, "depth", 2000) == {"duplicate stamp": 1}


def test_reordered_messages_are_kept(camera):
    camera.both(2, 33)
    camera.both(1, 0)
    assert codes(camera.newest(40)) == (2, 2)
    assert codes(camera.at(0, 40)) == (1, 1)
    assert camera.status(40).image.reordered == 1


def test_depth_of_another_frame_or_aspect_is_refused(camera, make):
    camera.image(1, 0)
    camera.depth(1, 0, frame_id="depth_camera")
    with Refused(ErrorCode.BAD_CALIBRATION, "registered"):
        camera.newest(0).frame()
    square = make.image(np.full((8, 8), 900, np.uint16), "16UC1", stamp=camera.ns(100))
    camera.image(2, 100)
    camera.buffer.add("depth", square, camera.ns(100))
    with Refused(ErrorCode.BAD_CALIBRATION, "aspect"):
        camera.newest(100).frame()


def test_depth_of_another_size_and_the_same_aspect_is_taken(camera, make):
    camera.image(1, 0)
    double = make.image(np.full((12, 16), 900, np.uint16), "16UC1", stamp=camera.ns(0))
    camera.buffer.add("depth", double, camera.ns(0))
    frame = camera.newest(0).frame()
    assert frame.depth.shape == (12, 16)
    assert frame.camera.width == 8


# Clocks


def test_clock_jumps_back(camera):
    for i in range(10):
        camera.both(i, 33 * i + 100_000)
    assert camera.status(100_400).clock_resets == 0
    with Refused(ErrorCode.NO_FRAME, "since the last reset"):
        camera.newest(0)
    assert camera.status(0).clock_resets == 1
    camera.both(42, 10)
    assert codes(camera.newest(20)) == (42, 42)  # the calibration still holds
    with Refused(ErrorCode.FRAME_TOO_OLD, "not arrived yet"):
        camera.at(100_000, 20)


def test_a_thread_that_had_to_wait_does_not_set_the_clock_back(camera):
    camera.both(1, 10_000)
    assert codes(camera.newest(8_000)) == (1, 1)  # it read the clock two seconds ago
    camera.at(10_000, 12_000)
    camera.both(2, 11_000)  # so did the one that receives
    assert codes(camera.newest(11_900)) == (2, 2)
    assert camera.status(11_900).clock_resets == 0


def test_after_a_reset_the_latest_calibration_holds(camera):
    camera.info(100_000, f=70.0)
    camera.info(100_100, f=80.0)
    camera.both(1, 100_100)
    assert camera.newest(100_100).camera.fx == 80
    camera.both(2, 10)
    assert camera.newest(20).camera.fx == 80


def test_clock_jumps_ahead(camera):
    camera.both(1, 0)
    with Refused(ErrorCode.FRAME_TOO_OLD, "1.0 h"):
        camera.newest(3_600_000)
    camera.both(2, 3_600_010)
    assert codes(camera.newest(3_600_020)) == (2, 2)


def test_stamps_set_back_while_the_clock_runs_on(camera):
    """A looped replay, or a driver that restarts its clock."""
    for i in range(10):
        camera.both(i, 33 * i + 5000)
    camera.both(50, 0, now=5330)
    camera.both(51, 33, now=5360)
    assert drops(camera) == {"late": 2}
    assert codes(camera.newest(5400)) == (9, 9)
    camera.both(52, 66, now=5390)
    assert camera.status(5400).image.resets == 1
    assert codes(camera.at(66, 5400)) == (52, 52)


def test_one_straggler_does_not_reset(camera):
    for i in range(10):
        camera.both(i, 33 * i + 5000)
        camera.both(99, i, now=33 * i + 5000)
    assert codes(camera.newest(5400)) == (9, 9)
    assert camera.status(5400).image.resets == 0


# Calibration


def test_changed_calibration_holds_from_its_image_on(camera):
    camera.both(1, 0)
    before = camera.newest(10)
    assert before.camera.fx == 60
    camera.info(100, f=90.0)
    camera.both(2, 100)
    assert camera.newest(110).camera.fx == 90
    assert camera.at(0, 110) is before


def test_reconfiguring_keeps_the_calibration_which_may_be_sent_only_once(camera):
    camera.both(1, 0)
    camera.buffer.configure(parameters(slop=0.1))
    with Refused(ErrorCode.NO_FRAME, "no image"):
        camera.newest(10)
    camera.both(2, 33)
    assert camera.newest(40).camera.fx == 60
    camera.buffer.configure(parameters(slop=0.1), {"camera_info": "/other/camera_info"})
    camera.both(3, 66)
    with Refused(ErrorCode.NO_CAMERA_INFO, "/other/camera_info"):
        camera.newest(70)


def test_bad_calibration_reaches_the_request(camera):
    camera.both(1, 0)
    camera.info(0, k=[np.nan] * 9)
    with Refused(ErrorCode.BAD_CALIBRATION, "NaN"):
        camera.newest(10).frame()


def test_rectified_by_topic_name_or_parameter(make):
    for topic, geometry, fx in [
        ("/cam/image_rect", "auto", 30),
        ("/cam/image_rect", "raw", 60),
        ("/cam/image_raw", "auto", 60),
        ("/cam/image_raw", "rectified", 30),
    ]:
        camera = Camera(make, {"image": topic}, image_geometry=geometry)
        p = [30.0, 0.0, 3.5, 0.0, 0.0, 30.0, 2.5, 0.0, 0.0, 0.0, 1.0, 0.0]
        camera.info(0, p=p)
        camera.both(1, 0)
        assert camera.newest(0).camera.fx == fx


# Regions


def labels(camera, ms):
    found = camera.buffer.regions_at(camera.ns(ms))
    return None if found is None else [r.label for r in found.regions]


def test_a_detector_lags_behind_the_camera(camera):
    for i in range(6):
        camera.both(i, 100 * i)
    camera.regions("mug", 200, now=550)
    assert codes(camera.newest(550)) == (5, 5)
    pair = camera.newest(550, with_regions=True)
    assert codes(pair) == (2, 2)
    assert labels(camera, 200) == ["mug"]
    assert labels(camera, 300) is None


def test_regions_of_stale_frames_are_not_preferred(camera):
    camera.both(1, 0)
    camera.regions("mug", 0)
    camera.both(2, 1500)
    assert codes(camera.newest(1500, with_regions=True)) == (2, 2)


def test_too_many_regions(make):
    camera = Camera(make, max_regions=3)
    msg = make.regions(*[make.region()] * 4, stamp=camera.ns(0))
    assert "at most 3" in camera.buffer.add("regions", msg, camera.ns(0))
    assert drops(camera, "regions") == {"malformed": 1}


# Load


def test_memory_is_bounded(make):
    payload = SIZE[0] * SIZE[1] * 3
    camera = Camera(make, max_buffer_bytes=10 * payload, history=100.0)
    for i in range(2000):
        camera.image(i, i)
    assert camera.status(2000).image.buffered == 10
    camera = Camera(make, history=100.0)
    for i in range(2000):
        camera.both(i, i)
    status = camera.status(2000)
    assert status.image.buffered == status.depth.buffered == 128
    assert status.image.received == 2000


def test_many_threads(make):
    """Writers and readers at once: no error but SpatialError, no mixed pair."""
    camera = Camera(make, history=10.0, max_frame_age=10.0)
    failures = []
    done = threading.Event()

    def write(add):
        for i in range(250):
            add(i, 10 * i, 3000)

    def read():
        while not done.is_set():
            for request in (lambda: camera.newest(3000), lambda: camera.at(1500, 3000)):
                try:
                    image_code, depth_code = codes(request())
                except SpatialError:
                    continue
                except BaseException as error:  # noqa: BLE001
                    failures.append(error)
                    continue
                # Stamps 10 ms apart: until its own arrives, the nearest depth may be a neighbour
                # within the slop of 50 ms.
                if abs(image_code - depth_code) > 5:
                    failures.append((image_code, depth_code))

    readers = [threading.Thread(target=read) for _ in range(3)]
    writers = [threading.Thread(target=write, args=(add,)) for add in (camera.image, camera.depth)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert not failures
    assert codes(camera.newest(3000)) == (249, 249)


def test_conversion_happens_once_among_threads(camera, monkeypatch):
    from hispatial_ros.intake import paired

    calls = []
    original = paired.image_to_rgb

    def slow(*args):
        calls.append(args)
        time.sleep(0.02)
        return original(*args)

    monkeypatch.setattr(paired, "image_to_rgb", slow)
    camera.both(1, 0)
    pair = camera.newest(0)
    threads = [threading.Thread(target=pair.frame) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


# Sizes and nonsense


def test_one_pixel(make):
    buffer = FrameBuffer()
    buffer.add("camera_info", make.camera_info(1, 1), make.T0)
    assert buffer.add("image", make.image(np.full((1, 1, 3), 7, np.uint8), "rgb8"), make.T0) == ""
    assert buffer.add("depth", make.image(np.full((1, 1), 1007, np.uint16), "16UC1"), make.T0) == ""
    assert codes(buffer.newest(make.T0)) == (7, 7)


def test_8k(make):
    buffer = FrameBuffer()
    buffer.add("camera_info", make.camera_info(7680, 4320, 6000.0), make.T0)
    for i in range(3):
        grey = make.image(np.full((4320, 7680), i, np.uint8), "mono8", stamp=make.T0 + i * NS)
        assert buffer.add("image", grey, make.T0 + i * NS) == ""
        pixels = np.full((2160, 3840), 1000 + i, np.uint16)
        wide = make.image(pixels, "16UC1", stamp=make.T0 + i * NS)
        assert buffer.add("depth", wide, make.T0 + i * NS) == ""
    assert codes(buffer.newest(make.T0 + 2 * NS)) == (2, 2)


def test_images_beyond_the_limit(make):
    buffer = FrameBuffer(Settings(max_image_pixels=47))
    assert "max_image_pixels" in buffer.add("image", make.image(rgb(1), "rgb8"), make.T0)
    with Refused(ErrorCode.BAD_IMAGE, "max_image_pixels"):
        buffer.newest(make.T0)


ENCODINGS = ["rgb8", "16UC1", "32FC1", "yuv422", "", "x"]
UINT32 = st.integers(0, 12) | st.integers(0, 2**32 - 1)
stamps = st.integers(-(2**31), 2**31 - 1).map(lambda s: s * NS) | st.integers(-3, 3).map(
    lambda s: 1_700_000_000 * NS + s * NS // 2
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_message_breaks_the_buffer(make, data):
    """Any mixture of fields, stamps and clock readings: answers or SpatialErrors."""
    buffer = FrameBuffer()
    for _ in range(data.draw(st.integers(1, 8))):
        stamp, now = data.draw(stamps), abs(data.draw(stamps))
        kind = data.draw(st.sampled_from(["image", "depth", "info", "regions"]))
        if kind == "info":
            numbers = data.draw(st.lists(st.floats(), min_size=12, max_size=12))
            size = data.draw(UINT32), data.draw(UINT32)
            info = make.camera_info(*size, k=numbers[:9], p=numbers, stamp=stamp)
            buffer.add("camera_info", info, now)
        elif kind == "regions":
            box = data.draw(st.tuples(*[st.floats(width=32)] * 4))
            buffer.add("regions", make.regions(make.region("a", box), stamp=stamp), now)
        else:
            fields = {"encoding": data.draw(st.sampled_from(ENCODINGS))}
            if data.draw(st.booleans()):
                fields |= {name: data.draw(UINT32) for name in ("width", "height", "step")}
            frame_id = data.draw(st.sampled_from(["camera", "", "other", "\N{SNOWMAN}"]))
            msg = make.image(rgb(1), "rgb8", stamp=stamp, frame_id=frame_id)
            buffer.add(kind, replace(msg, **fields), now)
        need_depth = data.draw(st.booleans())
        for request in (
            lambda: buffer.newest(now, need_depth, with_regions=True),  # noqa: B023
            lambda: buffer.at(stamp, now, need_depth),  # noqa: B023
        ):
            pair = make.outcome(request)
            if isinstance(pair, PairedFrame):
                make.outcome(pair.frame)
                buffer.regions_at(pair.stamp_ns)
        buffer.status(now)
