"""Publishes what watches bring: an answer each, the relations of an image together, events."""

from typing import Any

from std_msgs.msg import Header

from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Relation
from hispatial_ros.ros.outputs.conversions import answer_to_msg, header_to_msg, judged_in
from hispatial_ros.ros.outputs.finding import Finding, pose_of
from hispatial_ros.ros.outputs.publishers import Outputs
from hispatial_ros.ros.outputs.request_records import RequestRecords
from hispatial_ros.ros.outputs.watch_msgs import event_to_msg
from hispatial_ros.service.depth_sources import View
from hispatial_ros.watch.watched import Event, Found, Watched


class WatchOutputs:
    """Publishes through the node's outputs; silent while the node is not active."""

    def __init__(self, outputs: Outputs, records: RequestRecords):
        self._outputs = outputs
        self._records = records

    def begin(self, view: View) -> "Results":
        """What takes the results of one image; a recorder gets the image itself."""
        self._records.publish_frame(view)
        return Results(self._outputs, view)

    def publish_event(self, watch: Watched, header: Header, event: Event) -> None:
        """Publish one event."""
        self._outputs.send("watch_events", event_to_msg(event, watch.spec.name, header))


class Results:
    """The results of all watches on one image."""

    def __init__(self, outputs: Outputs, view: View):
        self._outputs = outputs
        self._view = view
        self._header = header_to_msg(view.pair.stamp_ns, view.pair.frame_id)
        self._notes = view.notes
        self._answers = outputs.wanted("answers")
        self._headers: dict[str, Header] = {"camera": self._header}
        self._relations: dict[tuple[str, str], dict[Any, Relation]] = {}
        self._poses: dict[str, ReferenceFrame] = {}

    def add(self, watch: Watched, found: Found) -> None:
        """Publish an answer, and keep its relations for `publish`."""
        answer = found.answer
        if answer is None:
            return
        header = self._headers.get(answer.frame)
        if header is None:
            header = Header(stamp=self._header.stamp, frame_id=answer.frame)
            self._headers[answer.frame] = header
        self._poses[answer.frame] = pose_of(answer)
        kept = self._relations.setdefault((answer.frame, judged_in(answer)), {})
        for relation in found.relations:
            kept[relation.subject.id, relation.predicate, relation.object.id] = relation
        if self._answers:
            answer.notes.extend(self._notes)
            request_id = f"watch:{watch.spec.name}:{watch.evaluated}"
            self._outputs.send("answers", answer_to_msg(answer, header, request_id))

    def publish(self) -> None:
        """Publish the relations, one message for each frame they were judged in."""
        if not self._outputs.wanted("relations"):
            return
        for (frame, judged), relations in self._relations.items():
            if relations:
                found = list(relations.values())
                pose = self._poses[frame]
                finding = Finding(self._view, [], found, reference=pose, judged_in=judged)
                self._outputs.publish_relations(finding)
