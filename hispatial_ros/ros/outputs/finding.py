"""What was found out about one image, as the topics show it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from hispatial_ros.answer.types import Answer
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.target import Target
from hispatial_ros.measure.transform import relocate
from hispatial_ros.measure.types import MeasuredObject, Relation
from hispatial_ros.msg import SpatialAnswer
from hispatial_ros.ros.outputs.conversions import judged_in
from hispatial_ros.service.depth_sources import View

OPTICAL = ReferenceFrame.camera()


def pose_of(answer: Answer) -> ReferenceFrame:
    """The frame that an answer's geometry is expressed in."""
    if answer.reference_frame is None or answer.frame == "camera":
        return OPTICAL
    # A viewpoint changes the name and the axes, not where positions are expressed.
    return replace(answer.reference_frame, name=answer.frame)


@dataclass(frozen=True, eq=False)
class Finding:
    """Objects, relations and target of one image, all in one frame."""

    view: View
    objects: Sequence[MeasuredObject]
    relations: Sequence[Relation] = ()
    lines: Sequence[Relation] = ()  # relations to draw as lines
    known: Collection[str] | None = None  # ids on the regions topic, if the regions come from it
    answer: SpatialAnswer | None = None
    target: Target | None = None
    reference: ReferenceFrame = OPTICAL  # the frame, as seen from the optical one
    judged_in: str = "camera"  # whose right, up and forward the predicates refer to

    @classmethod
    def of_answer(
        cls, view: View, answer: Answer, known: Collection[str] | None, msg: SpatialAnswer
    ) -> "Finding":
        """What an answer rests on.

        Args:
            view: what was answered on.
            answer: its geometry in ``answer.frame``.
            known: see ``Finding``.
            msg: the answer as the client gets it.
        """
        return cls(
            view,
            answer.objects,
            answer.relations,
            lines=answer.relations,
            known=known,
            answer=msg,
            target=answer.target,
            reference=pose_of(answer),
            judged_in=judged_in(answer),
        )

    def expressed(self, to: ReferenceFrame) -> "Finding":
        """The same in another frame; predicates stay as they were judged."""
        if to.name == self.reference.name:
            return self
        way = self.reference.inverse().then(to)
        objects, relations = relocate(self.objects, [*self.relations, *self.lines], way)
        return replace(
            self,
            objects=objects,
            relations=relations[: len(self.relations)],
            lines=relations[len(self.relations) :],
            target=self.target and self.target.expressed(way),
            reference=to,
        )
