"""Whose messages arrive: frames of cameras and detectors are compared, through the node."""

import copy
import time

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from sensor_msgs.msg import Image

from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.conversions import time_to_msg
from hispatial_ros.ros.qos import reliable

FAR = "How far is the globe?"
OPTICAL = "camera_color_optical_frame"


def publish(graph, name, frame, stamp_ns=None):
    """One message of the desk in another frame."""
    msg = copy.deepcopy(graph.messages[name])
    msg.header.frame_id = frame
    msg.header.stamp = time_to_msg(stamp_ns or time.time_ns())
    graph.publishers[name].publish(msg)


def dropped(graph, name):
    status = getattr(graph.node.buffer.status(time.time_ns()), name)
    return status.dropped.get("another camera", 0), status.last_drop


def status_of(graph, ros, component):
    diagnostics = graph.listen(DiagnosticArray, "/diagnostics")
    ros.wait_until(lambda: diagnostics, "diagnostics")
    return next(s for s in diagnostics[-1].status if s.name.endswith(f": {component}"))


def test_a_leading_slash_makes_no_difference(make_graph):
    graph = make_graph()
    graph.connect()
    stamp = time.time_ns()
    deadline = time.monotonic() + 20
    while (response := graph.ask(FAR)).error_code and time.monotonic() < deadline:
        for name, frame in [
            ("camera_info", OPTICAL),
            ("depth", f"/{OPTICAL}"),
            ("regions", f"/{OPTICAL}"),
            ("image", OPTICAL),
        ]:
            publish(graph, name, frame, stamp)
    assert response.error_code == ErrorCode.NONE, response.error_msg
    assert response.answer.header.frame_id == OPTICAL
    measured = graph.measure(reference_frame=f"/{OPTICAL}")
    assert measured.error_code == ErrorCode.NONE, measured.error_msg


def test_regions_of_another_camera_are_dropped_and_it_is_said(make_graph, ros):
    graph = make_graph()
    graph.show(topics=("camera_info", "depth", "image"))

    def refused():
        publish(graph, "regions", "rear_optical_frame")
        return dropped(graph, "regions")[0]

    ros.wait_until(refused, "the regions to be dropped")
    for response in (graph.measure(), graph.ask(FAR)):
        assert response.error_code in (ErrorCode.NO_REGIONS, ErrorCode.UNKNOWN_OBJECT)
        assert "another camera's image" in response.error_msg
        assert "rear_optical_frame" in response.error_msg
    graph.show()
    assert graph.ask(FAR).error_code == ErrorCode.NONE


@pytest.mark.parametrize(("off", "told"), [(-2, "2.0 s before"), (2, "2.0 s after")])
def test_regions_about_no_image_are_told(make_graph, ros, off, told):
    graph = make_graph()
    graph.connect()
    stamp = time.time_ns()

    def refused():
        graph.show(stamp, topics=("image", "depth", "camera_info"))
        publish(graph, "regions", OPTICAL, stamp + off * 1_000_000_000)
        return told in graph.measure().error_msg

    ros.wait_until(refused, "a refusal that names the stamps")
    for response in (graph.measure(), graph.ask(FAR)):
        assert response.error_code in (ErrorCode.NO_REGIONS, ErrorCode.UNKNOWN_OBJECT)
        assert f"its stamp is {told} that of the newest image" in response.error_msg


def test_depth_of_another_camera_is_refused(make_graph):
    graph = make_graph()
    graph.connect()
    stamp, deadline = time.time_ns(), time.monotonic() + 20
    while time.monotonic() < deadline:
        for name in graph.messages:
            publish(graph, name, "rear_optical_frame" if name == "depth" else OPTICAL, stamp)
        response = graph.ask(FAR)
        if response.error_code in (ErrorCode.BAD_CALIBRATION, ErrorCode.UNKNOWN_REFERENCE_FRAME):
            break
    assert "rear_optical_frame" in response.error_msg


@pytest.mark.parametrize("name", ["image", "depth", "camera_info"])
def test_a_second_camera_on_a_topic_is_dropped(make_graph, ros, name):
    graph = make_graph()
    graph.show()
    before = graph.ask(FAR).answer

    def refused():
        graph.show(time.time_ns())
        publish(graph, name, "rear_optical_frame")
        return dropped(graph, name)[0]

    ros.wait_until(refused, "a message to be dropped")
    graph.show(time.time_ns())
    after = graph.ask(FAR).answer
    assert after.header.frame_id == OPTICAL
    assert after.values[0] == pytest.approx(before.values[0], abs=1e-6)


def test_another_camera_is_taken_when_the_first_is_gone(make_graph, ros):
    graph = make_graph()
    graph.show()

    def taken():
        for name in graph.messages:
            publish(graph, name, "rear_optical_frame", stamp)
        response = graph.ask(FAR)
        return not response.error_code and response.answer.header.frame_id == "rear_optical_frame"

    stamp = time.time_ns()
    time.sleep(1.1)
    ros.wait_until(taken, "the other camera")


def test_two_publishers_of_one_frame_are_in_every_answer(make_graph, ros):
    graph = make_graph()
    graph.show()
    graph.peer.create_publisher(Image, "depth", reliable(5))

    def told():
        graph.show(time.time_ns())
        return [n for n in graph.ask(FAR).answer.notes if "2 publishers on /depth" in n]

    ros.wait_until(told, "the note")


@pytest.mark.parametrize("frame", ["camera_link", "camera_color_frame"])
def test_a_frame_that_is_not_optical_by_its_name_is_told_of(make_graph, ros, frame):
    graph = make_graph()
    graph.frame = copy.copy(graph.frame)
    object.__setattr__(graph.frame, "camera", copy.copy(graph.frame.camera))
    object.__setattr__(graph.frame.camera, "frame_id", frame)
    graph.show()
    assert any("no" in n and frame in n and "optical" in n for n in graph.ask(FAR).answer.notes)
    status = status_of(graph, ros, "image")
    assert status.level == DiagnosticStatus.WARN
    assert "optical frame" in status.message


def test_a_calibration_in_another_frame_is_told_of(make_graph):
    graph = make_graph()
    graph.connect()
    stamp, deadline = time.time_ns(), time.monotonic() + 20
    while (response := graph.ask(FAR)).error_code and time.monotonic() < deadline:
        for name in graph.messages:
            publish(graph, name, "rear" if name == "camera_info" else OPTICAL, stamp)
    assert response.error_code == ErrorCode.NONE, response.error_msg
    assert any("camera_info is in the frame 'rear'" in n for n in response.answer.notes)
