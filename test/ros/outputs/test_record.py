"""Recordings of a real node, opened by the libraries that others use."""

import os
import resource
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rosbags.highlevel import AnyReader
from sensor_msgs.msg import Image

from hispatial_ros.bag.reader import BagReader
from hispatial_ros.bag.recording import LimitReached, Limits, Recording
from hispatial_ros.bag.writer import StorageFull
from hispatial_ros.cli import record
from hispatial_ros.msg import WatchSpec
from hispatial_ros.ros.outputs.conversions import time_to_ns
from hispatial_ros.ros.qos import reliable
from hispatial_ros.ros.tools.recorder import Recorder
from hispatial_ros.srv import Watch

FAR = "How far is the globe?"
FRAME = ("image", "depth", "camera_info")
IMAGE, DEPTH = "answered/image/compressed", "answered/depth/compressedDepth"
FRAME_TOPIC = "answered/image"
KEPT = (IMAGE, DEPTH, "answered/camera_info")  # as the file has them
CLI = "import sys; from hispatial_ros.cli.main import main; sys.exit(main())"


def wait_for_matches(graph, ros):
    """Until the node knows who records."""
    names = ["/hispatial/requests", *(f"/hispatial/answered/{name}" for name in FRAME)]
    for publisher in (p for p in graph.node.publishers if p.topic_name in names):
        ros.wait_until(publisher.get_subscription_count, f"match of {publisher.topic_name}")


