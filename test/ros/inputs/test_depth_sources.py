"""Depth from MoGe-2 and fused depth, over the middleware, with a model that knows the desk."""

import io
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from PIL import Image as PillowImage
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from visualization_msgs.msg import MarkerArray

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.camera.rays import rays
from hispatial_ros.demo import DESK
from hispatial_ros.errors import ErrorCode
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.moge.estimator import Estimator
from hispatial_ros.moge.model_file import model_hash
from hispatial_ros.msg import SpatialAnswer, WatchEvent, WatchSpec
from hispatial_ros.ros.outputs.conversions import duration_to_msg, time_to_msg, time_to_ns
from hispatial_ros.ros.outputs.images import depth_to_msg
from hispatial_ros.ros.qos import reliable
from hispatial_ros.srv import AskSpatial, Watch
from test.moge import tiny_onnx

FAR = "How far is the globe?"
RGB_ONLY = ("image", "camera_info", "regions")


@pytest.fixture(scope="module")
def truth():
    """The desk's depth [m]; the holes of its sensor lie at 2 m."""
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    return np.where(frame.depth > 0, frame.depth * np.float32(0.001), np.float32(2))


@pytest.fixture(scope="module")
def model(truth, tmp_path_factory) -> Path:
    """A static MoGe-2 file that returns the desk's points, up to scale and shift."""
    camera = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json").camera
    height, width = truth.shape
    x, y = rays(camera, np.arange(width)[None, :], np.arange(height)[:, None])
    points = np.stack([x * truth, y * truth, truth - 0.2], -1) / 1.25
    path = tmp_path_factory.mktemp("model") / "desk.onnx"
    return tiny_onnx.save(path, points, np.ones(truth.shape), scale=1.25)


@pytest.fixture(scope="module")
def expected() -> float:
    """The distance that is measured with the sensor's depth."""
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    return answer_measured(FAR, frame, load_regions(DESK / "regions.json")).values[0]


@pytest.fixture
def inferences(monkeypatch):
    """Sizes of the images that the network saw."""
    seen = []
    real = Estimator.estimate

    def estimate(self, rgb, camera=None):
        seen.append((rgb.shape, camera))
        return real(self, rgb, camera)

    monkeypatch.setattr(Estimator, "estimate", estimate)
    return seen


def distance(response):
    assert response.error_code == 0, response.error_msg
    return response.answer.values[0]


def image_of(msg):
    assert msg.encoding == "32FC1"
    return np.frombuffer(msg.data, np.float32).reshape(msg.height, msg.width)


def status(message, component):
    return next(s for s in message.status if s.name.endswith(f": {component}"))


def values(message, component):
    return {pair.key: pair.value for pair in status(message, component).values}


def test_rgb_only(make_graph, ros, model, truth, expected, inferences):
    graph = make_graph(**{"moge.model": str(model)})
    inferences.clear()  # the warm-up
    graph.show(topics=RGB_ONLY)
    markers = graph.listen(MarkerArray, "hispatial/markers")
    clouds = graph.listen(PointCloud2, "hispatial/points", reliable(1))
    assert not inferences
    response = graph.ask(FAR)
    # The same depth, but trusted less: the distance agrees within what is stated.
    stddev = response.answer.values_stddev[0]
    assert distance(response) == pytest.approx(expected, abs=2 * stddev)
    assert any("estimated by MoGe-2" in note for note in response.answer.notes)
    assert any("nothing has arrived on '/depth'" in note for note in response.answer.notes)
    assert "depth" in [stage.stage for stage in response.answer.timing]
    # A whole frame may be scaled wrongly, and that shows.
    assert response.answer.values_stddev[0] > 0.03 * expected
    measured = graph.measure()
    assert len(measured.objects) == len(graph.regions)
    assert measured.objects[0].header.stamp == graph.messages["image"].header.stamp
    ros.wait_until(lambda: markers and clouds, "markers and cloud")
    assert clouds[-1].width > 0.9 * truth.size
    # However many ask, and for whatever.
    depths = graph.listen(Image, "hispatial/depth", reliable(1))
    infos = graph.listen(CameraInfo, "hispatial/camera_info", reliable(1))
    ros.wait_until(lambda: depths and infos, "the depth image")
    np.testing.assert_allclose(image_of(depths[-1]), truth, rtol=1e-3)
    assert depths[-1].header == infos[-1].header == graph.messages["image"].header
    assert list(infos[-1].k) == list(graph.messages["camera_info"].k)
    assert len(inferences) == 1
    diagnostics = graph.listen(DiagnosticArray, "/diagnostics")
    ros.wait_until(lambda: diagnostics, "diagnostics")
    assert "ONNX Runtime" in values(diagnostics[-1], "depth model")["engine"]
    assert values(diagnostics[-1], "depth model")["inferences"] == "1"
    assert float(values(diagnostics[-1], "depth model")["last inference [ms]"]) > 0
    assert status(diagnostics[-1], "depth").level == status(diagnostics[-1], "depth").OK


