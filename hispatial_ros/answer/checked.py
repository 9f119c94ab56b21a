"""Asking the model and measuring, each checking the other."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hispatial_ros.answer.combine import Policy, answer_of_model, combine
from hispatial_ros.answer.locators import Locator, locate_each
from hispatial_ros.answer.model import Model
from hispatial_ros.answer.types import Answer, Level
from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language import options, text
from hispatial_ros.language.mentions import find_mentions
from hispatial_ros.language.names import Names
from hispatial_ros.language.parse import parse
from hispatial_ros.language.question import ParsedQuestion, mentions
from hispatial_ros.vlm.parse import parse_answer
from hispatial_ros.vlm.prompts import Prompt, RegionMention, build_prompt
from hispatial_ros.vlm.runtime.questions import ModelAnswer, PendingAnswer

Measure = Callable[[str, Sequence[Region]], Answer]


@dataclass(frozen=True)
class ModelSettings:
    """max_new_tokens: of an answer; max_reasoning_tokens: of a step-by-step answer."""

    policy: Policy = field(default_factory=Policy)
    max_new_tokens: int = 100
    max_reasoning_tokens: int = 512
    max_length: int = text.MAX_LENGTH  # characters of a question


@dataclass(eq=False)
class CheckedQuestion:
    """A question that the model answers while it is measured. ``stop`` may come from any thread.

    model: None to look up what the question names and measure, without a model.
    model_required: the "model" backend: its text is the answer, and without it there is none.
    context: the question before, which the model is not told.
    raw: the text goes to the model verbatim; nothing is painted, looked up or measured.
    measure: answers a question from measurements, or raises SpatialError.
    """

    model: Model | None
    settings: ModelSettings
    locators: Sequence[Locator]
    question: str
    frame: Frame
    regions: Sequence[Region]
    measure: Measure
    deadline: float  # on the clock of time.monotonic()
    model_required: bool = False
    raw: bool = False
    context: str = ""
    on_text: Callable[[str], None] | None = None
    _notes: list[str] = field(default_factory=list)
    _pending: PendingAnswer | None = None  # what is with a model now
    _stopped: bool = False

    def run(self) -> Answer:
        """The answer; waits for it.

        Raises:
            SpatialError: of the model if it is required, else of the measurement if neither of
                them could answer.
        """
        self.question = text.clean(self.question, self.settings.max_length)
        parsed = None if self.raw else self._parse()
        if parsed is not None:
            self._locate(parsed)
        reply: PendingAnswer | ModelAnswer | SpatialError = self._ask(parsed)
        measured = self._measured()  # while the model works
        if isinstance(reply, PendingAnswer):
            try:
                reply = reply.result()  # it knows its deadline
                if not parse_answer(reply.text).text:
                    reply = backend_unavailable(
                        "the model answered with nothing: ask in other words, or ask for the "
                        "measured backend"
                    )
            except SpatialError as error:
                reply = error
        if isinstance(reply, ModelAnswer):
            return self._combined(
                reply, parsed, None if isinstance(measured, SpatialError) else measured
            )
        if self._stopped:
            raise SpatialError(ErrorCode.CANCELLED, "the question was cancelled")
        if self.model_required:
            raise reply
        unheard = "" if self.model is None else f"the model was not heard: {reply}"
        if isinstance(measured, SpatialError):
            notes = [str(measured), *self._notes, unheard]
            raise SpatialError(measured.code, "; ".join(filter(None, notes)))
        measured.notes += filter(None, [*self._notes, unheard])
        return measured

    def stop(self) -> None:
        """Give up; the model stops within one token."""
        # One of stop and _submit sees what the other has set first, so no lock is needed.
        self._stopped = True
        if self._pending is not None:
            self._pending.cancel()

    def _parse(self) -> ParsedQuestion | None:
        labels = [region.label for region in self.regions]
        try:
            longest = self.settings.max_length
            return parse(self.question, labels, max_length=longest, context=self.context)
        except SpatialError as error:
            if error.code is not ErrorCode.QUESTION_NOT_UNDERSTOOD:
                raise
            return None

    def _locate(self, parsed: ParsedQuestion) -> None:
        """Add regions of what the question names and no region is labelled with."""
        known = Names([region.label for region in self.regions])
        names = [mention.name for mention in mentions(parsed) if not known.knows(mention)]
        found, self._notes = locate_each(names, self.frame, self.locators, self._generate)
        self.regions = [*self.regions, *found]

    def _generate(self, model: Model, prompt: Prompt) -> str:
        """What a model says to a locator.

        Takes at most half of the time that is left: the question itself is still to be asked.
        """
        timeout = (self.deadline - time.monotonic()) / 2
        return self._submit(model, prompt, self.settings.max_new_tokens, timeout).result().text

    def _prompt(self, parsed: ParsedQuestion | None, image_size: int) -> tuple[Prompt, int]:
        """What the model is to read, and how long its answer may be."""
        settings = self.settings
        if self.raw:
            return Prompt(self.question), settings.max_reasoning_tokens
        labels = [region.label for region in self.regions]
        named = [
            RegionMention(start, end, self.regions[index])
            for start, end, index in find_mentions(self.question, labels)
        ]
        # What the grammar does not know needs reasoning; the rest has a short answer.
        step_by_step = parsed is None
        width, height = self.frame.camera.width, self.frame.camera.height
        prompt = build_prompt(
            self.question, named, width, height, image_size, step_by_step=step_by_step
        )
        return prompt, settings.max_reasoning_tokens if step_by_step else settings.max_new_tokens

    def _ask(self, parsed: ParsedQuestion | None) -> PendingAnswer | SpatialError:
        if self.model is None:
            return SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                "no model is in use: load one, or ask for the measured backend",
            )
        try:
            prompt, max_new_tokens = self._prompt(parsed, self.model.image_size)
            timeout = self.deadline - time.monotonic()
            return self._submit(self.model, prompt, max_new_tokens, timeout, self.on_text)
        except SpatialError as error:
            return error

    def _submit(
        self,
        model: Model,
        prompt: Prompt,
        max_new_tokens: int,
        timeout: float,
        on_text: Callable[[str], None] | None = None,
    ) -> PendingAnswer:
        self._pending = model.submit(self.frame, prompt, max_new_tokens, timeout, on_text)
        if self._stopped:
            self._pending.cancel()
        return self._pending

    def _measured(self) -> Answer | SpatialError:
        if self.raw:
            return SpatialError(ErrorCode.BAD_REQUEST, "raw questions are not measured")
        try:
            return self.measure(self.question, self.regions)
        except SpatialError as error:
            return error

    def _combined(
        self, reply: ModelAnswer, parsed: ParsedQuestion | None, measured: Answer | None
    ) -> Answer:
        if parsed is None:
            level = Level.REASONING
            choices = options.split(self.question)[1]
        else:
            # From another's viewpoint is reasoning in the taxonomy, even where it can be measured.
            level = Level.REASONING if parsed.viewpoint else Level(parsed.level)
            choices = parsed.options
        stated = parse_answer(reply.text, {option.label: option.text for option in choices})
        model = answer_of_model(self.question, reply.text, stated, level)
        model.notes += self._notes
        model.timing = {f"model {stage}": seconds for stage, seconds in reply.timing.items()}
        policy = self.settings.policy
        if self.model_required:
            policy = replace(policy, prefer="model")
        return combine(measured, model, stated, policy)
