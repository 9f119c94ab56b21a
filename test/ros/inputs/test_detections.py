"""Regions from ``vision_msgs/Detection2DArray``, where vision_msgs is installed."""

import pytest

from hispatial_ros.ros.outputs.conversions import time_to_msg
from hispatial_ros.ros.qos import reliable

vision_msgs = pytest.importorskip("vision_msgs.msg", reason="vision_msgs is not installed")


def test_detections_name_objects(make_graph, ros):
    graph = make_graph()
    publisher = graph.peer.create_publisher(vision_msgs.Detection2DArray, "detections", reliable(5))
    stamp = graph.show(topics=("image", "depth", "camera_info"))
    detection = vision_msgs.Detection2D()
    for label, score in (("lamp", 0.2), ("globe", 0.7)):
        hypothesis = vision_msgs.ObjectHypothesisWithPose()
        hypothesis.hypothesis.class_id, hypothesis.hypothesis.score = label, score
        detection.results.append(hypothesis)
    x0, y0, x1, y1 = next(r.box for r in graph.regions if r.label == "globe")
    box = detection.bbox
    box.center.position.x, box.center.position.y = (x0 + x1) / 2, (y0 + y1) / 2
    box.size_x, box.size_y = float(x1 - x0), float(y1 - y0)
    msg = vision_msgs.Detection2DArray(detections=[detection])
    msg.header.stamp = time_to_msg(stamp)
    ros.wait_until(publisher.get_subscription_count, "a subscription")

    def known():
        publisher.publish(msg)
        return graph.ask("How far is the globe?").error_code == 0

    ros.wait_until(known, "the detections")
    graph.show(stamp, topics=("regions",))
    answer = graph.ask("How far is the globe?").answer
    assert [o.label for o in answer.objects] == ["globe"]