def test_a_camera_without_calibration(make_graph, ros, model, truth):
    graph = make_graph(**{"moge.model": str(model)})
    infos = graph.listen(CameraInfo, "hispatial/camera_info", reliable(1))
    graph.show(topics=("image", "regions"))
    response = graph.ask(FAR)
    assert distance(response) > 0
    assert any("focal length: estimated" in note for note in response.answer.notes)
    depths = graph.listen(Image, "hispatial/depth", reliable(1))
    ros.wait_until(lambda: depths and infos, "depth with a calibration")
    camera = graph.frame.camera
    assert infos[-1].k[0] == pytest.approx(camera.fx, rel=0.1)
    assert infos[-1].header.frame_id == camera.frame_id


def test_auto_follows_the_sensor(make_graph, model, inferences):
    graph = make_graph(**{"moge.model": str(model), "max_frame_age": 1.5})
    inferences.clear()
    graph.show()
    assert "MoGe" not in " ".join(graph.ask(FAR).answer.notes)
    assert not inferences
    time.sleep(1.6)
    graph.show(topics=RGB_ONLY)
    publish_image(graph)
    assert "MoGe" in " ".join(ask_until_answered(graph).answer.notes)
    assert inferences
    graph.show()
    assert "MoGe" not in " ".join(ask_until_answered(graph).answer.notes)


def in_tenths_of_a_millimetre(graph):
    """Without anything of a known size in view."""
    graph.messages["regions"].regions = [
        region for region in graph.messages["regions"].regions if region.label == "globe"
    ]
    depth = (graph.frame.depth.astype(float) * 10).clip(0, 65535)
    graph.messages["depth"] = depth_to_msg(depth.astype(np.uint16))


def test_a_model_finds_depth_in_another_unit(make_graph, ros, model, inferences):
    """Idle otherwise, it looks once, beside the first answer."""
    graph = make_graph(**{"moge.model": str(model)})
    inferences.clear()
    in_tenths_of_a_millimetre(graph)
    graph.show()
    assert "depth_unit" in " ".join(graph.ask(FAR).answer.notes)
    ros.wait_until(lambda: inferences, "a look of the model")
    ros.wait_until(lambda: graph.ask(FAR).error_code, "a refusal")
    response = graph.ask(FAR)
    assert response.error_code == ErrorCode.BAD_CALIBRATION
    assert "times what MoGe-2 estimates" in response.error_msg
    assert "steps of 0.0001 m instead of 0.001 m" in response.error_msg
    assert len(inferences) == 1


def test_a_model_confirms_the_unit(make_graph, ros, model, inferences):
    graph = make_graph(**{"moge.model": str(model)})
    inferences.clear()
    graph.messages["regions"].regions = [
        region for region in graph.messages["regions"].regions if region.label == "globe"
    ]
    graph.show()
    assert any("ask again" in note for note in graph.ask(FAR).answer.notes)
    ros.wait_until(
        lambda: not any("unit" in note for note in graph.ask(FAR).answer.notes), "no more notes"
    )
    assert len(inferences) == 1


def test_fused_depth_in_another_unit_is_refused_at_once(make_graph, model):
    graph = make_graph(**{"moge.model": str(model), "depth_source": "fused"})
    in_tenths_of_a_millimetre(graph)
    graph.show()
    response = graph.ask(FAR)
    assert response.error_code == ErrorCode.BAD_CALIBRATION
    assert "steps of 0.0001 m instead of 0.001 m" in response.error_msg


def publish_image(graph, topics=RGB_ONLY):
    stamp = time_to_msg(time_to_ns(graph.peer.get_clock().now().to_msg()))
    for topic in topics:
        graph.messages[topic].header.stamp = stamp
        graph.publishers[topic].publish(graph.messages[topic])


def ask_until_answered(graph):
    response = graph.ask(FAR)
    assert response.error_code == 0, response.error_msg
    return response


