"""Publishes what requests and watches bring, on topics and to recorders."""

from typing import Any

from hispatial_ros.ros.outputs.conversions import answer_to_msg, header_of, header_to_msg
from hispatial_ros.ros.outputs.publishers import Outputs
from hispatial_ros.ros.outputs.request_records import RequestRecords
from hispatial_ros.ros.outputs.watch_msgs import event_to_msg
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.result import Findings, RelationSource, Result
from hispatial_ros.watch.watched import Event


class Publications:
    """Where `Requests` and `Watches` put what they find; silent while the node is not active."""

    def __init__(self, outputs: Outputs, records: RequestRecords):
        self._outputs = outputs
        self._records = records

    def publish(self, result: Result, response: Any) -> None:
        """Publish a result; what goes to the client goes to the topic of answers as it is."""
        self._records.publish(result, response)
        if result.findings is not None:
            if result.findings.answer is not None:
                self._outputs.send("answers", response.answer)
            self._outputs.publish(result.findings)

    def publish_frame(self, frame: DepthFrame) -> None:
        """Publish an image that watches look at; a recorder wants it."""
        self._records.publish_frame(frame)

    def publish_answer(self, findings: Findings, request_id: str) -> None:
        """Publish an answer for a watch."""
        answer = findings.answer
        if answer is not None and self._outputs.wanted("answers"):
            header = header_of(findings.frame.pair, answer.frame)
            message = answer_to_msg(answer, header, request_id, RelationSource.WATCH)
            self._outputs.send("answers", message)

    def publish_relations(self, findings: Findings) -> None:
        """Publish relations that watches found."""
        if self._outputs.wanted("relations"):
            self._outputs.publish_relations(findings)

    def wants_live(self) -> bool:
        """Whether anybody listens to objects or relations."""
        return self._outputs.wanted("objects") or self._outputs.wanted("relations")

    def publish_live(self, findings: Findings) -> None:
        """Publish objects and relations that nobody has asked for."""
        self._outputs.publish_live(findings)

    def publish_event(self, watch: str, event: Event, stamp_ns: int, frame_id: str) -> None:
        """Publish an event of a watch."""
        header = header_to_msg(stamp_ns, frame_id)
        self._outputs.send("watch_events", event_to_msg(event, watch, header))
