"""What is published about an answer, over the middleware."""

import numpy as np
import pytest
from sensor_msgs.msg import Image, PointCloud2
from visualization_msgs.msg import Marker, MarkerArray

from hispatial_ros.msg import SpatialAnswer, SpatialObjectArray, SpatialRelationArray
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.ros.outputs import publishers
from hispatial_ros.ros.qos import latched, reliable

DISTANCE = "What is the distance between the globe and the yellow die?"


def test_answers_objects_and_relations_carry_the_header_of_the_image(graph, ros):
    answers = graph.listen(SpatialAnswer, "hispatial/answers")
    objects = graph.listen(SpatialObjectArray, "hispatial/objects")
    relations = graph.listen(SpatialRelationArray, "hispatial/relations")
    response = graph.ask(DISTANCE)
    assert ros.arrived(answers) == response.answer
    message = ros.arrived(objects)
    assert {o.label for o in message.objects} == {"globe", "yellow die"}
    assert ros.arrived(relations).relations
    for message in (*answers, *objects, *relations):
        assert message.header == graph.messages["image"].header


def test_what_is_shown_stays_in_the_optical_frame(graph, ros):
    objects = graph.listen(SpatialObjectArray, "hispatial/objects")
    markers = graph.listen(MarkerArray, "hispatial/markers")
    graph.ask(DISTANCE)
    in_camera = ros.arrived(objects)
    answer = graph.ask(DISTANCE, reference_frame="gravity").answer
    assert answer.header.frame_id == "gravity"
    in_camera_again = ros.arrived(objects, 2)
    assert in_camera_again.header == in_camera.header
    for a, b in zip(in_camera.objects, in_camera_again.objects, strict=True):
        p, q = a.pose.pose.position, b.pose.pose.position
        assert (p.x, p.y, p.z) == pytest.approx((q.x, q.y, q.z))
        assert (a.extent.x, a.extent.y) == pytest.approx((b.extent.x, b.extent.y))
    frames = {m.header.frame_id for array in markers for m in array.markers}
    assert frames == {"camera_color_optical_frame"}


def test_markers_show_boxes_names_and_the_distance(graph, ros):
    markers = graph.listen(MarkerArray, "hispatial/markers")
    graph.ask(DISTANCE)
    shown = ros.arrived(markers).markers
    one = ("boxes", "edges", "names", "plates of names", "uncertainty")
    line = ("distances", "lengths", "plates of lengths")
    assert sorted(m.ns for m in shown) == sorted([*one, *one, *line])
    assert all(m.action == Marker.ADD for m in shown)
    assert all(min(m.scale.x, m.scale.y, m.scale.z) > 0 for m in shown if m.ns == "boxes")


def test_a_late_subscriber_sees_the_markers(graph, ros):
    graph.ask(DISTANCE)
    assert len(ros.arrived(graph.listen(MarkerArray, "hispatial/markers", latched())).markers) == 13


def test_markers_are_of_one_answer_and_deleted_on_deactivation(graph, ros):
    markers = graph.listen(MarkerArray, "hispatial/markers")
    graph.measure()
    shown = {(m.ns, m.id) for m in ros.arrived(markers).markers}
    assert sum(ns == "boxes" for ns, _ in shown) == len(graph.regions)
    graph.ask("Go to the yellow chair")
    message = ros.arrived(markers, 2)
    deleted = {(m.ns, m.id) for m in message.markers if m.action == Marker.DELETE}
    left = {(m.ns, m.id) for m in message.markers if m.action == Marker.ADD}
    one = {"boxes", "edges", "names", "plates of names", "uncertainty"}
    assert {ns for ns, _ in left} == {*one, "target"}
    assert len(left) == 6
    assert shown - left == deleted
    assert ("boxes", min(left)[1]) in shown, "the chair keeps its id"
    graph.robot.executor.create_task(graph.node.trigger_deactivate)
    gone = ros.arrived(markers, 3).markers
    assert {(m.ns, m.id) for m in gone} == left
    assert all(m.action == Marker.DELETE for m in gone)


