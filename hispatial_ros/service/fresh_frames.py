"""Each newest image, with all that evaluating it takes, between the requests of people.

Threads: messages of the camera and the lifecycle come on the executor's thread, which only starts
things; images are evaluated on the worker's thread. One is evaluated at a time, none queues.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hispatial_ros.errors import SpatialError
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.observations import Observations
from hispatial_ros.service.sight import Seen
from hispatial_ros.service.worker import Worker
from hispatial_ros.waiting.outcome import Outcome

# Evaluates an image in steps; the second argument tells whether to go on.
Evaluate = Callable[[DepthFrame, Callable[[], bool]], Iterator[None]]


@dataclass(eq=False)
class FreshFrames:
    """Brings images to whoever evaluates them.

    Args:
        wanted: whether to evaluate an image; on the worker's thread.
        needs_names: whether to evaluate it takes regions from a topic, or the built-in detector's.
        evaluate: what to do with it; on the worker's thread.
    """

    observations: Observations
    worker: Worker
    wanted: Callable[[PairedFrame], bool]
    needs_names: Callable[[], bool]
    evaluate: Evaluate

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.active = 0  # number of the activation; 0: none
        self._activations = 0
        self._busy = False  # an image is being evaluated, or prepared for that
        self._again = False  # something arrived meanwhile

    def start(self) -> None:
        """Look at images from now on."""
        with self._lock:
            self._activations += 1
            self.active = self._activations
            self._busy = self._again = False

    def stop(self) -> None:
        """Look at no more."""
        with self._lock:
            self.active = 0

    def wake(self) -> None:
        """A message of the camera has arrived, or there may be another reason to look."""
        with self._lock:
            if self._busy or not self.active:
                self._again = bool(self.active)
                return
            self._busy = True
            activation = self.active
        self.worker.between_requests(self._look(activation))

    def select(self, sensor: bool) -> PairedFrame:
        """The newest image, see `depth_sources.Select`. Raises SpatialError."""
        return self.observations.newest(sensor, with_regions=self.needs_names())

    def _look(
        self, activation: int, frame: DepthFrame | None = None, looked: bool = False
    ) -> Iterator[None]:
        """Evaluate an image, or the newest one if that is wanted.

        Args:
            looked: whether the built-in detector was asked already, with or without success.
        """
        waits = False
        try:
            if activation == self.active and frame is None:
                frame, waits = self._find(activation)
            if activation == self.active and frame is not None:
                waits = not looked and self._see(activation, frame)
                if not waits:
                    yield from self.evaluate(frame, lambda: activation == self.active)
        finally:
            if not waits:
                self._done(activation)

    def _find(self, activation: int) -> tuple[DepthFrame | None, bool]:
        """The image to evaluate, if there is any, and whether its depth is computed first."""
        depth = self.observations.depth
        try:
            if not self.wanted(self.select(depth.needs_sensor())):
                return None, False
            frame = depth.at_once(self.select)
        except SpatialError:
            return None, False  # whoever misses images notices a camera that gives none
        if frame is None:
            computed = depth.compute(self.select, wanted=lambda: activation == self.active)
            computed.then(lambda outcome: self._go_on(activation, outcome))
        return frame, frame is None

    def _go_on(self, activation: int, computed: Outcome[DepthFrame]) -> None:
        """The depth of an image was computed; on the depth thread."""
        if computed.error is not None:
            self._done(activation)
        else:
            self.worker.between_requests(self._look(activation, computed.result(0)))

    def _see(self, activation: int, frame: DepthFrame) -> bool:
        """Have the node look at the image, where that is needed and nobody else tells."""
        if not self.needs_names() or not self.observations.must_look(frame.pair):
            return False
        sight = self.observations.sight
        if not sight.is_due(frame.pair.stamp_ns):
            return False
        seen = sight.look(frame, exact=False, wanted=lambda: activation == self.active)
        seen.then(lambda outcome: self._seen(activation, frame, outcome))
        return True

    def _seen(self, activation: int, frame: DepthFrame, seen: Outcome[Seen]) -> None:
        """An image was looked at, or that failed; on the detector's thread."""
        if seen.error is None:
            frame = seen.result(0).frame
        self.worker.between_requests(self._look(activation, frame, looked=True))

    def _done(self, activation: int) -> None:
        with self._lock:
            if activation != self.active:
                return
            again, self._busy, self._again = self._again, False, False
        if again:
            self.wake()
