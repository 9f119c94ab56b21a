"""Regions on their way to objects and relations."""

from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.measure.engine import measure, unique_ids
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import resolve
from hispatial_ros.measure.transform import express
from hispatial_ros.msg import RequestRecord
from hispatial_ros.ros.outputs.conversions import (
    failure_to_msg,
    object_to_msg,
    relation_to_msg,
    timing_to_msgs,
)
from hispatial_ros.ros.outputs.finding import Finding
from hispatial_ros.service.depth_sources import View
from hispatial_ros.service.task import Task
from hispatial_ros.srv import Measure


class MeasureRegions(Task):
    kind = "measure"

    def record(self, response: Any) -> RequestRecord:
        record = super().record(response)
        record.skip_relations = self.request.skip_relations
        record.objects, record.relations = response.objects, response.relations
        record.failures = response.failures
        return record

    def respond(self, view: View) -> None:
        job, pair = self.job, view.pair
        frame = view.frame(with_rgb=False)
        regions, from_topic = self.find_regions(pair)
        if not regions:
            raise SpatialError(
                ErrorCode.NO_REGIONS,
                "nothing to measure: the request has no regions, and none have arrived for this "
                f"image on {self.node.buffer.topics['regions']!r}; give some, or see to the "
                "detector that publishes there",
            )
        frame_wanted = self.find_reference(pair)
        given = self.find_gravity(pair)
        job.lap("frame")
        optical = measure(
            frame,
            regions,
            MeasureOptions(view.noise, given.gravity, self.node.settings.current.max_range),
            relations=not self.request.skip_relations,
        )
        if not optical.objects:
            first = optical.failures[0]
            others = f" (and so for all {len(regions)} regions)" if len(regions) > 1 else ""
            raise SpatialError(first.code, first.message + others)
        reference = resolve(frame_wanted, optical.gravity)
        measured = express(optical, reference)
        job.lap("measure")
        header = self.header_in(measured.reference_frame)
        response = Measure.Response(
            header=header,
            objects=[object_to_msg(obj, header) for obj in measured.objects],
            relations=[
                relation_to_msg(r, header, measured.reference_frame) for r in measured.relations
            ],
            failures=[failure_to_msg(failure) for failure in measured.failures],
            notes=[*view.notes, *given.notes, self.regions_note(from_topic)],
        )
        job.lap("answer")
        response.timing = timing_to_msgs(self.timing({}))
        known = set(unique_ids(regions)) if from_topic else None
        summary = "; ".join(
            (f"{len(measured.objects)} of {len(regions)} regions measured", *view.notes)
        )
        self.succeed(
            response,
            lambda: Finding(
                view,
                measured.objects,
                measured.relations,
                known=known,
                reference=reference,
                judged_in=measured.reference_frame,
            ),
            summary,
        )

    def refuse(self, error: SpatialError) -> Any:
        response = super().refuse(error)
        response.header = self.header
        return response
