"""Every parameter that a running node accepts takes effect, seen from outside where it can be."""

from operator import attrgetter
from types import SimpleNamespace

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from sensor_msgs.msg import PointCloud2
from visualization_msgs.msg import Marker, MarkerArray

from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.conversions import duration_to_msg
from hispatial_ros.settings.settings import BY_NAME, TABLE
from hispatial_ros.watch.hysteresis import Band
from test.moge import tiny_onnx

FAR = "How far is the globe?"
# Parameters of the intake.
INTAKE = {
    "sync.slop": 0.2,
    "sync.regions_slop": 0.3,
    "sync.history": 2.5,
    "max_frame_age": 7.0,
    "max_future": 0.25,
    "max_image_pixels": 1_000_000,
    "max_buffer_bytes": 2_000_000,
    "max_regions": 17,
    "max_outline_points": 99,
    "image_geometry": "rectified",
}
# Noise parameters, with values that have to be seen in the standard deviations of an answer.
DEPTH_NOISE = {"a": 0.5, "b": 0.5, "c": 50.0, "relative": 0.3, "scale": 0.4}
MOGE_NOISE = {"relative": 0.3, "scale": 0.4}
WATCHES = {
    "watch.max_watches": 5,
    "watch.max_rate": 3.0,
    "watch.sigmas": 3.0,
    "watch.margin": 0.5,
    "watch.confirm": 7,
    "watch.lost_after": 9.0,
}
READ_WHEN_NEEDED = {
    "detector.rate": 3.0,
    "tracking.frame": "elsewhere",
    "tracking.coast": 3.5,
    "tracking.confirm": 4,
    "tracking.max_objects": 5,
    "publish_rate": 2.0,
    "relations.confidence": 0.7,
    "relations.hysteresis": 0.1,
    "watch.record_rate": 1.5,
}
MODEL = {
    "model.prefer": ("prefer", "model"),
    "model.tight": ("tight", 0.33),
    "model.relative_stddev": ("model_relative_stddev", 0.44),
}


@pytest.fixture(scope="module")
def graph(make_lasting_graph):
    graph = make_lasting_graph()
    graph.client = graph.peer.create_client(SetParameters, "hispatial/set_parameters")
    graph.show()
    return graph


@pytest.fixture(scope="module")
def guessing(make_lasting_graph, tmp_path_factory):
    """A node whose depth is a model's: a slanted wall."""
    points = np.zeros((480, 640, 3))
    points[..., 0], points[..., 1] = np.meshgrid(np.linspace(-1, 1, 640), np.linspace(-1, 1, 480))
    points[..., 2] = 2 + points[..., 0]
    path = tmp_path_factory.mktemp("model") / "wall.onnx"
    tiny_onnx.save(path, points, np.ones((480, 640)), scale=1.0)
    graph = make_lasting_graph(**{"moge.model": str(path), "depth_source": "moge"})
    graph.client = graph.peer.create_client(SetParameters, "hispatial/set_parameters")
    graph.show()
    return graph


@pytest.fixture
def change(request):
    """Sets a parameter through its service, and back after the test."""
    changed = {}

    def change(graph, name, value):
        changed.setdefault(
            (id(graph), name), (graph, attrgetter(name)(graph.node.settings.current))
        )
        send(graph, name, value)

    yield change
    for (_, name), (graph, value) in changed.items():
        send(graph, name, value)


def send(graph, name, value):
    message = Parameter(name, value=value).to_parameter_msg()
    (result,) = graph.call(graph.client, SetParameters.Request(parameters=[message])).results
    assert result.successful, result.reason


def stddev(graph):
    response = graph.ask(FAR)
    assert response.error_code == 0, response.error_msg
    return response.answer.values_stddev[0]


@pytest.mark.parametrize("name", INTAKE)
def test_intake(graph, change, name):
    graph.show()
    change(graph, name, INTAKE[name])
    assert attrgetter(name)(graph.node.buffer.settings) == INTAKE[name]
    assert graph.node.buffer.newest_stamp is None  # it started anew


@pytest.mark.parametrize("name", DEPTH_NOISE)
def test_depth_noise(graph, change, name):
    graph.show()
    before = stddev(graph)
    change(graph, f"depth_noise.{name}", DEPTH_NOISE[name])
    assert stddev(graph) != before


@pytest.mark.parametrize("name", MOGE_NOISE)
def test_moge_noise(guessing, change, name):
    guessing.show()
    before = stddev(guessing)
    change(guessing, f"moge_noise.{name}", MOGE_NOISE[name])
    assert stddev(guessing) != before


def test_depth_unit(graph, change):
    graph.show()
    before = graph.ask(FAR).answer.values[0]
    change(graph, "depth_unit", 0.0008)
    graph.show()
    assert graph.ask(FAR).answer.values[0] == pytest.approx(0.8 * before, rel=0.02)


def test_tracking_enabled(graph, change):
    graph.show()
    for enabled in (True, False):
        change(graph, "tracking.enabled", enabled)
        stages = {stage.stage for stage in graph.ask(FAR).answer.timing}
        assert ("tracks" in stages) == enabled


@pytest.mark.parametrize("name", READ_WHEN_NEEDED)
def test_what_is_read_whenever_it_is_needed(graph, change, name):
    """These have no copy anywhere: their effect is tested where they are used."""
    change(graph, name, READ_WHEN_NEEDED[name])
    for holder in (graph.node.tracks, graph.node.sight):
        assert attrgetter(name)(holder._settings.current) == READ_WHEN_NEEDED[name]