def test_fused_fills_holes_and_keeps_the_rest(make_graph, ros, model, truth, inferences):
    graph = make_graph(**{"moge.model": str(model), "depth_source": "fused"})
    inferences.clear()
    holed = graph.frame.depth.copy()
    globe = next(r for r in graph.regions if r.label == "globe")
    x0, y0, x1, y1 = (round(c) for c in globe.box)
    holed[y0:y1, x0:x1] = 0
    graph.messages["depth"] = depth_to_msg(holed)
    graph.show()
    depths = graph.listen(Image, "hispatial/depth", reliable(1))
    response = graph.ask(FAR)
    note = next(n for n in response.answer.notes if n.startswith("depth:"))
    assert "filled by MoGe-2" in note
    ros.wait_until(lambda: depths, "the depth image")
    published = image_of(depths[-1])
    known = holed > 0
    np.testing.assert_array_equal(published[known], holed[known] * np.float32(0.001))
    hole = np.zeros(known.shape, bool)
    hole[y0:y1, x0:x1] = graph.frame.depth[y0:y1, x0:x1] > 0
    error = np.abs(published[hole] / truth[hole] - 1)
    assert np.median(error) < 0.03
    assert len(inferences) == 1
    diagnostics = graph.listen(DiagnosticArray, "/diagnostics")
    ros.wait_until(lambda: diagnostics, "diagnostics")
    share = values(diagnostics[-1], "depth model")["filled in the last fused image [%]"]
    assert float(share) == pytest.approx(100 * np.mean(~known), abs=1)


def test_fused_without_the_sensor_says_so(make_graph, model):
    graph = make_graph(**{"moge.model": str(model), "depth_source": "fused"})
    graph.show(topics=RGB_ONLY)
    notes = graph.ask(FAR).answer.notes
    assert any("the sensor's depth is not used" in note for note in notes)


