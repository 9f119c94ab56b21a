"""What a real node has answered comes out again offline, and what has changed shows."""

import json
import subprocess
import sys
import threading
from contextlib import contextmanager

import cv2
import numpy as np
import pytest
from mcap_ros2._dynamic import serialize_dynamic
from sensor_msgs.msg import CompressedImage

from hispatial_ros.bag.reader import BagReader
from hispatial_ros.bag.recording import Limits, Recording
from hispatial_ros.bag.writer import BagWriter
from hispatial_ros.cli.main import main
from hispatial_ros.demo.questions import QUESTIONS
from hispatial_ros.errors import ErrorCode
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.ros.outputs.conversions import duration_to_msg, time_to_ns
from hispatial_ros.ros.qos import reliable
from hispatial_ros.ros.tools.recorder import Recorder
from test.moge import tiny_onnx

HIDE_ROS = """
import sys
class Hider:
    def find_spec(self, name, path=None, target=None):
        hidden = name.endswith(("_msgs", "_interfaces")) or name in (
            "rclpy", "hispatial_ros.msg", "hispatial_ros.srv", "hispatial_ros.action")
        if hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hider())
from hispatial_ros.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
REFERENCE = ReferenceFrame.body(
    "base", np.array([[0, 0, 1.0], [-1, 0, 0], [0, -1, 0]]), np.array([0.1, 0.2, 1.0])
)


@pytest.fixture(scope="module")
def asked(make_lasting_graph):
    """A node that has seen the desk at two stamps, and what was recorded while it was asked."""
    graph = make_lasting_graph()
    graph.show()
    return graph


@pytest.fixture(scope="module")
def recording(asked, tmp_path_factory):
    """Every question of the demo, errors, measurements, two images, several reference frames."""
    path = tmp_path_factory.mktemp("recording") / "desk.mcap"
    graph = asked
    count = len(QUESTIONS) + 8
    with recorded(graph, path, count, Limits(max_bytes=700_000)) as files:
        _ask_everything(graph)
    finished = list(files.finished)
    while not _has_requests(finished[-1]):  # what came after them filled a file of its own
        finished.pop()
    return finished


def _has_requests(path):
    return any(BagReader(path).entries(lambda topic: topic.endswith("/requests")))


@contextmanager
def recorded(graph, path, requests, limits=Limits(), images="png"):  # noqa: B008 - frozen
    """Records what happens within, until so many requests have been recorded."""
    stop = threading.Event()
    files = Recording(path, limits, reserve=0)
    recorder = Recorder("/hispatial", files, domain_id=graph.domain, images=images)
    thread = threading.Thread(target=recorder.run, args=(stop.is_set,))
    thread.start()
    for publisher in graph.node.publishers:
        if "/answered/" in publisher.topic_name or publisher.topic_name.endswith("/requests"):
            _wait(publisher.get_subscription_count)
    yield files
    _wait(lambda: files.counts.get("/hispatial/requests") == requests)
    stop.set()
    thread.join()
    recorder.close()
    files.finish()


def _ask_everything(graph):
    resolve = graph.node.references.resolve

    def pretend(name, *more):
        return REFERENCE if name == "base" else resolve(name, *more)

    graph.node.references.resolve = pretend
    for question in QUESTIONS:
        graph.ask(question)
    graph.ask("")
    graph.ask("How far is the zebra?")
    graph.ask("colourless green ideas")
    graph.show(time_to_ns(graph.messages["image"].header.stamp) + 10**9)
    for frame in ("gravity", "base"):
        assert graph.ask("Where is the globe?", reference_frame=frame).error_code == 0
        assert graph.measure(reference_frame=frame).error_code == 0
    graph.measure(skip_relations=True)


def _wait(condition):
    from time import monotonic, sleep

    end = monotonic() + 20
    while not condition():
        assert monotonic() < end
        sleep(0.01)


def run(capsys, *arguments):
    status = main(["replay", "--json", *map(str, arguments)])
    return status, json.loads(capsys.readouterr().out)


def test_everything_comes_out_the_same(recording, capsys):
    status, found = run(capsys, *recording, "--tolerance", "1e-9", "--sigmas", "0")
    assert [r["differences"] for r in found["requests"] if r["differences"]] == []
    assert (status, found["different"], found["skipped"], found["losses"]) == (0, 0, 1, [])
    assert found["same"] == len(QUESTIONS) + 7
    (skipped,) = [r for r in found["requests"] if r["status"] == "skipped"]
    assert "before an image" in skipped["skipped"]
    codes = {r["question"]: r["now"]["error_code"] for r in found["requests"] if r["now"]}
    assert codes["How far is the zebra?"] == ErrorCode.UNKNOWN_OBJECT
    assert codes["colourless green ideas"] == ErrorCode.QUESTION_NOT_UNDERSTOOD


def test_what_is_lost_is_said_and_the_rest_comes_out_the_same(make_graph, tmp_path, capsys):
    graph = make_graph()
    graph.show()
    with recorded(graph, tmp_path / "a.mcap", 1, images="jpeg") as files:
        assert graph.ask("Where is the globe?").error_code == 0
    exact = ["--tolerance", "1e-9", "--sigmas", "0"]
    status = main(["replay", *map(str, files.finished), *exact])
    shown = capsys.readouterr()
    assert (status, shown.out.strip()) == (0, "1 same, 0 different, 0 skipped")
    assert "image kept as JPEG of quality 90" in shown.err
    status, found = run(capsys, *files.finished, *exact)
    assert (status, found["losses"]) == (0, ["image kept as JPEG of quality 90"])


def test_the_recording_has_several_files_and_the_last_can_stand_alone(recording, capsys):
    assert len(recording) > 1
    status, found = run(capsys, recording[-1])
    assert status == 0
    assert found["different"] == 0
    assert not [r for r in found["requests"] if "not in the recording" in r["skipped"]]


def test_it_needs_no_ros(recording):
    done = subprocess.run(
        [sys.executable, "-c", HIDE_ROS, "replay", *map(str, recording)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{len(QUESTIONS) + 7} same, 0 different, 1 skipped" in done.stdout


def test_changed_code_shows(recording, capsys, monkeypatch):
    from hispatial_ros.replay import ask

    def shrunken(noise, gravity, max_range):
        return made(noise, gravity, 2.3)

    made = ask.MeasureOptions
    monkeypatch.setattr(ask, "MeasureOptions", shrunken)
    status, found = run(capsys, *recording)
    assert status == 1
    assert found["different"] > 2
    main(["replay", *map(str, recording)])
    out = capsys.readouterr().out
    assert "How far is the yellow" in out.replace("\n", " ") or "ask-" in out
    assert f"{found['different']} different" in out


def rewrite(source, target, change):
    """A copy of a recording with some messages changed (None: left out)."""
    reader, writer = BagReader(source), BagWriter(target, reserve=0)
    known = set()
    for entry in reader.entries():
        text = entry.schema.data.decode()
        if entry.topic not in known:
            known.add(entry.topic)
            writer.add_topic(entry.topic, entry.schema.name, text)
        message = entry.message
        changed = change(entry.topic, reader.decode(entry))
        if changed is not None:
            data = serialize_dynamic(entry.schema.name, text)[entry.schema.name](changed)
            writer.write(entry.topic, bytes(data), message.log_time, message.publish_time)
    return writer.finish()


def test_a_changed_image_shows_as_changed_values(recording, capsys, tmp_path):
    def nearer(topic, message):
        if topic.endswith("/requests"):
            return message
        if "/answered/" not in topic:
            return None
        if topic.endswith("/compressedDepth"):
            depth = cv2.imdecode(np.frombuffer(message.data, np.uint8, offset=12), -1)
            png = cv2.imencode(".png", (depth * 0.9).astype(np.uint16))[1]
            message.data = message.data[:12] + png.tobytes()
        return message

    changed = rewrite(recording[-1], tmp_path / "nearer.mcap", nearer)
    status, found = run(capsys, changed)
    assert status == 1
    measured = [r for r in found["requests"] if r["kind"] == "measure"]
    assert measured
    for request in measured:
        assert any("distance" in d["what"] for d in request["differences"])


def test_a_frame_that_is_lacking_is_said(recording, capsys, tmp_path):
    def without_depth(topic, message):
        keep = topic.endswith(("/requests", "/image/compressed", "/answered/camera_info"))
        return message if keep else None

    status, found = run(capsys, rewrite(recording[-1], tmp_path / "no_depth.mcap", without_depth))
    assert (status, found["same"]) == (1, 0)
    assert {r["skipped"] for r in found["requests"]} >= {"not in the recording: depth"}


def test_an_unfinished_recording_is_replayed_as_far_as_it_goes(recording, capsys, tmp_path):
    cut = tmp_path / "cut.mcap.partial"
    cut.write_bytes(recording[-1].read_bytes()[:-3000])
    assert main(["replay", str(cut)]) == 0
    shown = capsys.readouterr()
    assert "never finished" in shown.err
    assert "0 different" in shown.out


def test_what_is_no_recording_is_refused(tmp_path, capsys):
    nothing = tmp_path / "nothing.mcap"
    assert main(["replay", str(nothing)]) == 1
    assert "not readable" in capsys.readouterr().err
    nothing.write_text("nothing at all, but long enough")
    assert main(["replay", str(nothing)]) == 1
    assert "no MCAP file" in capsys.readouterr().err
    other = BagWriter(tmp_path / "other.mcap", reserve=0)
    assert main(["replay", str(other.finish())]) == 1
    assert "no requests" in capsys.readouterr().err


@pytest.fixture(scope="module")
def moge_model(tmp_path_factory):
    """A static MoGe-2 file that returns a slanted plane before the camera."""
    v, u = np.mgrid[:480, :640].astype(np.float32)
    z = 1.5 + 0.001 * v
    points = np.stack([z * (u - 320) / 535, z * (v - 240) / 539, z - 0.2], -1) / 1.25
    path = tmp_path_factory.mktemp("model") / "plane.onnx"
    return str(tiny_onnx.save(path, points, np.ones(z.shape), scale=1.25))


@pytest.mark.parametrize("source", ["moge", "fused"])
def test_estimated_depth_comes_out_the_same(make_graph, moge_model, tmp_path, capsys, source):
    graph = make_graph(**{"moge.model": moge_model, "depth_source": source})
    graph.show()
    with recorded(graph, tmp_path / "a.mcap", 2) as files:
        assert graph.ask("Where is the globe?", timeout=duration_to_msg(60)).error_code == 0
        assert graph.measure(timeout=duration_to_msg(60)).error_code == 0
    status, found = run(capsys, *files.finished, "--tolerance", "1e-9", "--sigmas", "0")
    assert [r["differences"] for r in found["requests"]] == [[], []]
    assert (status, found["same"]) == (0, 2)


def test_compressed_frames_come_out_the_same(make_graph, tmp_path, capsys):
    graph = make_graph(image_transport="compressed", depth_transport="compressedDepth")
    stamp = graph.peer.get_clock().now().to_msg()
    with recorded(graph, tmp_path / "a.mcap", 1) as files:
        for name, suffix, format, pixels in (
            ("image", "compressed", "rgb8; png compressed rgb8", graph.frame.rgb),
            ("depth", "compressedDepth", "16UC1; compressedDepth png", graph.frame.depth),
        ):
            png = cv2.imencode(".png", pixels[..., ::-1] if pixels.ndim == 3 else pixels)[1]
            header = bytes(12) if name == "depth" else b""
            message = CompressedImage(format=format, data=header + png.tobytes())
            graph.messages[name] = message
            graph.publishers[name] = graph.peer.create_publisher(
                CompressedImage, f"{name}/{suffix}", reliable(5)
            )
        graph.show(time_to_ns(stamp))
        assert graph.ask("Where is the globe?").error_code == 0
    assert files.counts["/hispatial/answered/image/compressed"] == 1
    assert files.counts["/hispatial/answered/depth/compressedDepth"] == 1
    status, found = run(capsys, *files.finished, "--tolerance", "1e-9", "--sigmas", "0")
    assert [r["differences"] for r in found["requests"]] == [[]]
    assert (status, found["same"]) == (0, 1)
