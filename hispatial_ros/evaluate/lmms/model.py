"""The backends as a model of lmms-eval."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from lmms_eval.api.instance import Instance
from lmms_eval.api.model import lmms
from loguru import logger

from hispatial_ros.evaluate.backends import LOCAL
from hispatial_ros.evaluate.files import bad
from hispatial_ros.evaluate.journal import Entry, Journal
from hispatial_ros.evaluate.local import local_asker
from hispatial_ros.evaluate.question import Question, View
from hispatial_ros.evaluate.run import ask_all
from hispatial_ros.language import options


class HiSpatial(lmms):
    """Answers lmms-eval's tasks about one image each; see `hispatial evaluate` for the arguments.

    Args:
        backend: model, measured or auto.
        checkpoint: of model and auto.
        depth_model: MoGe-2 file; the tasks' images have no depth.
        depth_cache: folder of estimated depth; empty: the user's cache.
        device: of the checkpoint.
        batch_size: questions at a time.

    Raises:
        SpatialError: BAD_REQUEST for other arguments; BACKEND_UNAVAILABLE if the model cannot be
            loaded.
    """

    is_simple = True

    def __init__(
        self,
        backend: str = "model",
        checkpoint: str = "",
        depth_model: str = "",
        depth_cache: str = "",
        device: str = "auto",
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        **unknown: Any,
    ):
        super().__init__()
        if unknown or backend not in LOCAL:
            what = ", ".join(unknown) or f"backend={backend}"
            raise bad(
                f"--model_args {what} is unknown: there are backend ({', '.join(LOCAL)}), "
                "checkpoint, depth_model, depth_cache and device"
            )
        if backend != "measured" and not checkpoint:
            raise bad(f"backend={backend} needs checkpoint=, a folder or hub id of the model")
        if not depth_model:
            raise bad("--model_args lacks depth_model=, a MoGe-2 file (docs/moge.md)")
        if not str(batch_size).isdecimal() or int(batch_size) < 1:
            raise bad(f"--batch_size {batch_size} is no positive number")
        self._asker = local_asker(
            backend,
            checkpoint=checkpoint,
            device=device,
            batch=int(batch_size),
            depth_model=Path(depth_model),
            depth_cache=Path(depth_cache) if depth_cache else None,
            detect=backend != "model",
        )

    def generate_until(self, requests: Sequence[Instance]) -> list[str]:
        """The answers; one that the backend refuses is empty, and logged.

        Raises:
            SpatialError: what ``ask_all`` raises; BAD_REQUEST if a question has not one image.
        """
        questions = [
            self._question(number, request.args) for number, request in enumerate(requests)
        ]

        def keep(question: Question, entry: Entry) -> None:
            if entry.refused:
                logger.warning(f"not answered: {question.text!r}: {entry.refused}")
            context, settings, *_ = requests[int(question.id)].args
            self.cache_hook.add_partial("generate_until", (context, settings), entry.answer)

        with TemporaryDirectory() as folder:
            journal = Journal(Path(folder), {})
            try:
                ask_all(questions, self._asker, journal, progress=keep)
            finally:
                journal.close()
        return [journal.entries[question.id].answer for question in questions]

    def loglikelihood(self, requests: Sequence[Instance]) -> list[tuple[float, bool]]:
        """Not available: answers are text. Raises NotImplementedError."""
        raise NotImplementedError("hispatial answers with text: choose tasks that generate")

    def generate_until_multi_round(self, requests: Sequence[Instance]) -> list[str]:
        """Not available: questions are asked once. Raises NotImplementedError."""
        raise NotImplementedError("hispatial answers single questions: choose tasks of one round")

    def clean(self) -> None:
        """End the backend's processes."""
        self._asker.close()
        super().clean()

    def _question(self, number: int, args: tuple[Any, ...]) -> Question:
        text, _, doc_to_visual, doc_id, task, split = args
        documents = self.task_dict[task][split]
        choices = {o.label: o.text.strip() for o in options.split(text)[1]}
        name = f"{task}, {split} {doc_id}"
        view = partial(_view, doc_to_visual, documents, doc_id, name)
        return Question(str(number), task, text, "", name, view, {}, choices)


def _view(
    doc_to_visual: Callable[[Any], Any], documents: Mapping[int, Any], doc_id: int, name: str
) -> View:
    visuals = doc_to_visual(documents[doc_id]) or []
    if len(visuals) != 1 or not hasattr(visuals[0], "convert"):
        raise bad(f"{name} is not about one image (but {len(visuals)}): leave this task out")
    return View(np.asarray(visuals[0].convert("RGB")))