def test_markers_and_cloud_expire_together(make_graph, ros):
    graph = make_graph(**{"markers.lifetime": 0.1})
    graph.show()
    markers = graph.listen(MarkerArray, "hispatial/markers")
    clouds = graph.listen(PointCloud2, "hispatial/points", reliable(1))
    graph.ask("Go to the yellow chair")
    assert len(ros.arrived(markers).markers) == 6
    assert all(m.action == Marker.DELETE for m in ros.arrived(markers, 2).markers)
    ros.wait_until(lambda: clouds and clouds[-1].width == 0, "an empty cloud")
    assert clouds[-1].header == graph.messages["image"].header


def test_picture_and_markers_agree_on_colours(graph, ros):
    markers = graph.listen(MarkerArray, "hispatial/markers")
    pictures = graph.listen(Image, "hispatial/annotated_image", reliable(1))
    graph.measure()
    graph.ask("How far is the purple chair?")
    box = next(m for m in ros.arrived(markers, 2).markers if m.ns == "boxes" and not m.action)
    color = [round(255 * c) for c in (box.color.r, box.color.g, box.color.b)]
    picture = ros.arrived(pictures, 2)
    drawn = np.frombuffer(picture.data, np.uint8).reshape(480, 640, 3)
    assert ((drawn == color).all(-1) & (graph.frame.rgb != color).any(-1)).sum() > 500


def test_cloud_and_picture_are_made_only_for_subscribers(graph, ros, monkeypatch):
    made = []

    def counted(name):
        real = getattr(publishers, name)

        def make(*args, **more):
            made.append(name)
            return real(*args, **more)

        monkeypatch.setattr(publishers, name, make)

    for name in ("cloud_to_msg", "annotate"):
        counted(name)
    graph.ask(DISTANCE)
    graph.published()
    assert not made
    clouds = graph.listen(PointCloud2, "hispatial/points", reliable(1))
    pictures = graph.listen(Image, "hispatial/annotated_image", reliable(1))
    graph.ask(DISTANCE)
    assert ros.arrived(clouds).header == graph.messages["image"].header
    picture = ros.arrived(pictures)
    assert picture.header == graph.messages["image"].header
    assert (picture.width, picture.height, picture.encoding) == (640, 480, "rgb8")
    drawn = np.frombuffer(picture.data, np.uint8).reshape(480, 640, 3)
    assert (drawn != graph.frame.rgb).any()
    assert sorted(made) == ["annotate", "cloud_to_msg"]


@pytest.mark.parametrize("organized", [False, True])
def test_the_cloud_holds_points_and_colours(make_graph, ros, organized):
    graph = make_graph(**{"points.organized": organized})
    graph.show()
    clouds = graph.listen(PointCloud2, "hispatial/points", reliable(1))
    graph.ask(DISTANCE)
    msg = ros.arrived(clouds)
    dtype = np.dtype([("x", "f4"), ("y", "f4"), ("z", "f4"), ("rgb", "u4")])
    cloud = np.frombuffer(msg.data, dtype).reshape(msg.height, msg.width)
    expected = PointMap(graph.frame).points
    valid = np.isfinite(expected[..., 2])
    xyz = np.stack([cloud[axis] for axis in "xyz"], -1)
    colors = np.stack([cloud["rgb"] >> shift & 255 for shift in (16, 8, 0)], -1)
    if organized:
        assert (msg.height, msg.width, msg.is_dense) == (480, 640, False)
        xyz, colors = xyz[valid], colors[valid]
    else:
        assert (msg.height, msg.width, msg.is_dense) == (1, valid.sum(), True)
        xyz, colors = xyz[0], colors[0]
    np.testing.assert_array_equal(xyz, expected[valid])
    np.testing.assert_array_equal(colors, graph.frame.rgb[valid])
    assert msg.row_step == msg.width * msg.point_step