def test_a_broken_model_leaves_the_sensor_in_auto(make_graph, ros, tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    graph = make_graph(**{"moge.model": str(broken)})
    stamp = graph.show(topics=RGB_ONLY)
    response = graph.ask(FAR)
    assert response.error_code == ErrorCode.NO_DEPTH
    assert "broken.onnx" in response.error_msg
    graph.show(stamp, topics=("depth",))
    assert distance(graph.ask(FAR)) > 0
    diagnostics = graph.listen(DiagnosticArray, "/diagnostics")
    ros.wait_until(lambda: diagnostics, "diagnostics")
    reported = status(diagnostics[-1], "depth model")
    assert reported.level == reported.ERROR
    assert "broken.onnx" in reported.message


def test_only_the_model_that_was_meant_is_loaded(make_graph, capfd, model):
    options = {"moge.model": str(model), "depth_source": "moge", "moge.sha256": model_hash(model)}
    assert make_graph(**options).node.state == "active"
    assert options["moge.sha256"] in capfd.readouterr().err
    options["moge.sha256"] = "0" * 64
    assert make_graph(**options).node.state == "unconfigured"
    assert "moge.sha256" in capfd.readouterr().err


@pytest.mark.parametrize("source", ["moge", "fused"])
def test_a_missing_model_fails_to_configure_where_it_is_needed(make_graph, capfd, source):
    graph = make_graph(**{"moge.model": "/nowhere/model.onnx", "depth_source": source})
    assert graph.node.state == "unconfigured"
    assert "/nowhere/model.onnx" in capfd.readouterr().err


def test_a_source_without_a_model_is_refused_with_advice(make_graph):
    graph = make_graph()
    graph.show()
    graph.robot.executor.create_task(
        lambda: graph.node.set_parameters([Parameter("depth_source", value="moge")])
    )
    deadline = time.monotonic() + 5
    while (response := graph.ask(FAR)).error_code == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert response.error_code == ErrorCode.BACKEND_UNAVAILABLE
    assert "moge.model" in response.error_msg


def test_a_long_inference_holds_up_only_who_needs_it(make_graph, ros, model, monkeypatch):
    entered, release = threading.Event(), threading.Event()
    graph = make_graph(**{"moge.model": str(model), "request_timeout": 0.5})
    real = Estimator.estimate

    def slow(self, rgb, camera=None):
        entered.set()
        assert release.wait(20)
        return real(self, rgb, camera)

    monkeypatch.setattr(Estimator, "estimate", slow)
    try:
        only_rgb = graph.show(topics=RGB_ONLY)
        waiting = graph.ask_client.call_async(request(time_to_msg(only_rgb)))
        assert entered.wait(10)
        full = graph.show(only_rgb + 200_000_000, topics=("image", "depth"))
        measured = graph.measure(
            stamp=time_to_msg(full),
            regions=graph.messages["regions"].regions[:1],
            timeout=duration_to_msg(10.0),
        )
        assert measured.error_code == 0, measured.error_msg
        assert graph.result(waiting).error_code == ErrorCode.TIMEOUT
    finally:
        release.set()
    # What was computed meanwhile is not lost.
    monkeypatch.setattr(Estimator, "estimate", real)
    response = graph.ask(FAR, stamp=time_to_msg(only_rgb))
    assert "MoGe" in " ".join(response.answer.notes)


def test_all_who_wait_for_the_newest_image_share_an_inference(make_graph, model, monkeypatch):
    entered, release = threading.Event(), threading.Event()
    graph = make_graph(**{"moge.model": str(model), "request_timeout": 20.0})
    seen = []
    real = Estimator.estimate

    def slow(self, rgb, camera=None):
        seen.append(camera)
        entered.set()
        assert release.wait(20)
        return real(self, rgb, camera)

    monkeypatch.setattr(Estimator, "estimate", slow)
    try:
        first = graph.show(topics=RGB_ONLY)
        futures = [graph.ask_client.call_async(request(time_to_msg(0)))]
        assert entered.wait(10)
        futures += [graph.ask_client.call_async(request(time_to_msg(0))) for _ in range(8)]
        newest = graph.show(first + 200_000_000, topics=RGB_ONLY)
    finally:
        release.set()
    stamps = [time_to_ns(graph.result(f).answer.header.stamp) for f in futures]
    assert stamps[0] == first
    assert set(stamps[1:]) == {newest}
    assert len(seen) == 2


def test_cleanup_frees_the_model(make_graph, ros, model, monkeypatch):
    closed = []
    real = Estimator.close
    monkeypatch.setattr(Estimator, "close", lambda self: closed.append(self) or real(self))
    graph = make_graph(**{"moge.model": str(model)})
    assert graph.node.depth.model is not None
    graph.robot.executor.create_task(graph.node.trigger_deactivate)
    ros.wait_until(lambda: graph.node.state == "inactive", "deactivation")
    assert not closed
    graph.robot.executor.create_task(graph.node.trigger_cleanup)
    ros.wait_until(lambda: graph.node.state == "unconfigured", "cleanup")
    assert len(closed) == 1
    assert graph.node.depth.model is None


@pytest.mark.parametrize("depth_transport", ["compressedDepth", "compressed"])
def test_compressed_inputs(make_graph, expected, depth_transport):
    graph = make_graph(image_transport="compressed", depth_transport=depth_transport)
    topics = {"image": "image/compressed", "depth": f"depth/{depth_transport}"}
    assert graph.node.inputs.topics()["camera_info"] == "/camera_info"
    header = b"" if depth_transport == "compressed" else bytes(12)
    messages = {
        "image": CompressedImage(format="rgb8; png compressed", data=png(graph.frame.rgb)),
        "depth": CompressedImage(
            format=f"16UC1; {depth_transport} png", data=header + png(graph.frame.depth)
        ),
    }
    for name, topic in topics.items():
        graph.messages[name] = messages[name]
        graph.publishers[name] = graph.peer.create_publisher(CompressedImage, topic, reliable(5))
    graph.show()
    assert distance(graph.ask(FAR)) == pytest.approx(expected)


def png(pixels):
    file = io.BytesIO()
    PillowImage.fromarray(pixels).save(file, "png", compress_level=1)
    return file.getvalue()


def request(stamp):
    return AskSpatial.Request(question=FAR, stamp=stamp)


def test_watches_work_without_a_depth_sensor(make_graph, ros, model, expected, inferences):
    graph = make_graph(**{"moge.model": str(model), "watch.confirm": 1})
    answers = graph.listen(SpatialAnswer, "hispatial/answers")
    events = graph.listen(WatchEvent, "hispatial/watch_events")
    client = graph.peer.create_client(Watch, "hispatial/watch")
    for condition in ("globe closer than 4 m", "blue mug closer than 4 m"):
        spec = WatchSpec(condition=condition, rate=10.0)
        added = graph.call(client, Watch.Request(command=Watch.Request.ADD, spec=spec))
        assert added.error_code == 0, added.error_msg
    inferences.clear()  # the warm-up
    stamp = graph.show(topics=RGB_ONLY)
    ros.wait_until(lambda: len(answers) == len(events) == 2, "two answers and events")
    assert {time_to_ns(answer.header.stamp) for answer in answers} == {stamp}
    assert answers[0].values[0] == pytest.approx(expected, abs=2 * answers[0].values_stddev[0])
    assert any("MoGe-2" in note for note in answers[0].notes)
    assert len(inferences) == 1
