"""The vision-language model as a backend, checked against the measurement."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from hispatial_ros.answer.checked import CheckedQuestion, ModelSettings
from hispatial_ros.answer.combine import Policy
from hispatial_ros.answer.locators import DetectorLocator, Locator, ModelLocator
from hispatial_ros.answer.model import Model
from hispatial_ros.answer.types import Answer
from hispatial_ros.service.backend import QuestionOnFrame
from hispatial_ros.service.faults import settle
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.settings.model import BUILTIN
from hispatial_ros.settings.settings import BY_NAME
from hispatial_ros.vlm.runtime.status import Limits
from hispatial_ros.vlm.runtime.supervisor import Supervisor
from hispatial_ros.waiting.outcome import Outcome

MODEL = "hispatial_ros.vlm.runtime.engine:create"
DETECTOR = "hispatial_ros.vlm.detector:create"
THRESHOLD = 0.2  # of its scores, where detector.threshold is 0


class Models:
    """The supervised processes of model and detector, from configure to cleanup."""

    def __init__(self, settings: LiveSettings):
        """Start loading what the parameters name, in the background."""
        p = settings.current
        self._settings = settings
        # The node's own queue refuses what is too much, by a parameter that may change meanwhile.
        most = int(BY_NAME["queue_size"].maximum or 0)
        limits = Limits(
            max_in_flight=most,
            hang_timeout=p.model.hang_timeout,
            load_timeout=p.model.load_timeout,
        )
        self.processes: dict[str, Supervisor] = {}
        if p.model.checkpoint:
            options = {
                name: getattr(p.model, name)
                for name in (
                    "checkpoint",
                    "revision",
                    "device",
                    "dtype",
                    "attn_implementation",
                    "compile",
                    "max_batch",
                )
            }
            options["max_text"] = p.model.max_prompt_tokens
            options["max_new_tokens"] = max(p.model.max_new_tokens, p.model.max_reasoning_tokens)
            self.processes["model"] = Supervisor({"factory": MODEL, "options": options}, limits)
        if p.detector.model not in ("", BUILTIN):
            options = {
                name: getattr(p.detector, name)
                for name in ("model", "revision", "device", "dtype", "max_batch")
            }
            options["threshold"] = p.detector.threshold or THRESHOLD
            self.processes["detector"] = Supervisor(
                {"factory": DETECTOR, "options": options}, limits
            )
        self._model = Model(self.processes["model"]) if "model" in self.processes else None
        self._detectors: list[Locator] = []
        if "detector" in self.processes:
            self._detectors.append(DetectorLocator(self.processes["detector"], p.detector.model))
        # These threads only wait, each for one of the questions in flight; made when needed.
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="asking")
        for process in self.processes.values():
            process.start()

    def close(self) -> None:
        """End the processes; what is in flight gets an error."""
        for process in self.processes.values():
            process.close()
        self._pool.shutdown()

    def backend(self, required: bool, ask_model: bool) -> "ModelBackend":
        """Backend with the present settings.

        Args:
            required: no answer without the model.
            ask_model: False: only the detector helps, to find what the question names.
        """
        p = self._settings.current
        settings = ModelSettings(
            policy=Policy(
                prefer=p.model.prefer,
                tight=p.model.tight,
                model_relative_stddev=p.model.relative_stddev,
            ),
            max_new_tokens=p.model.max_new_tokens,
            max_reasoning_tokens=p.model.max_reasoning_tokens,
            max_length=p.max_question_length,
        )
        model = self._model if ask_model else None
        locators = list(self._detectors)
        if model is not None and p.model.locate:
            locators.append(ModelLocator(model))
        return ModelBackend(model, settings, locators, self._pool, required)


class ModelBackend:
    """Asks the model and measures; answers from a thread of its own."""

    needs_rgb = True

    def __init__(
        self,
        model: Model | None,
        settings: ModelSettings,
        locators: Sequence[Locator],
        pool: ThreadPoolExecutor,
        required: bool,
    ):
        self._model = model
        self._settings = settings
        self._locators = locators
        self._pool = pool
        self._required = required

    def start(self, question: QuestionOnFrame) -> Outcome[Answer]:
        """See Backend."""
        asking = CheckedQuestion(
            model=self._model,
            settings=self._settings,
            locators=self._locators,
            question=question.text,
            context=question.context,
            frame=question.frame,
            regions=question.regions,
            measure=question.measure,
            deadline=question.deadline,
            model_required=self._required or question.raw,
            raw=question.raw,
            on_text=lambda text: question.progress("model", float("nan"), text),
        )
        outcome: Outcome[Answer] = Outcome()
        outcome.then(lambda given_up: asking.stop() if given_up.error else None)
        self._pool.submit(copy_context().run, settle, outcome, asking.run)
        return outcome