class Recorded:
    """A recorder that runs in a thread, and the file it has written once stopped."""

    def __init__(self, graph, ros, path, limits=None, **options):
        self._ros = ros
        self.path = path
        self.lines = []
        self.error = None
        self._recording = Recording(path, limits or Limits(), reserve=0)
        self._recorder = Recorder(
            "/hispatial", self._recording, say=self.lines.append, domain_id=graph.domain, **options
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_for_matches(graph, ros)

    def _run(self):
        try:
            self._recorder.run(self._stop.is_set)
        except (OSError, LimitReached) as error:
            self.error = error

    def count(self, name):
        return self._recording.counts.get(f"/hispatial/{name}", 0)

    def wait_for(self, **counts):
        for name, count in counts.items():
            self._ros.wait_until(
                lambda n=name, c=count: self.count(n) >= c or self.error, f"{count} {name}"
            )

    def stop(self):
        """Finishes; the messages as (topic, object)."""
        self.halt()
        reader = BagReader(self.path)
        return [(entry.topic, reader.decode(entry)) for entry in reader.entries()]

    def halt(self):
        self._stop.set()
        self._thread.join()
        self._recorder.close()
        self._recording.finish()


@pytest.fixture
def recorded(desk, ros, tmp_path):
    recorder = Recorded(desk, ros, tmp_path / "desk.mcap")
    yield recorder
    if recorder._thread.is_alive():
        recorder.halt()


def decoded(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def of(messages, name):
    return [message for topic, message in messages if topic == f"/hispatial/{name}"]


def test_requests_are_recorded_with_the_frame_once(desk, recorded):
    asked = desk.ask(FAR).answer
    failed = desk.ask("How far is the zebra?")
    measured = desk.measure()
    recorded.wait_for(requests=3, answers=1)
    messages = recorded.stop()
    ask, fail, measure = of(messages, "requests")
    assert (ask.request_id, ask.kind, ask.question) == (asked.request_id, "ask", FAR)
    assert ask.answer.text == asked.text
    assert ask.answer.objects[0].label == "globe"
    assert (ask.error_code, ask.error_msg, ask.regions_from_topic) == (0, "", True)
    assert [r.label for r in ask.regions] == [r.label for r in desk.regions]
    assert 0 < ask.elapsed < 60
    assert (fail.error_code, fail.error_msg) == (failed.error_code, failed.error_msg)
    assert (measure.kind, len(measure.objects)) == ("measure", len(measured.objects))
    assert len(measure.relations) == len(measured.relations)
    assert [answer.text for answer in of(messages, "answers")] == [asked.text]
    (image,), (depth,), (info,) = (of(messages, name) for name in KEPT)
    assert image.format == "rgb8; png compressed bgr8"
    assert depth.format == "16UC1; compressedDepth png"
    np.testing.assert_array_equal(decoded(image.data)[..., ::-1], desk.frame.rgb)
    np.testing.assert_array_equal(decoded(depth.data[12:]), desk.frame.depth)
    assert info.k[0] == desk.frame.camera.fx
    stamp = time_to_ns(desk.messages["image"].header.stamp)
    for message in (ask, fail, measure, image, depth, info):
        assert time_to_ns(message.header.stamp) == stamp
    assert time_to_ns(ask.depth_stamp) == stamp
    assert ask.reference == "camera"
    assert ask.max_range == desk.node.settings.current.max_range
    noise = dict(zip(ask.depth_noise_names, ask.depth_noise, strict=True))
    assert noise["a"] == desk.node.settings.current.depth_noise.a


def test_a_request_without_a_frame_is_recorded_too(desk, recorded):
    desk.ask("")
    recorded.wait_for(requests=1)
    messages = recorded.stop()
    (record,) = of(messages, "requests")
    assert record.error_code == 303
    assert record.header.stamp.sec == 0
    assert not of(messages, IMAGE)


def test_other_readers_open_it_with_definitions_of_our_types(desk, recorded):
    desk.ask(FAR)
    recorded.wait_for(requests=1, objects=1, relations=1, markers=1, answers=1)
    recorded.stop()
    with AnyReader([recorded.path]) as reader:
        types = {c.topic: c.msgtype for c in reader.connections}
        records = [
            reader.deserialize(raw, c.msgtype)
            for c, _, raw in reader.messages()
            if c.topic == "/hispatial/requests"
        ]
    assert types["/hispatial/requests"] == "hispatial_ros/msg/RequestRecord"
    assert types["/hispatial/answers"] == "hispatial_ros/msg/SpatialAnswer"
    assert types["/hispatial/markers"] == "visualization_msgs/msg/MarkerArray"
    assert types["/diagnostics"] == "diagnostic_msgs/msg/DiagnosticArray"
    assert "/hispatial/points" not in types
    assert "/image" not in types
    assert [record.answer.question for record in records] == [FAR]
    with recorded.path.open("rb") as file:
        found = make_reader(file, decoder_factories=[DecoderFactory()]).iter_decoded_messages(
            topics=[f"/hispatial/{IMAGE}"]
        )
        ((schema, _, _, image),) = found
    assert schema.name == "sensor_msgs/msg/CompressedImage"
    np.testing.assert_array_equal(decoded(image.data)[..., ::-1], desk.frame.rgb)


@pytest.mark.parametrize(
    ("images", "kept", "seen"),
    [
        ("png", KEPT, (f"{IMAGE}@EncodedImage", "answered/camera_info@Pinhole")),
        (
            "raw",
            [f"answered/{name}" for name in FRAME],
            (
                *("answered/image@Image", "answered/depth@DepthImage"),
                "answered/camera_info@Pinhole",
            ),
        ),
    ],
)
def test_rerun_sees_what_it_can_decode(desk, ros, tmp_path, images, kept, seen):
    pytest.importorskip("rerun")
    recorder = Recorded(desk, ros, tmp_path / "desk.mcap", images=images)
    desk.ask(FAR)
    recorder.wait_for(requests=1, **dict.fromkeys(kept, 1))
    recorder.stop()
    rrd = tmp_path / "desk.rrd"
    rerun = [sys.executable, "-m", "rerun"]
    subprocess.run([*rerun, "mcap", "convert", recorder.path, "-o", rrd], check=True)
    printed = subprocess.run(
        [*rerun, "rrd", "print", "-v", rrd], check=True, capture_output=True, text=True
    ).stdout
    for part in seen:
        assert f"/hispatial/{part}:" in printed


def test_everything_means_the_inputs_too(desk, ros, tmp_path):
    recorder = Recorded(desk, ros, tmp_path / "all.mcap", everything=True)
    camera = desk.publishers["image"]
    ros.wait_until(lambda: camera.get_subscription_count() == 2, "the recorder to see the camera")
    desk.show(time_to_ns(desk.messages["image"].header.stamp) + 10**9)
    desk.ask(FAR)
    recorder.wait_for(**{"requests": 1, "points": 1, "annotated_image/compressed": 1})
    messages = recorder.stop()
    assert {"/hispatial/points", "/hispatial/annotated_image/compressed", "/image/compressed"} <= {
        topic for topic, _ in messages
    }
    assert {"recording /image", "recording /regions"} <= set(recorder.lines)


def test_one_that_comes_later_gets_the_frame_as_well(desk, ros, tmp_path):
    for name in ("first", "second"):
        recorder = Recorded(desk, ros, tmp_path / f"{name}.mcap")
        desk.ask(FAR)
        recorder.wait_for(**{"requests": 1, IMAGE: 1})
        assert len(of(recorder.stop(), IMAGE)) == 1


def test_a_frame_is_kept_once_though_it_is_published_again(desk, recorded, ros, tmp_path):
    """As the node does whenever somebody else comes to listen."""
    desk.ask(FAR)
    recorded.wait_for(requests=1, **dict.fromkeys(KEPT, 1))
    publisher = next(p for p in desk.node.publishers if p.topic_name == f"/hispatial/{FRAME_TOPIC}")
    listener = desk.peer.create_subscription(
        Image, publisher.topic_name, (again := []).append, reliable(5)
    )
    ros.wait_until(lambda: publisher.get_subscription_count() == 2, "another listener")
    desk.ask(FAR)
    ros.wait_until(lambda: again, "the image again")
    recorded.wait_for(requests=2)
    messages = recorded.stop()
    desk.peer.destroy_subscription(listener)
    assert len(of(messages, "requests")) == 2
    assert [len(of(messages, name)) for name in KEPT] == [1, 1, 1]


def test_jpeg_is_told_and_depth_is_exact(desk, ros, tmp_path):
    recorder = Recorded(desk, ros, tmp_path / "small.mcap", images="jpeg")
    desk.ask(FAR)
    recorder.wait_for(requests=1, **dict.fromkeys(KEPT, 1))
    messages = recorder.stop()
    (image,), (depth,) = of(messages, IMAGE), of(messages, DEPTH)
    assert image.format == "rgb8; jpeg compressed bgr8"
    np.testing.assert_array_equal(decoded(depth.data[12:]), desk.frame.depth)
    losses = {entry.topic: entry.loss for entry in BagReader(recorder.path).entries()}
    assert {topic: loss for topic, loss in losses.items() if loss} == {
        f"/hispatial/{IMAGE}": "JPEG of quality 90"
    }


def test_a_limit_ends_it_in_good_order(desk, ros, tmp_path):
    recorder = Recorded(desk, ros, tmp_path / "part.mcap", Limits(total_bytes=1_500_000))
    stamp = time_to_ns(desk.messages["image"].header.stamp)
    for number in range(1, 10):
        if recorder.error:
            break
        desk.show(stamp + number * 10**9)
        desk.ask(FAR)
        recorder.wait_for(requests=number)
    ros.wait_until(lambda: recorder.error, "the limit")
    messages = recorder.stop()
    assert isinstance(recorder.error, LimitReached)
    assert recorder.path.stat().st_size <= 1_500_000
    assert of(messages, "requests")
    assert of(messages, IMAGE)


def test_watches_are_recorded_with_what_they_saw(make_graph, ros, tmp_path):
    graph = make_graph(**{"watch.confirm": 1})
    graph.show()
    recorder = Recorded(graph, ros, tmp_path / "watch.mcap")
    spec = WatchSpec(name="near", question="purple chair closer than 1.8 m")
    request = Watch.Request(command=Watch.Request.ADD, spec=spec)
    watch_client = graph.peer.create_client(Watch, "hispatial/watch")
    assert graph.call(watch_client, request).error_code == 0
    stamp = graph.show(time_to_ns(graph.messages["image"].header.stamp) + 10**9)
    recorder.wait_for(**{"watch_events": 1, IMAGE: 1, DEPTH: 1})
    messages = recorder.stop()
    (event, *_) = of(messages, "watch_events")
    assert event.watch == "near"
    seen = {time_to_ns(image.header.stamp) for image in of(messages, IMAGE)}
    assert stamp in seen
    assert {time_to_ns(event.header.stamp) for event in of(messages, "watch_events")} <= seen


def test_images_of_watches_without_events_are_recorded_at_a_rate(make_graph, ros, tmp_path):
    graph = make_graph(**{"watch.confirm": 1, "watch.record_rate": 0.5})
    begin = graph.show()
    recorder = Recorded(graph, ros, tmp_path / "watch.mcap")
    client = graph.peer.create_client(Watch, "hispatial/watch")
    spec = WatchSpec(name="near", question="purple chair closer than 1.8 m")
    graph.call(client, Watch.Request(command=Watch.Request.ADD, spec=spec))

    def evaluated():
        response = graph.call(client, Watch.Request(command=Watch.Request.LIST))
        return response.watches[0].evaluated

    ros.wait_until(evaluated, "a look at the image that was there")
    for half in range(1, 10):
        looked = evaluated()
        graph.show(begin + half * 10**9 // 2)
        ros.wait_until(lambda n=looked: evaluated() > n, "a look at the image")
    assert graph.ask(FAR).error_code == 0
    recorder.wait_for(requests=1)
    messages = recorder.stop()
    (event,), (record,) = of(messages, "watch_events"), of(messages, "requests")
    kept = [(time_to_ns(m.header.stamp) - begin) / 1e9 for m in of(messages, IMAGE)]
    assert {(time_to_ns(m.header.stamp) - begin) / 1e9 for m in (event, record)} <= set(kept)
    # One in two seconds, and those of the event (the first) and of the request (the last).
    assert kept == pytest.approx([0.0, 1.5, 3.5, 4.5], abs=1e-6)


def test_a_full_disk_stops_it_and_the_file_is_whole(desk, ros, tmp_path):
    recorder = Recorded(desk, ros, tmp_path / "full.mcap")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    desk.ask(FAR)
    recorder.wait_for(requests=1, **dict.fromkeys(KEPT, 1))
    size = recorder._recording.size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 500_000, before[1]))
    try:
        desk.show(time_to_ns(desk.messages["image"].header.stamp) + 10**9)
        desk.ask(FAR)
        ros.wait_until(lambda: recorder.error, "the end of the disk")
        messages = recorder.stop()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert isinstance(recorder.error, StorageFull)
    assert len(of(messages, "requests")) >= 1
    with AnyReader([recorder.path]) as reader:
        assert reader.message_count == len(messages)


def start_cli(graph, *arguments):
    return subprocess.Popen(
        [sys.executable, "-u", "-c", CLI, "record", *map(str, arguments)],
        env={**os.environ, "ROS_DOMAIN_ID": str(graph.domain)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_line(process, line):
    for found in process.stdout:
        if line in found:
            return
    pytest.fail(f"ended without {line!r}: {process.stderr.read()}")


def test_the_command_finishes_on_a_signal(desk, ros, tmp_path):
    path = tmp_path / "a.mcap"
    process = start_cli(desk, "-o", path)
    wait_for_line(process, "/hispatial/requests")
    wait_for_matches(desk, ros)
    desk.ask(FAR)
    partial = tmp_path / "a.mcap.partial"
    wanted = {f"/hispatial/{name}" for name in ("requests", *KEPT)}
    ros.wait_until(
        lambda: {entry.topic for entry in BagReader(partial).entries()} >= wanted,
        "request and frame in the file that is being written",
    )
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert "1 requests, 1 images" in out
    assert [p.name for p in tmp_path.iterdir()] == ["a.mcap"]


def test_the_command_ends_at_a_limit_and_says_how_it_grew(desk, ros, tmp_path):
    path = tmp_path / "a.mcap"
    process = start_cli(desk, "-o", path, "--limit", "1.2", "--images", "raw")
    wait_for_line(process, "/hispatial/requests")
    wait_for_matches(desk, ros)
    stamp = time_to_ns(desk.messages["image"].header.stamp)
    for number in range(1, 20):
        if process.poll() is not None:
            break
        desk.show(stamp + number * 10**9)
        desk.ask(FAR)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert "stopped: the recording has reached its limit of 1.2 MB" in out
    assert path.stat().st_size <= 1_200_000
    with AnyReader([path]) as reader:
        assert reader.message_count


def test_the_command_warns_of_what_fills_the_disk(capsys, monkeypatch, tmp_path):
    now = [0.0]
    monkeypatch.setattr(record.time, "monotonic", lambda: now[0])
    recording = SimpleNamespace(limits=Limits(), size=0, room=10**11)
    display = record._Display(recording)
    for _ in range(100):
        display.look()
        now[0] += 0.5
        recording.size += 7_500_000
    shown = capsys.readouterr()
    assert shown.err.count("warning") == 1
    assert "15.0 MB/s are 54 GB an hour" in shown.err
    assert "--images jpeg" in shown.err
    lines = [line for line in shown.out.splitlines() if line.strip()]
    assert len(lines) == 2  # after 10 and 40 s
    assert "15.00 MB/s; the disk is full in" in lines[0]


def test_the_command_says_that_there_is_no_node(desk, tmp_path):
    path = tmp_path / "a.mcap"
    process = start_cli(desk, "-o", path, "--node", "nobody", "--duration", "0.5")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "no node /nobody" in err
    assert not list(tmp_path.iterdir())


def test_recording_in_an_empty_environment(graph, ros, tmp_path):
    """As in an installation from wheels, where nothing is sourced."""
    command = [sys.executable, "-c", CLI, "record", "-o", "r.mcap"]
    root = os.getcwd()
    environment = {"ROS_DOMAIN_ID": str(graph.domain), "PYTHONPATH": root, "HOME": str(tmp_path)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        wait_for_matches(graph, ros)
        assert graph.ask(FAR).error_code == 0
        graph.published()
        threading.Event().wait(4.0)  # Fast DDS repeats after 3 s what was lost between processes
    finally:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert "not recorded" not in out
    assert process.returncode == 0, out
    names = {entry.topic for entry in BagReader(tmp_path / "r.mcap").entries()}
    assert {"/hispatial/requests", f"/hispatial/{IMAGE}"} <= names, names
