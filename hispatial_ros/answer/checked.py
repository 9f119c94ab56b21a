"""Asking the model and measuring, each checking the other."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from hispatial_ros.answer.combine import Policy, answer_of_model, combine
from hispatial_ros.answer.locators import Locator
from hispatial_ros.answer.model import Model
from hispatial_ros.answer.types import Answer, Level
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language import options, text
from hispatial_ros.language.mentions import find_mentions
from hispatial_ros.language.names import Names
from hispatial_ros.language.parse import parse
from hispatial_ros.language.question import ParsedQuestion, mentions
from hispatial_ros.vlm.parse import parse_answer
from hispatial_ros.vlm.prompts import Mention, Prompt, build_prompt
from hispatial_ros.vlm.runtime.questions import ModelAnswer, PendingAnswer

Measure = Callable[[str, Sequence[Region]], Answer]


@dataclass(frozen=True)
class Settings:
    """max_new_tokens: of an answer; max_reasoning_tokens: of a step-by-step answer."""

    policy: Policy = field(default_factory=Policy)
    max_new_tokens: int = 100
    max_reasoning_tokens: int = 512
    max_length: int = text.MAX_LENGTH  # characters of a question


@dataclass(eq=False)
class Asking:
    """One question on its way. ``run`` blocks; ``stop`` may be called from another thread.

    model: None to look up what the question names and measure, without a model.
    model_required: the "model" backend: its text is the answer, and without it there is none.
    raw: the text goes to the model verbatim, nothing is drawn, looked up or measured.
    measure: answers a question from measurements, or raises SpatialError.
    """

    model: Model | None
    settings: Settings
    locators: Sequence[Locator]
    question: str
    frame: Frame
    regions: Sequence[Region]
    measure: Measure
    deadline: float  # on the clock of time.monotonic()
    model_required: bool = False
    raw: bool = False
    on_text: Callable[[str], None] | None = None
    _notes: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cancel: Callable[[], None] | None = None  # what is with a model now
    _stopped: bool = False

    def run(self) -> Answer:
        """The answer.

        Raises:
            SpatialError: of the model if it is required, else of the measurement if neither of
                them could answer.
        """
        self.question = text.clean(self.question, self.settings.max_length)
        asked = self._parsed()
        self.regions = [*self.regions, *self._look_up(asked)]
        ticket = self._start(asked)
        measured = self._measured()  # while the model works
        reply = ticket if isinstance(ticket, SpatialError) else _outcome(ticket)
        if isinstance(reply, ModelAnswer):
            return self._combined(
                reply, asked, None if isinstance(measured, SpatialError) else measured
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
        with self._lock:
            self._stopped = True
            cancel = self._cancel
        if cancel is not None:
            cancel()

    def ask(self, model: Model, prompt: Prompt) -> str:
        """What a model says about the frame, for a locator. Raises SpatialError.

        Takes at most half of the time that is left: the question itself is still to be asked.
        """
        timeout = (self.deadline - time.monotonic()) / 2
        ticket = self._submit(model, prompt, self.settings.max_new_tokens, timeout)
        return ticket.result().text  # it knows its deadline

    def _parsed(self) -> ParsedQuestion | None:
        if self.raw:
            return None
        try:
            return parse(
                self.question, [r.label for r in self.regions], max_length=self.settings.max_length
            )
        except SpatialError as error:
            if error.code is not ErrorCode.QUESTION_NOT_UNDERSTOOD:
                raise
            return None

    def _look_up(self, asked: ParsedQuestion | None) -> list[Region]:
        """Regions of what the question names and nobody has given, from the first that knows."""
        if asked is None:
            return []
        names = Names([region.label for region in self.regions])
        missing = list(dict.fromkeys(r.name for r in mentions(asked) if not names.knows(r)))
        found: list[Region] = []
        for locator in self.locators:
            if not missing:
                break
            try:
                regions = locator.locate(missing, self.frame, self)
            except SpatialError as error:
                if error.code is ErrorCode.CANCELLED:
                    raise
                self._notes.append(f"{locator.name} could not be asked: {error}")
                continue
            located = dict.fromkeys(region.label for region in regions)
            self._notes += [f"'{name}' was located by {locator.name}" for name in located]
            missing = [name for name in missing if name not in located]
            self._notes += [f"'{name}' was not found by {locator.name}" for name in missing]
            found += regions
        return found

    def _prompt(self, asked: ParsedQuestion | None, image_size: int) -> tuple[Prompt, int]:
        """What the model is to read, and how long its answer may be."""
        settings = self.settings
        if self.raw:
            return Prompt(self.question), settings.max_reasoning_tokens
        mentions = [
            Mention(start, end, self.regions[index])
            for start, end, index in find_mentions(
                self.question, [region.label for region in self.regions]
            )
        ]
        # What the grammar does not know needs reasoning; the rest has a short answer.
        step_by_step = asked is None
        camera = self.frame.camera
        prompt = build_prompt(
            self.question,
            mentions,
            camera.width,
            camera.height,
            image_size,
            step_by_step=step_by_step,
        )
        return prompt, settings.max_reasoning_tokens if step_by_step else settings.max_new_tokens

    def _start(self, asked: ParsedQuestion | None) -> PendingAnswer | SpatialError:
        if self.model is None:
            return SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                "no model is in use: load one, or ask for the measured backend",
            )
        try:
            prompt, max_new_tokens = self._prompt(asked, self.model.image_size)
            timeout = self.deadline - time.monotonic()
            return self._submit(self.model, prompt, max_new_tokens, timeout, self.on_text)
        except SpatialError as error:
            return error

    def _measured(self) -> Answer | SpatialError:
        if self.raw:
            return SpatialError(ErrorCode.BAD_REQUEST, "raw questions are not measured")
        try:
            return self.measure(self.question, self.regions)
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
        ticket = model.submit(self.frame, prompt, max_new_tokens, timeout, on_text)
        with self._lock:
            self._cancel, stopped = partial(model.cancel, ticket), self._stopped
        if stopped:
            model.cancel(ticket)
        return ticket

    def _combined(
        self, reply: ModelAnswer, asked: ParsedQuestion | None, measured: Answer | None
    ) -> Answer:
        if asked is None:
            level = Level.REASONING
            choices = options.split(self.question)[1]
        else:
            # From another's viewpoint is reasoning in the taxonomy, even where it can be measured.
            level = Level.REASONING if asked.viewpoint else Level(asked.level)
            choices = asked.options
        parsed = parse_answer(reply.text, {option.label: option.text for option in choices})
        model = answer_of_model(self.question, reply.text, parsed, level)
        model.notes += self._notes
        model.timing = {f"model {stage}": seconds for stage, seconds in reply.timing.items()}
        policy = self.settings.policy
        if self.model_required:
            policy = replace(policy, prefer="model")
        return combine(measured, model, parsed, policy)


def _outcome(ticket: PendingAnswer) -> ModelAnswer | SpatialError:
    try:
        return ticket.result()  # it knows its deadline
    except SpatialError as error:
        return error
