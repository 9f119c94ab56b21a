"""Recordings of a real node, opened by the libraries that others use."""

import os
import resource
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rosbags.highlevel import AnyReader

from hispatial_ros.bag.reader import BagReader
from hispatial_ros.bag.recording import Recording
from hispatial_ros.bag.writer import StorageFull
from hispatial_ros.msg import WatchSpec
from hispatial_ros.ros.outputs.conversions import time_to_ns
from hispatial_ros.ros.tools.recorder import Recorder
from hispatial_ros.srv import Watch

FAR = "How far is the globe?"
FRAME = ("image", "depth", "camera_info")
CLI = "import sys; from hispatial_ros.cli.main import main; sys.exit(main())"


def wait_for_matches(graph, ros):
    """Until the node knows who records."""
    names = ["/hispatial/requests", *(f"/hispatial/answered/{name}" for name in FRAME)]
    for publisher in (p for p in graph.node.publishers if p.topic_name in names):
        ros.wait_until(publisher.get_subscription_count, f"match of {publisher.topic_name}")


class Recorded:
    """A recorder that runs in a thread, and the file it has written once stopped."""

    def __init__(self, graph, ros, path, **options):
        self._ros = ros
        self.path = path
        self.lines = []
        self.error = None
        self._recording = Recording(path, reserve=0)
        self._recorder = Recorder(
            "/hispatial", self._recording, say=self.lines.append, domain_id=graph.domain, **options
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        wait_for_matches(graph, ros)

    def _run(self):
        try:
            self._recorder.run(self._stop.is_set)
        except OSError as error:
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
    (image,), (depth,), (info,) = (of(messages, f"answered/{name}") for name in FRAME)
    assert bytes(image.data) == desk.frame.rgb.tobytes()
    assert bytes(depth.data) == desk.frame.depth.tobytes()
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
    assert not of(messages, "answered/image")


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
        decoded = make_reader(file, decoder_factories=[DecoderFactory()]).iter_decoded_messages(
            topics=["/hispatial/answered/image"]
        )
        ((schema, _, _, image),) = decoded
    assert schema.name == "sensor_msgs/msg/Image"
    pixels = np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 3)
    np.testing.assert_array_equal(pixels, desk.frame.rgb)


def test_rerun_sees_image_depth_and_camera(desk, recorded, tmp_path):
    pytest.importorskip("rerun")
    desk.ask(FAR)
    recorded.wait_for(requests=1, **{f"answered/{name}": 1 for name in FRAME})
    recorded.stop()
    rrd = tmp_path / "desk.rrd"
    rerun = [sys.executable, "-m", "rerun"]
    subprocess.run([*rerun, "mcap", "convert", recorded.path, "-o", rrd], check=True)
    printed = subprocess.run(
        [*rerun, "rrd", "print", "-v", rrd], check=True, capture_output=True, text=True
    ).stdout
    for name, kind in (("image", "Image"), ("depth", "DepthImage"), ("camera_info", "Pinhole")):
        assert f"/hispatial/answered/{name}@{kind}:" in printed


def test_everything_means_the_inputs_too(desk, ros, tmp_path):
    recorder = Recorded(desk, ros, tmp_path / "all.mcap", everything=True)
    desk.ask(FAR)
    recorder.wait_for(requests=1, points=1, annotated_image=1)
    messages = recorder.stop()
    assert {"/hispatial/points", "/hispatial/annotated_image"} <= {t for t, _ in messages}
    assert {"recording /image", "recording /regions"} <= set(recorder.lines)


def test_one_that_comes_later_gets_the_frame_as_well(desk, ros, tmp_path):
    for name in ("first", "second"):
        recorder = Recorded(desk, ros, tmp_path / f"{name}.mcap")
        desk.ask(FAR)
        recorder.wait_for(**{"requests": 1, "answered/image": 1})
        assert len(of(recorder.stop(), "answered/image")) == 1


def test_watches_are_recorded_with_what_they_saw(make_graph, ros, tmp_path):
    graph = make_graph(**{"watch.confirm": 1})
    graph.show()
    recorder = Recorded(graph, ros, tmp_path / "watch.mcap")
    spec = WatchSpec(name="near", question="purple chair closer than 1.8 m")
    request = Watch.Request(command=Watch.Request.ADD, spec=spec)
    watch_client = graph.peer.create_client(Watch, "hispatial/watch")
    assert graph.call(watch_client, request).error_code == 0
    stamp = graph.show(time_to_ns(graph.messages["image"].header.stamp) + 10**9)
    recorder.wait_for(**{"watch_events": 1, "answered/image": 1, "answered/depth": 1})
    messages = recorder.stop()
    (event, *_) = of(messages, "watch_events")
    assert event.watch == "near"
    seen = {time_to_ns(image.header.stamp) for image in of(messages, "answered/image")}
    assert stamp in seen
    assert {time_to_ns(event.header.stamp) for event in of(messages, "watch_events")} <= seen


def test_a_full_disk_stops_it_and_the_file_is_whole(desk, ros, tmp_path):
    recorder = Recorded(desk, ros, tmp_path / "full.mcap")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    desk.ask(FAR)
    recorder.wait_for(requests=1)
    size = recorder._recording.present.stat().st_size
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
    wanted = {"/hispatial/requests", *(f"/hispatial/answered/{name}" for name in FRAME)}
    ros.wait_until(
        lambda: {entry.topic for entry in BagReader(partial).entries()} >= wanted,
        "request and frame in the file that is being written",
    )
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert "1 requests, 1 images" in out
    assert [p.name for p in tmp_path.iterdir()] == ["a.mcap"]


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
    assert {"/hispatial/requests", "/hispatial/answered/image"} <= names, names