def test_limits_of_a_request(graph, change):
    graph.show()
    assert graph.ask(FAR).error_code == 0
    change(graph, "max_question_length", 5)
    assert graph.ask(FAR).error_code == ErrorCode.BAD_QUESTION
    change(graph, "max_question_length", 500)
    change(graph, "max_name_length", 3)
    assert graph.ask(FAR, reference_frame="camera").error_code != 0
    change(graph, "max_name_length", 30)
    change(graph, "max_range", 1.0)
    assert graph.ask(FAR).error_code == ErrorCode.NO_VALID_DEPTH
    long = duration_to_msg(100.0)
    assert graph.ask(FAR, timeout=long).error_code == ErrorCode.NO_VALID_DEPTH
    change(graph, "max_request_timeout", 50.0)
    assert graph.ask(FAR, timeout=long).error_code == ErrorCode.BAD_REQUEST


def test_request_timeout(desk, blocked, change):
    desk.client = desk.peer.create_client(SetParameters, "hispatial/set_parameters")
    change(desk, "request_timeout", 0.05)
    assert desk.ask(FAR).error_code == ErrorCode.TIMEOUT


def test_defaults_of_a_request(graph, change):
    graph.show()
    change(graph, "reference_frame", "gravity")
    assert graph.ask(FAR).answer.header.frame_id == "gravity"
    change(graph, "backend", "model")
    assert graph.ask(FAR).error_code == ErrorCode.BACKEND_UNAVAILABLE


def test_queue_size(graph, change):
    change(graph, "queue_size", 3)
    assert graph.node.worker.capacity == 3


def test_depth_source(graph, change):
    graph.show()
    change(graph, "depth_source", "moge")
    assert graph.ask(FAR).error_code == ErrorCode.BACKEND_UNAVAILABLE


def test_depth_rate(graph, change):
    change(graph, "depth_rate", 20.0)
    assert graph.node.depth_stream._timer.timer_period_ns == 50_000_000


def test_points_organized(graph, change, ros):
    clouds = graph.listen(PointCloud2, "hispatial/points")
    graph.show()
    graph.ask(FAR)
    ros.wait_until(lambda: clouds, "a cloud")
    assert clouds[-1].height == 1
    change(graph, "points.organized", True)
    graph.ask(FAR)
    ros.wait_until(lambda: clouds[-1].height > 1, "an organized cloud")


def test_markers_lifetime(graph, change, ros):
    arrays = graph.listen(MarkerArray, "hispatial/markers")
    graph.show()
    assert graph.ask(FAR).error_code == 0
    ros.wait_until(lambda: arrays, "markers")
    change(graph, "markers.lifetime", 0.01)

    def deleted():
        actions = {marker.action for array in arrays for marker in array.markers}
        return actions & {Marker.DELETE, Marker.DELETEALL}

    ros.wait_until(deleted, "markers to be deleted")


@pytest.mark.parametrize("name", MODEL)
def test_weighing_of_the_model(graph, change, name):
    field, value = MODEL[name]
    change(graph, name, value)
    settings = graph.node.backends._models.backend(True, True)._settings
    assert getattr(settings.policy, field) == value


def test_gravity(graph, change, monkeypatch):
    asked = SimpleNamespace(frame="", slop=0)

    def transform(target, source, stamp_ns, slop_ns):
        asked.frame, asked.slop = source, slop_ns
        return np.eye(4)

    gravity = graph.node.gravity
    monkeypatch.setattr(gravity, "_transform", transform)
    change(graph, "gravity.level_frame", "odom")
    change(graph, "gravity.slop", 0.5)
    change(graph, "gravity.stddev", 0.123)
    assert gravity.given("camera", 1).gravity.stddev == 0.123
    assert (asked.frame, asked.slop) == ("odom", 500_000_000)
    assert gravity.given("camera", 1).gravity.floor is None
    change(graph, "gravity.level_frame_is_floor", True)
    assert gravity.given("camera", 1).gravity.floor is not None
    change(graph, "gravity.sources", "none")
    assert gravity.given("camera", 1).gravity is None


def test_watches(graph, change):
    for name, value in WATCHES.items():
        change(graph, name, value)
    collection = graph.node.watches.collection
    assert collection.max_watches == 5
    assert collection.max_rate == 3.0
    assert collection.band == Band(3.0, 0.5, 7, 9.0)


def test_output_frame(graph, change, ros):
    log = graph.log()
    graph.show()
    change(graph, "output_frame", "nowhere")
    assert graph.ask(FAR).error_code == 0
    ros.wait_until(
        lambda: any("'nowhere'" in line.msg for line in log),
        "the log to say that TF does not know the frame",
    )


def test_target(graph, change, ros):
    targets = graph.listen(PoseStamped, "hispatial/target")
    graph.show()
    assert graph.ask("Go to the globe.").error_code == 0
    ros.wait_until(lambda: targets, "a target")
    change(graph, "target.stand_off", 1.2)
    assert graph.ask("Go to the globe.").error_code == 0
    ros.wait_until(lambda: len(targets) == 2, "another target")
    near, far = ((t.pose.position.x, t.pose.position.z) for t in targets)
    assert np.hypot(near[0] - far[0], near[1] - far[1]) == pytest.approx(0.5, abs=0.1)
    assert graph.node.outputs._asked_for(SimpleNamespace(requested=True))
    change(graph, "target.questions", "none")
    assert not graph.node.outputs._asked_for(SimpleNamespace(requested=True))


def test_every_parameter_that_may_change_is_tested():
    """A new one: test above that it takes effect at once, or declare it read_only."""
    with open(__file__) as file:
        text = file.read()
    noise = {f"depth_noise.{n}" for n in DEPTH_NOISE} | {f"moge_noise.{n}" for n in MOGE_NOISE}
    untested = {
        parameter.name
        for parameter in TABLE
        if not parameter.read_only and f'"{parameter.name}"' not in text
    }
    assert untested <= noise
    assert noise <= BY_NAME.keys()
