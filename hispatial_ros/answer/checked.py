"""Asking the model and measuring, each checking the other."""

import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from hispatial_ros.answer.combine import Policy, answer_of_model, combine
from hispatial_ros.answer.scene import references
from hispatial_ros.answer.types import Answer, Level
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language import options, text
from hispatial_ros.language.mentions import find_mentions
from hispatial_ros.language.names import Names
from hispatial_ros.language.parse import parse
from hispatial_ros.language.question import Question
from hispatial_ros.vlm.inputs import MOGE_INVALID, SENSOR_INVALID, prepare
from hispatial_ros.vlm.parse import parse_answer
from hispatial_ros.vlm.prompts import Mention, Prompt, build_prompt
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.supervisor import Supervisor
from hispatial_ros.vlm.runtime.ticket import ModelAnswer, Ticket

Measure = Callable[[str, Sequence[Region]], Answer]


class Locator(Protocol):
    """Finds named objects in a frame."""

    name: str  # for the answer's notes

    def locate(self, names: Sequence[str], frame: Frame, asking: "Asking") -> list[Region]:
        """Regions labelled with the names, those that were found. Raises SpatialError."""


@dataclass(frozen=True)
class Settings:
    """max_new_tokens: of an answer; max_reasoning_tokens: of a step-by-step answer."""

    policy: Policy = field(default_factory=Policy)
    max_new_tokens: int = 100
    max_reasoning_tokens: int = 512
    max_length: int = text.MAX_LENGTH  # characters of a question


class Model:
    """The model as questions see it: frames go in, generated text comes out."""

    def __init__(self, supervisor: Supervisor):
        self._supervisor = supervisor
        self._lock = threading.Lock()
        self._inputs: weakref.WeakKeyDictionary[Frame, SharedInput] = weakref.WeakKeyDictionary()

    @property
    def image_size(self) -> int:
        """Side of the model's image, pixels. Raises SpatialError while the model is not ready."""
        size = self._supervisor.status.details.get("image_size")
        if size is None:
            raise self._supervisor.unavailable()
        return size

    def submit(
        self,
        frame: Frame,
        prompt: Prompt,
        max_new_tokens: int,
        timeout: float,
        on_text: Callable[[str], None] | None = None,
    ) -> Ticket:
        """See Supervisor.submit."""
        size = self.image_size
        with self._lock:  # a frame is prepared once, however many ask about it
            shared = self._inputs.get(frame)
            if shared is None or shared.size != size:
                invalid = MOGE_INVALID if frame.depth_source == "moge" else SENSOR_INVALID
                prepared = prepare(frame, size, invalid)
                shared = self._inputs[frame] = SharedInput(prepared.rgb, prepared.xyz)
        return self._supervisor.submit(
            shared, prompt, max_new_tokens=max_new_tokens, timeout=timeout, on_text=on_text
        )

    def cancel(self, ticket: Ticket) -> None:
        """See Supervisor.cancel."""
        self._supervisor.cancel(ticket)


class ModelLocator:
    """The vision-language model's own location tokens."""

    name = "the model's location tokens"

    def locate(self, names: Sequence[str], frame: Frame, asking: "Asking") -> list[Region]:
        """See Locator."""
        found = []
        for name in names:
            reply = asking.ask_model(Prompt(f"detect {name}"), asking.settings.max_new_tokens)
            found += located_regions(reply.text, frame, name)[:1]
        return found


def located_regions(generated: str, frame: Frame, label: str = "") -> list[Region]:
    """Regions of the location tokens in a generated text, in pixels of the frame's image."""
    width, height = frame.camera.width, frame.camera.height
    return [
        Region(
            label or found.label,
            (
                found.box[0] * width,
                found.box[1] * height,
                found.box[2] * width,
                found.box[3] * height,
            ),
        )
        for found in parse_answer(generated).located
    ]


@dataclass(eq=False)
class Asking:
    """One question on its way. ``run`` blocks; ``stop`` may be called from another thread.

    model_required: the "model" backend: its text is the answer, and without it there is none.
    raw: the text goes to the model verbatim, nothing is drawn, looked up or measured.
    measure: answers a question from measurements, or raises SpatialError.
    """

    model: Model
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
    _ticket: Ticket | None = None
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
        if self.model_required or self._stopped:
            raise reply
        if isinstance(measured, SpatialError):
            raise SpatialError(measured.code, f"{measured}; the model was not heard: {reply}")
        measured.notes += [*self._notes, f"the model was not heard: {reply}"]
        return measured

    def stop(self) -> None:
        """Give up; the model stops within one token."""
        with self._lock:
            self._stopped = True
            ticket = self._ticket
        if ticket is not None:
            self.model.cancel(ticket)

    def ask_model(self, prompt: Prompt, max_new_tokens: int) -> ModelAnswer:
        """One generated text about the frame. Raises SpatialError."""
        return self._submit(prompt, max_new_tokens, None).result()  # it knows its deadline

    def _parsed(self) -> Question | None:
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

    def _look_up(self, asked: Question | None) -> list[Region]:
        """Regions of what the question names and nobody has given, from the first that knows."""
        if asked is None:
            return []
        names = Names([region.label for region in self.regions])
        missing = list(dict.fromkeys(r.name for r in references(asked) if not names.knows(r)))
        found: list[Region] = []
        for locator in self.locators:
            if not missing:
                break
            try:
                regions = locator.locate(missing, self.frame, self)
            except SpatialError as error:
                self._notes.append(f"{locator.name} could not be asked: {error}")
                continue
            located = {region.label for region in regions}
            self._notes += [f"'{name}' was located by {locator.name}" for name in located]
            missing = [name for name in missing if name not in located]
            found += regions
        return found

    def _prompt(self, asked: Question | None) -> tuple[Prompt, int]:
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
            self.model.image_size,
            step_by_step=step_by_step,
        )
        return prompt, settings.max_reasoning_tokens if step_by_step else settings.max_new_tokens

    def _start(self, asked: Question | None) -> Ticket | SpatialError:
        try:
            return self._submit(*self._prompt(asked), self.on_text)
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
        self, prompt: Prompt, max_new_tokens: int, on_text: Callable[[str], None] | None
    ) -> Ticket:
        timeout = self.deadline - time.monotonic()
        ticket = self.model.submit(self.frame, prompt, max_new_tokens, timeout, on_text)
        with self._lock:
            self._ticket, stopped = ticket, self._stopped
        if stopped:
            self.model.cancel(ticket)
        return ticket

    def _combined(
        self, reply: ModelAnswer, asked: Question | None, measured: Answer | None
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


def _outcome(ticket: Ticket) -> ModelAnswer | SpatialError:
    try:
        return ticket.result()  # it knows its deadline
    except SpatialError as error:
        return error
