"""Objects over time, through the real node."""

from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import (
    RegionArray,
    SpatialObjectArray,
    SpatialRelation,
    SpatialRelationArray,
    WatchEvent,
    WatchSpec,
)
from hispatial_ros.ros.outputs.conversions import region_to_msg, time_to_ns
from hispatial_ros.srv import Watch

PERIOD_NS = 100_000_000


class Camera:
    """Shows the desk with stamps of its own, a tenth of a second apart."""

    def __init__(self, graph, seed=0):
        self.graph = graph
        self.rng = np.random.default_rng(seed)
        self.stamp = graph.peer.get_clock().now().nanoseconds - 60 * 10**9

    def show(self, regions=None):
        """One image with these of the desk's regions; all if not said."""
        regions = self.graph.regions if regions is None else regions
        self.stamp += PERIOD_NS
        self.graph.messages["regions"] = RegionArray(regions=[region_to_msg(r) for r in regions])
        return self.graph.show(self.stamp)

    def jittering(self, pixels=3.0, dropped=0.05):
        """The desk's regions as a detector gives them: moved, in any order, some dropped."""
        kept = [r for r in self.graph.regions if self.rng.random() >= dropped]
        found = []
        for i in self.rng.permutation(len(kept)):
            msg = region_to_msg(kept[i])
            box = np.array(kept[i].box, float) + self.rng.normal(0, pixels, 4)
            msg.x0, msg.y0, msg.x1, msg.y1 = (float(v) for v in box)
            msg.outline.points = []
            found.append(msg)
        return found

    def show_jittering(self):
        self.stamp += PERIOD_NS
        self.graph.messages["regions"] = RegionArray(regions=self.jittering())
        return self.graph.show(self.stamp)


def without(graph, label):
    return [region for region in graph.regions if region.label != label]


def test_a_dropped_detection_is_answered_from_its_track(make_graph):
    graph = make_graph()
    camera = Camera(graph)
    for _ in range(4):
        camera.show()
        assert graph.ask("How far is the globe?").error_code == ErrorCode.NONE
    camera.show(without(graph, "globe"))
    response = graph.ask("How far is the globe?")
    assert response.error_code == ErrorCode.NONE, response.error_msg
    (globe,) = response.answer.objects
    assert globe.age == pytest.approx(0.1, abs=0.01)
    assert any(
        "globe: not seen in this image; it was 0.1 s before" in n for n in response.answer.notes
    )
    # It says how far it was, and is less sure than of what it sees.
    assert response.answer.values[0] == pytest.approx(2.39, abs=0.03)


def test_a_dropped_detection_is_no_matter_for_the_first_question(make_graph):
    graph = make_graph()
    camera = Camera(graph)
    for _ in range(4):
        camera.show()
    camera.show(without(graph, "globe"))
    response = graph.ask("How far is the globe?")
    assert response.error_code == ErrorCode.NONE, response.error_msg
    assert any("not seen in this image" in note for note in response.answer.notes)


def test_what_is_gone_for_long_is_not_known_any_more(make_graph):
    graph = make_graph(**{"tracking.coast": 0.3})
    camera = Camera(graph)
    for _ in range(4):
        camera.show()
        graph.ask("How far is the globe?")
    for _ in range(5):
        camera.show(without(graph, "globe"))
    assert graph.ask("How far is the globe?").error_code == ErrorCode.UNKNOWN_OBJECT


def test_tracks_can_be_turned_off(make_graph):
    graph = make_graph(**{"tracking.enabled": False})
    camera = Camera(graph)
    for _ in range(4):
        camera.show()
        graph.ask("How far is the globe?")
    camera.show(without(graph, "globe"))
    assert graph.ask("How far is the globe?").error_code == ErrorCode.UNKNOWN_OBJECT


def test_objects_come_while_somebody_subscribes_under_stable_ids(make_graph, ros):
    """Eleven things on a desk, and one more of the same name."""
    graph = make_graph(publish_rate=10.0)
    (mug,) = (region for region in graph.regions if region.label == "blue mug")
    graph.regions.append(replace(mug, label="magazine", outline=None))
    camera = Camera(graph)
    for _ in range(3):
        camera.show_jittering()
    assert graph.node.live.published == 0
    objects = graph.listen(SpatialObjectArray, "hispatial/objects")
    relations = graph.listen(SpatialRelationArray, "hispatial/relations")

    def look():
        camera.show_jittering()
        ros.wait_until(lambda: graph.node.live.looked_ns == camera.stamp, "a look")

    for _ in range(6):
        look()
    begun = len(objects)
    for _ in range(40):
        look()
    ros.wait_until(lambda: len(objects) >= begun + 35, "the objects of these images")
    ids = {o.id: o.label for o in objects[begun + 2].objects}
    assert len(ids) == 12
    assert {"magazine#1", "magazine#2"} <= ids.keys()
    for message in objects[begun + 2 :]:
        assert {o.id: o.label for o in message.objects} == ids
    sources = {r.source for message in relations for r in message.relations}
    assert sources == {SpatialRelation.SOURCE_TRACKS}
    confidences = [r.confidence for message in relations for r in message.relations]
    assert min(confidences) >= 0.6 - 1e-6  # relations.confidence less relations.hysteresis
    stamps = [time_to_ns(message.header.stamp) for message in objects]
    assert stamps == sorted(set(stamps))
    assert any(o.age > 0 for message in objects for o in message.objects)


def test_rate_zero_publishes_only_what_is_asked_for(make_graph, ros):
    graph = make_graph(publish_rate=0.0)
    camera = Camera(graph)
    objects = graph.listen(SpatialObjectArray, "hispatial/objects")
    relations = graph.listen(SpatialRelationArray, "hispatial/relations")
    for _ in range(5):
        camera.show()
    assert graph.ask("How far is the globe from the blue mug?").error_code == ErrorCode.NONE
    ros.wait_until(lambda: objects and relations, "the answer's objects")
    assert len(objects) == 1
    assert {r.source for r in relations[0].relations} == {SpatialRelation.SOURCE_REQUEST}


def test_relations_of_watches_say_so(make_graph, ros):
    graph = make_graph(publish_rate=0.0)
    camera = Camera(graph)
    relations = graph.listen(SpatialRelationArray, "hispatial/relations")
    client = graph.peer.create_client(Watch, "hispatial/watch")
    spec = WatchSpec(name="w", labels=["globe", "blue mug"], rate=30.0)
    assert graph.call(client, Watch.Request(command=Watch.Request.ADD, spec=spec)).error_code == 0
    camera.show()
    ros.wait_until(lambda: relations, "relations")
    assert {r.source for r in relations[0].relations} == {SpatialRelation.SOURCE_WATCH}
    assert min(r.confidence for r in relations[0].relations) >= 0.8


def test_a_watch_does_not_notice_a_dropped_detection(make_graph, ros):
    graph = make_graph(**{"watch.confirm": 1, "watch.lost_after": 0.0})
    camera = Camera(graph)
    events = graph.listen(WatchEvent, "hispatial/watch_events")
    client = graph.peer.create_client(Watch, "hispatial/watch")
    spec = WatchSpec(name="w", condition="globe closer than 5 m")
    assert graph.call(client, Watch.Request(command=Watch.Request.ADD, spec=spec)).error_code == 0
    looked = graph.node.watches.collection.watches[0]

    def look(regions=None):
        before = looked.evaluated
        while looked.evaluated == before:
            camera.show(regions)

    for _ in range(4):
        look()
    look(without(graph, "globe"))
    look()
    assert [event.kind for event in events] == [WatchEvent.ENTERED]
