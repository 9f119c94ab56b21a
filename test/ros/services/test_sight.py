"""A camera without a detector: the node sees by itself."""

import re
import threading

import pytest

pytest.importorskip("onnxruntime")

from hispatial_ros.detect.detector import Detector
from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import RegionArray, WatchEvent, WatchSpec
from hispatial_ros.ros.outputs.conversions import region_to_msg
from hispatial_ros.ros.qos import reliable
from hispatial_ros.srv import Watch


@pytest.fixture(scope="module")
def plain(make_lasting_graph):
    """Before a plain RGB-D camera that sees the desk."""
    graph = make_lasting_graph(plain=True)
    graph.show()
    return graph


@pytest.fixture
def count_looks(monkeypatch):
    """The images that the detector looks at, as a list that fills."""
    looks, regions = [], Detector.regions

    def counted(self, frame):
        looks.append(frame.stamp_ns)
        return regions(self, frame)

    monkeypatch.setattr(Detector, "regions", counted)
    return looks


def test_a_plain_camera_can_be_asked(plain):
    response = plain.ask("How far is the nearest bottle from the nearest chair?")
    assert response.error_code == ErrorCode.NONE, response.error_msg
    answer = response.answer
    assert sorted(o.label for o in answer.objects) == ["bottle", "chair"]
    assert all(0.4 <= o.score == o.region.score <= 1 for o in answer.objects)
    assert "regions: from the built-in detector" in answer.notes
    # Half a metre to a few metres, on a desk.
    assert 0.1 < answer.values[0] < 3
    assert answer.values_stddev[0] < 0.5


def test_a_low_score_is_said(plain):
    answer = plain.ask("How far is the book?").answer
    assert 0 < answer.objects[0].score < 0.5
    assert any(note.startswith("the detector is not sure of: book (0.4") for note in answer.notes)


def test_everything_in_view_is_measured(plain):
    response = plain.measure()
    assert {"bottle", "chair", "book"} <= {o.label for o in response.objects}
    assert "regions: from the built-in detector" in response.notes


def test_one_look_at_an_image_however_many_ask(plain, count_looks):
    plain.show()
    futures = [
        plain.ask_client.call_async(plain.ask_client.srv_type.Request(question=question))
        for question in ["How many bottles are there?"] * 5
    ]
    answers = {plain.result(future).answer.text for future in futures}
    assert len(answers) == 1
    assert len(count_looks) == len(set(count_looks)) <= 1


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("How far is the globe?", "'globe': none of the 80 classes .* open-vocabulary"),
        ("How far is the elephant?", "'elephant': the built-in detector sees none in this image"),
    ],
)
def test_what_it_does_not_see_is_explained(plain, question, says):
    response = plain.ask(question)
    assert response.error_code == ErrorCode.UNKNOWN_OBJECT
    assert re.search(says, response.error_msg)


def test_a_pixel_needs_no_look(plain, count_looks):
    plain.show()
    assert plain.ask("How far is the pixel (320, 240)?").error_code == ErrorCode.NONE
    assert not count_looks


def test_a_detector_that_hangs_keeps_nobody_from_measuring(make_graph, monkeypatch, ros):
    release, began = threading.Event(), threading.Event()

    def hang(self, frame):
        began.set()
        release.wait(60)
        return []

    monkeypatch.setattr(Detector, "regions", hang)
    graph = make_graph(plain=True, request_timeout=0.5)
    graph.show()

    def hangs():
        assert graph.ask("How far is the chair?").error_code == ErrorCode.TIMEOUT
        return began.is_set()  # a busy machine may be late to begin

    ros.wait_until(hangs, "a look that began in time")
    regions = [region_to_msg(region) for region in graph.regions]
    assert graph.ask("How far is the globe?", regions=regions).error_code == ErrorCode.NONE
    assert graph.ask("How far is the pixel (320, 240)?").error_code == ErrorCode.NONE
    release.set()


def test_a_detector_that_fails_is_told(make_graph, monkeypatch, ros):
    def fail(self, frame):
        raise RuntimeError("no weights today")

    monkeypatch.setattr(Detector, "regions", fail)
    graph = make_graph(plain=True)
    graph.show()
    response = graph.ask("How far is the chair?")
    assert response.error_code == ErrorCode.INTERNAL
    assert "no weights today" in response.error_msg
    assert graph.node.sight.state == "no weights today"
    assert not graph.node.sight.is_well


def test_whoever_publishes_regions_is_believed(make_graph, count_looks, ros):
    graph = make_graph(plain=True)
    graph.show()
    publisher = graph.peer.create_publisher(RegionArray, "regions", reliable(5))
    ros.wait_until(publisher.get_subscription_count, "a subscription")
    response = graph.ask("How far is the chair?")
    assert response.error_code == ErrorCode.UNKNOWN_OBJECT
    assert "built-in" not in response.error_msg
    assert not count_looks


def test_it_can_be_turned_off(make_graph, count_looks):
    graph = make_graph(plain=True, **{"detector.model": ""})
    graph.show()
    assert graph.ask("How far is the chair?").error_code == ErrorCode.UNKNOWN_OBJECT
    assert graph.measure().error_code == ErrorCode.NO_REGIONS
    assert not count_looks


def test_watches_see_by_themselves(make_graph, ros):
    graph = make_graph(plain=True)
    events = graph.listen(WatchEvent, "hispatial/watch_events")
    client = graph.peer.create_client(Watch, "hispatial/watch")
    spec = WatchSpec(name="seat", condition="any chair closer than 5 m")
    assert graph.call(client, Watch.Request(command=Watch.Request.ADD, spec=spec)).error_code == 0

    def entered():
        graph.show()
        return any(event.kind == WatchEvent.ENTERED for event in events)

    ros.wait_until(entered, "the watch to be entered")
    assert all(event.watch == "seat" for event in events)


def test_what_the_detector_said_about_another_moment_is_noted(graph):
    stamp = graph.show()
    shown = graph.show(stamp + 20_000_000, topics=("regions",))
    graph.node.buffer.clear()
    graph.show(stamp, topics=("image", "depth", "camera_info"))
    graph.show(shown, topics=("regions",))
    notes = graph.ask("How far is the globe?").answer.notes
    assert any("stamped 20 ms after the image" in note for note in notes)
