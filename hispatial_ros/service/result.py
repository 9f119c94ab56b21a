"""What came of a request, as plain structs: what the edge makes responses and topics of."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.target import Target
from hispatial_ros.measure.transform import relocate
from hispatial_ros.measure.types import Failure, Gravity, MeasuredObject, Relation
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.request import AskRequest, MeasureRequest
from hispatial_ros.service.tracking import TrackedView

OPTICAL = ReferenceFrame.camera()


class RelationSource(IntEnum):
    """Who relations were found for; as in ``msg/SpatialRelation.msg``."""

    REQUEST = 1
    WATCH = 2
    TRACKS = 3


@dataclass(eq=False)
class RequestContext:
    """What a request is answered from, as far as it is known; filled in step by step."""

    request: AskRequest | MeasureRequest  # with the parameters' values where it gave none
    pair: PairedFrame | None = None  # the image
    frame: DepthFrame | None = None  # the same with the depth to answer on
    regions: Sequence[Region] = ()
    regions_from_topic: bool = False
    gravity: Gravity | None = None  # as the robot knows it
    reference_frame: str | ReferenceFrame = "camera"
    view: TrackedView | None = None  # what tracks know of the image; None: nothing is followed


@dataclass(frozen=True, eq=False)
class Findings:
    """Objects, relations and target of one image, all in one frame."""

    frame: DepthFrame
    objects: Sequence[MeasuredObject] = ()
    relations: Sequence[Relation] = ()
    lines: Sequence[Relation] = ()  # relations that are shown as lines
    failures: Sequence[Failure] = ()  # regions that could not be measured
    answer: Answer | None = None  # None: nothing was asked, only measured
    target: Target | None = None
    reference_frame: ReferenceFrame = OPTICAL  # the frame, as seen from the optical one
    judged_in: str = "camera"  # whose right, up and forward the predicates refer to
    notes: Sequence[str] = ()
    summary: str = ""  # for the log
    source: RelationSource = RelationSource.REQUEST

    @classmethod
    def of_answer(cls, frame: DepthFrame, answer: Answer) -> "Findings":
        """What an answer rests on, in ``answer.frame``."""
        return cls(
            frame,
            answer.objects,
            answer.relations,
            lines=answer.relations,
            answer=answer,
            target=answer.target,
            reference_frame=pose_of(answer),
            judged_in=judged_in(answer),
            notes=answer.notes,
            summary=answer.text,
        )

    def expressed(self, to: ReferenceFrame) -> "Findings":
        """The same in another frame; predicates stay as they were judged."""
        if to.name == self.reference_frame.name:
            return self
        way = self.reference_frame.inverse().then(to)
        objects, relations = relocate(self.objects, [*self.relations, *self.lines], way)
        return replace(
            self,
            objects=objects,
            relations=relations[: len(self.relations)],
            lines=relations[len(self.relations) :],
            target=self.target and self.target.expressed(way),
            reference_frame=to,
        )


@dataclass(frozen=True, eq=False)
class Result:
    """The outcome of a request: an error, or what was found."""

    id: str
    request: AskRequest | MeasureRequest  # as the client sent it
    question: str  # as much of it as is read; empty: nothing was asked
    context: RequestContext
    elapsed: float  # s since the request arrived
    timing: dict[str, float] = field(default_factory=dict)  # stage -> s
    error: SpatialError | None = None
    findings: Findings | None = None  # None with an error

    @property
    def code(self) -> ErrorCode:
        """NONE without an error."""
        return ErrorCode.NONE if self.error is None else self.error.code


def pose_of(answer: Answer) -> ReferenceFrame:
    """The frame that an answer's geometry is expressed in."""
    if answer.reference_frame is None or answer.frame == "camera":
        return OPTICAL
    # A viewpoint changes the name and the axes, not where positions are expressed.
    return replace(answer.reference_frame, name=answer.frame)


def judged_in(answer: Answer) -> str:
    """Whose right, up and forward the predicates of an answer refer to."""
    return answer.frame if answer.reference_frame is None else answer.reference_frame.name
