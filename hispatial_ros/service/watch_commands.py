"""Adding, removing and listing watches, in order, on a thread that may wait for the disk."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.service import validation
from hispatial_ros.service.faults import settle
from hispatial_ros.service.stats import RequestStats
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.waiting.outcome import Outcome
from hispatial_ros.watch.claims import misnamed
from hispatial_ros.watch.collection import Collection
from hispatial_ros.watch.spec import Spec

T = TypeVar("T")

log = logging.getLogger(__name__)


class WatchCommands:
    """``add`` and ``remove`` are for work that was given to ``submit``."""

    def __init__(
        self, collection: Collection, settings: LiveSettings, labels: Callable[[], list[str]]
    ):
        """
        Args:
            labels: tells the labels there are at present.
        """
        self.collection = collection
        self.settings = settings
        self.stats = RequestStats()  # outcomes of commands
        self._labels = labels
        self._closing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")

    def destroy(self) -> None:
        """End the thread; commands that wait are cancelled."""
        self._closing = True
        self._thread.shutdown(wait=False)

    def submit(self, work: Callable[[], T]) -> Outcome[T]:
        """Have something done, in turn; the outcome is what it returns or a SpatialError."""
        outcome: Outcome[T] = Outcome()
        outcome.then(self._count)
        self._thread.submit(settle, outcome, lambda: self._run(work))
        return outcome

    def _run(self, work: Callable[[], T]) -> T:
        if self._closing:
            raise SpatialError(ErrorCode.CANCELLED, "the node is shutting down")
        return work()

    def _count(self, outcome: Outcome[Any]) -> None:
        error = outcome.error
        if isinstance(error, SpatialError):
            log.warning("[watch] %s: %s", error.code.name, error)
        self.stats.record(getattr(error, "code", ErrorCode.NONE), {})

    def add(self, spec: Spec, replace: bool) -> str:
        """Add a watch; returns its name. Raises SpatialError."""
        validation.check_regions(spec.regions, self.settings.current)
        if spec.reference_frame:
            validation.check_reference_frame(spec.reference_frame, self.settings.current)
        for text in (spec.question, spec.condition):
            if text:
                validation.check_question(text, self.settings.current)
        name = self.collection.add(spec, overwrite=replace, known=self._known())
        log.info("[watch:%s] added", name)
        return name

    def notes(self, name: str) -> list[str]:
        """What whoever has added a watch should know: names that stand for nothing at present."""
        spec = next(w.spec for w in self.collection.watches if w.spec.name == name)
        reasons = misnamed(spec, self._known())
        for reason in reasons:
            log.warning("[watch:%s] %s", name, reason)
        return [f"{reason}. The watch stays, and looks at every image anew" for reason in reasons]

    def _known(self) -> list[str]:
        """Labels of the objects known at present."""
        return self._labels()

    def remove(self, name: str) -> str:
        """Remove a watch; returns its name. Raises SpatialError."""
        self.collection.remove(name)
        log.info("[watch:%s] removed", name)
        return name
