"""What all requests have in common, from their checks to their record."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from std_msgs.msg import Header

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.gravity import GivenGravity
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.msg import RequestRecord
from hispatial_ros.ros.outputs.conversions import header_to_msg
from hispatial_ros.ros.outputs.finding import Finding
from hispatial_ros.ros.outputs.request_records import Basis
from hispatial_ros.ros.services import validation
from hispatial_ros.service.depth_sources import View
from hispatial_ros.service.job import Job
from hispatial_ros.structured_log import line

if TYPE_CHECKING:
    from hispatial_ros.service.requests import Requests

LOGGED_QUESTION = 500  # characters; one that is refused may be of any length


class Task:
    """What ask and measure have in common.

    ``check`` runs on the executor's thread, ``work`` and ``respond`` on the worker's, with a pause
    between the two where the frame's depth has to be computed.
    """

    kind = ""

    def __init__(self, requests: "Requests", request: Any, response_type: Any):
        self.node = requests
        self.request = request
        self.response_type = response_type
        self.job: Job
        self.header = Header()
        self.basis = Basis()  # what is known of it so far is recorded, errors included

    def check(self) -> None:
        """Validate the fields. Raises SpatialError."""
        settings = self.node.settings.current
        self.stamp_ns = validation.check_stamp(self.request.stamp)
        self.reference_name = validation.check_reference_frame(
            self.request.reference_frame, settings
        )
        self.requested_regions = validation.check_regions(self.request.regions, settings)

    def work(self, job: Job) -> None:
        """Get the frame, then `respond`."""
        job.progress("frame", 0.1)
        view = self.node.depth.view(self.draw)
        if view is not None:
            self.basis.view = view
            self.respond(view)
        else:
            job.lap("frame")
            job.progress("depth", 0.2)
            self.node.depth.submit(self.draw, lambda: not job.done, self._go_on)

    def _go_on(self, outcome: View | SpatialError) -> None:
        job = self.job
        job.lap("depth")
        if isinstance(outcome, SpatialError):
            job.fail(outcome)
        else:
            self.basis.view = outcome
            self.node.worker.resume(job, lambda _: self.respond(outcome))

    def respond(self, view: View) -> None:
        """Answer on a frame. Raises SpatialError."""
        raise NotImplementedError

    def refuse(self, error: SpatialError) -> Any:
        """The response that carries an error; also logs it."""
        self.node.logger.warning(self.log_line("refused", error.code, error=error))
        return self.response_type(error_code=int(error.code), error_msg=str(error))

    def log_line(self, event: str, code: ErrorCode, **fields: Any) -> str:
        """What came of the request: the one line that every request gets."""
        stages = {f"ms.{stage}".replace(" ", "_"): s for stage, s in self.job.timing.items()}
        stamp = self.header.stamp
        return line(
            event,
            request=self.job.id,
            code=code.name,
            ms=round(1e3 * self.job.elapsed, 3),
            **{stage: round(1e3 * s, 3) for stage, s in stages.items() if stage != "ms.total"},
            stamp=f"{stamp.sec}.{stamp.nanosec:09d}" if stamp.sec else None,
            question=self.request.question[:LOGGED_QUESTION] if self.kind == "ask" else None,
            **fields,
        )

    def record(self, response: Any) -> RequestRecord:
        """Request and response, for recordings."""
        request = self.request
        return RequestRecord(
            request_id=self.job.id,
            kind=self.kind,
            elapsed=self.job.elapsed,
            reference_frame=request.reference_frame,
            error_code=response.error_code,
            error_msg=response.error_msg,
        )

    def draw(self, sensor: bool) -> PairedFrame:
        """The frame that the request is about, see `Draw`. Raises SpatialError."""
        now = self.node.clock.now().nanoseconds
        if self.stamp_ns:
            pair = self.node.buffer.at(self.stamp_ns, now, sensor, sensor)
        else:
            with_regions = not self.requested_regions
            pair = self.node.buffer.newest(now, sensor, with_regions, sensor)
        self.header = header_to_msg(pair.stamp_ns, pair.frame_id)
        return pair

    def find_regions(self, pair: PairedFrame) -> tuple[list[Region], bool]:
        """The request's regions, else those of the topic; and whether they come from the topic."""
        if self.requested_regions:
            regions, from_topic = self.requested_regions, False
        else:
            regions, from_topic = self.node.buffer.regions_at(pair.stamp_ns) or [], True
        self.basis.regions, self.basis.regions_from_topic = regions, from_topic
        return regions, from_topic

    def regions_note(self, from_topic: bool) -> str:
        """Where the regions come from."""
        topic = self.node.buffer.topics["regions"]
        return f"regions: from the topic {topic}" if from_topic else "regions: from the request"

    def find_reference(self, pair: PairedFrame) -> str | ReferenceFrame:
        """What "left" and positions refer to. Raises SpatialError."""
        self.basis.reference = self.node.references.resolve(
            self.reference_name, pair.frame_id, pair.stamp_ns
        )
        return self.basis.reference

    def find_gravity(self, pair: PairedFrame) -> GivenGravity:
        """Which way is up, as far as the robot knows."""
        given = self.node.gravity.given(pair.frame_id, pair.stamp_ns)
        self.basis.gravity = given.gravity
        return given

    def header_in(self, frame: str) -> Header:
        """Header of what is expressed in a frame: "camera" is the image's own."""
        if frame != "camera":
            self.header = Header(stamp=self.header.stamp, frame_id=frame)
        return self.header

    def succeed(self, response: Any, find: Callable[[], Finding], summary: str) -> None:
        """Respond, then publish, unless the request has timed out or was cancelled meanwhile."""
        job = self.job
        if job.complete(response):
            self.node.logger.info(self.log_line("answered", ErrorCode.NONE, text=summary))
            self.node.outputs.publish(find())

    def timing(self, more: dict[str, float]) -> dict[str, float]:
        """Stages with the total last."""
        self.job.timing |= more
        self.job.timing["total"] = self.job.elapsed
        return self.job.timing
