"""Adding, removing and listing watches, in order, on a thread that may wait for the disk."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.ros.services import validation
from hispatial_ros.service.stats import RequestStats
from hispatial_ros.service.worker import internal_error
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.watch.collection import Collection
from hispatial_ros.watch.spec import Spec

log = logging.getLogger(__name__)


class WatchCommands:
    """``add`` and ``remove`` are for work that was given to ``submit``."""

    def __init__(self, collection: Collection, settings: LiveSettings, buffer: FrameBuffer):
        """
        Args:
            buffer: knows the labels there are at present.
        """
        self.collection = collection
        self.settings = settings
        self.stats = RequestStats()  # outcomes of commands
        self._buffer = buffer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")

    def destroy(self) -> None:
        """End the thread; commands that wait are cancelled."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def submit(self, work: Callable[[], Any], refuse: Callable[[SpatialError], Any]) -> Future:
        """Have something done; the future's result is a response.

        Args:
            work: Makes the response; what it raises becomes ``refuse(error)``.
        """

        def run() -> Any:
            try:
                response = work()
            except SpatialError as error:
                log.warning("[watch] %s: %s", error.code.name, error)
                return self._refuse(refuse, error)
            except Exception as error:  # a bug costs one request, not the thread
                log.exception("[watch] internal error")
                return self._refuse(refuse, internal_error(error))
            self.stats.record(ErrorCode.NONE, {})
            return response

        return self._thread.submit(run)

    def _refuse(self, refuse: Callable[[SpatialError], Any], error: SpatialError) -> Any:
        self.stats.record(error.code, {})
        return refuse(error)

    def add(self, spec: Spec, replace: bool) -> str:
        """Add a watch; returns its name. Raises SpatialError."""
        if spec.reference_frame:
            validation.check_reference_frame(spec.reference_frame, self.settings.current)
        for text in (spec.question, spec.condition):
            if text:
                validation.check_question(text, self.settings.current)
        known = [region.label for region in self._buffer.newest_regions]
        name = self.collection.add(spec, overwrite=replace, known=known)
        log.info("[watch:%s] added", name)
        return name

    def remove(self, name: str) -> str:
        """Remove a watch; returns its name. Raises SpatialError."""
        self.collection.remove(name)
        log.info("[watch:%s] removed", name)
        return name
