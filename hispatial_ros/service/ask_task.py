"""A question on its way to an answer."""

from typing import Any

from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import SpatialError
from hispatial_ros.measure.engine import unique_ids
from hispatial_ros.msg import RequestRecord, SpatialAnswer
from hispatial_ros.ros.outputs.conversions import (
    answer_to_msg,
)
from hispatial_ros.ros.outputs.finding import Finding
from hispatial_ros.ros.services import validation
from hispatial_ros.service.backends import Outcome, Question
from hispatial_ros.service.depth_sources import View
from hispatial_ros.service.task import Task


class Ask(Task):
    kind = "ask"

    def check(self) -> None:
        self.question = validation.check_question(self.request.question, self.node.settings.current)
        super().check()
        self.backend = self.node.backends.choose(
            validation.check_backend(self.request.backend, self.node.settings.current)
        )

    def record(self, response: Any) -> RequestRecord:
        record = super().record(response)
        record.question = self.request.question[: self.node.settings.current.max_question_length]
        record.backend, record.raw = self.request.backend, self.request.raw
        record.answer = response.answer
        return record

    def respond(self, view: View) -> None:
        job, pair = self.job, view.pair
        frame = view.frame(with_rgb=self.backend.needs_rgb)
        regions, from_topic = self.find_regions(pair)
        given = self.find_gravity(pair)
        question = Question(
            text=self.question,
            frame=frame,
            regions=regions,
            reference=self.find_reference(pair),
            noise=view.noise,
            gravity=given.gravity,
            max_range=self.node.settings.current.max_range,
            stand_off=self.node.settings.current.target.stand_off,
            deadline=job.deadline,
            raw=self.request.raw,
            progress=job.progress,
        )
        known = set(unique_ids(regions)) if from_topic else None
        job.lap("frame")

        def done(outcome: Outcome) -> None:
            if isinstance(outcome, SpatialError):
                job.fail(outcome)
            else:
                outcome.notes.extend((*view.notes, *given.notes))
                self._answer(outcome, view, known)

        stop = self.backend.start(question, done)
        if stop is not None:
            job.on_abandon(stop)

    def _answer(self, answer: Answer, view: View, known: set[str] | None) -> None:
        if known is None or known:
            answer.notes.append(self.regions_note(known is not None))
        answer.timing = self.timing(answer.timing)
        msg = answer_to_msg(answer, self.header_in(answer.frame), self.job.id)
        response = self.response_type(answer=msg)

        def find() -> Finding:
            return Finding.of_answer(view, answer, known, msg)

        self.succeed(response, find, answer.text)

    def refuse(self, error: SpatialError) -> Any:
        response = super().refuse(error)
        # Question and header help whoever correlates answers, even without one.
        response.answer = SpatialAnswer(
            header=self.header,
            request_id=self.job.id,
            question=self.request.question[: self.node.settings.current.max_question_length],
        )
        return response
