"""Where the depth of a frame comes from: the sensor, MoGe-2, or both.

The sensor's depth is there at once. What takes the network is computed on a thread of its own, so
that the worker goes on with requests that need none; the images are selected when the network is
free, and thus everybody who waits for the newest one shares one inference.
"""

import logging
import math
import queue
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hispatial_ros.answer.unit import median_ratio
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.moge.model_file import check_model
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.service.faults import attempt, settle
from hispatial_ros.service.monocular import Estimated, MonocularDepth
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.waiting.loop import Loop
from hispatial_ros.waiting.outcome import Outcome

log = logging.getLogger(__name__)

# Selects an image: with the sensor's depth and calibration (True), or without need of either
# (False). Raises SpatialError.
Select = Callable[[bool], PairedFrame]
CLOSE_TIMEOUT = 5.0  # s for the inference at hand to end
COMPARE_EVERY = 10.0  # s until the model looks again at a camera whose unit is not confirmed


@dataclass(frozen=True, eq=False)
class DepthFrame:
    """An image with the depth to answer on."""

    pair: PairedFrame
    noise: DepthNoise
    source_notes: tuple[str, ...] = ()  # where the depth is from, if that has to be said
    estimated: Frame | None = None  # None: the sensor's frame

    @property
    def notes(self) -> tuple[str, ...]:
        """What a client should know about depth and calibration. Raises as `frame`."""
        return (*self.source_notes, *self.frame(needs_rgb=False).notes)

    def frame(self, needs_rgb: bool = True) -> Frame:
        """The frame; it may lack colour that is not needed. Raises as `PairedFrame.frame`."""
        return self.pair.frame(needs_rgb) if self.estimated is None else self.estimated

    @property
    def geometry(self) -> Frame:
        """The frame, where colour does not matter. Raises as `PairedFrame.geometry`."""
        return self.pair.geometry if self.estimated is None else self.estimated


@dataclass(frozen=True, eq=False)
class _Order:
    """Depth that somebody waits for."""

    select: Select
    wanted: Callable[[], bool]
    outcome: Outcome[DepthFrame] = field(default_factory=Outcome)
    context: Context = field(default_factory=copy_context)  # of who asks: log lines tell it

    def attempt(self, work: Callable[[], object]) -> None:
        """Do something for it, unless nobody waits any more; what that raises is its error."""
        self.context.run(attempt, self.outcome, self._attempt, work)

    def _attempt(self, work: Callable[[], object]) -> None:
        if not self.wanted():
            raise SpatialError(ErrorCode.CANCELLED, "nobody waits for this depth any more")
        work()


@dataclass(frozen=True, eq=False)
class _Missing:
    """Depth that takes the network."""

    pair: PairedFrame
    fused: bool
    reason: str  # why the sensor does not do; empty if it is not supposed to


class DepthSources:
    """Gives images their depth, by the parameter ``depth_source``. Thread-safe."""

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings
        self.model: MonocularDepth | None = None
        self._without_sensor = False  # as last logged
        # Of depth cameras: when they were compared with the model, and the result.
        self._compared: dict[str, tuple[float, float | None]] = {}
        self.fault = ""  # why the model that is configured could not be loaded
        self._loading_since: float | None = None
        self._queue: queue.SimpleQueue[_Order | Callable[[], None]] = queue.SimpleQueue()
        self._stopping = False
        self._loop = Loop("depth", self._step)
        self._loop.start()

    def open(self) -> None:
        """Load the model that the parameters name, if any; takes seconds to minutes.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE if there is none, but ``depth_source`` needs it. With
                "auto" the reason is logged and kept in ``fault`` instead.
        """
        p = self._settings.current
        self.fault = ""
        needed = p.depth_source in ("moge", "fused")
        if not p.moge.model:
            if needed:
                raise self._no_model()
            return
        log.info("loading the depth model %s on %s ...", p.moge.model, p.moge.runtime)
        started = self._loading_since = time.monotonic()
        try:
            log.info("its sha256 is %s", check_model(Path(p.moge.model), p.moge.sha256))
            self.model = MonocularDepth.load(
                p.moge.model,
                p.moge.runtime,
                p.moge.num_tokens,
                p.moge.threads,
                p.moge.device_id,
                p.moge.cache_dir,
                log.info,
            )
        except SpatialError as error:
            if needed:
                raise
            self.fault = str(error)
            log.error("%s; without it only the sensor's depth is used", error)
        else:
            seconds = time.monotonic() - started
            log.info("depth model ready on %s after %.1f s", self.model.engine, seconds)
        finally:
            self._loading_since = None

    @property
    def loading_for(self) -> float | None:
        """Seconds since loading began; None if nothing is being loaded."""
        since = self._loading_since
        return None if since is None else time.monotonic() - since

    def close(self, timeout: float = CLOSE_TIMEOUT) -> None:
        """Free the model after the inference at hand; waits no longer than ``timeout``."""
        model, self.model = self.model, None
        self._compared.clear()
        if model is None:
            return
        closed: Outcome[None] = Outcome()
        self._queue.put(partial(settle, closed, model.close))
        try:
            closed.result(timeout)
        except TimeoutError:
            log.warning("the depth model is still at work; it is freed after that")
        except SpatialError as error:
            log.error("the depth model was not freed: %s", error)

    def stop(self, timeout: float = CLOSE_TIMEOUT) -> None:
        """As `close`; and end the thread."""
        self.close(timeout)
        self._stopping = True
        self._queue.put(lambda: None)
        self._loop.join(timeout)

    @property
    def faults(self) -> int:
        """Internal errors that the thread has survived."""
        return self._loop.faults

    def at_once(self, select: Select) -> DepthFrame | None:
        """The image with its depth, if that takes no inference; None: ask `compute`.

        Raises:
            SpatialError: what ``select`` raises, and BACKEND_UNAVAILABLE.
        """
        found = self._resolve(select)
        return found if isinstance(found, DepthFrame) else None

    def compute(self, select: Select, wanted: Callable[[], bool]) -> Outcome[DepthFrame]:
        """Have depth computed.

        Args:
            select: called on the depth thread, once the network is free.
            wanted: whether anybody still waits for it; else it fails, CANCELLED.

        Returns:
            What is set on the depth thread; callbacks must be quick.
        """
        order = _Order(select, wanted)
        self._queue.put(order)
        return order.outcome

    @property
    def source(self) -> str:
        """The parameter ``depth_source``."""
        return str(self._settings.current.depth_source)

    def to_model(self, pair: PairedFrame) -> float | None:
        """Median ratio of the sensor's depth to the model's, as of one of the last images.

        NaN: the model is going to look, once the network is free. None: it does not, or has nothing
        to say. Raises as `PairedFrame.camera`.
        """
        model = self.model
        if model is None or pair.depth is None or self.source not in ("auto", "fused"):
            return None
        camera, now = pair.depth.frame_id, time.monotonic()
        if model.known(pair, fused=False) is not None:
            self._compare(model, pair)
        compared, ratio = self._compared.get(camera, (-math.inf, math.nan))
        if now - compared > COMPARE_EVERY:
            self._compared[camera] = now, ratio
            self._queue.put(partial(self._compare, model, pair))
        return ratio

    def _compare(self, model: MonocularDepth, pair: PairedFrame) -> None:
        assert pair.depth is not None  # else there is nothing to compare
        if self.model is not model:
            return
        ratio = None
        with suppress(SpatialError):  # what cannot be estimated tells nothing
            sensor, estimated = pair.geometry.depth, model.estimate(pair).frame.depth
            assert sensor is not None
            assert estimated is not None
            ratio = median_ratio(sensor, estimated)
        self._compared[pair.depth.frame_id] = time.monotonic(), ratio

    def needs_sensor(self) -> bool:
        """Whether nothing can be measured without a depth topic."""
        return self.source == "sensor" or (self.source == "auto" and self.model is None)

    def _resolve(self, select: Select) -> DepthFrame | _Missing:
        source = self.source
        if source in ("sensor", "moge"):
            pair, reason = select(source == "sensor"), ""
        else:
            pair, reason = self._select_any(select, source)
        if source == "sensor" or (source == "auto" and not reason):
            return DepthFrame(pair, self._settings.current.depth_noise.noise)
        model = self.model
        if model is None:
            raise self._no_model()
        fused = source == "fused" and not reason
        known = model.known(pair, fused)
        missing = _Missing(pair, fused, reason)
        return missing if known is None else self._with_depth(missing, known)

    def _select_any(self, select: Select, source: str) -> tuple[PairedFrame, str]:
        """A pair with depth, else without, and then why."""
        try:
            pair = select(True)
            self._log_source("")
            return pair, ""
        except SpatialError as error:
            if error.code is not ErrorCode.NO_DEPTH:
                raise
            if self.model is None and source == "auto":
                if not self.fault:
                    raise
                raise SpatialError(
                    error.code, f"{error}; and there is no depth model: {self.fault}"
                ) from error
            self._log_source(str(error))
            return select(False), str(error)

    def _log_source(self, why_not_sensor: str) -> None:
        """A line whenever the sensor's depth comes or goes."""
        if bool(why_not_sensor) == self._without_sensor:
            return
        self._without_sensor = bool(why_not_sensor)
        if why_not_sensor:
            log.warning("depth is estimated by MoGe-2 from colour alone: %s", why_not_sensor)
        else:
            log.info("the sensor's depth is used again")

    def _compute(self, missing: _Missing) -> DepthFrame:
        model = self.model
        if model is None:
            raise self._no_model()
        if missing.fused:
            result = model.fuse(missing.pair, self._settings.current.depth_noise.noise)
        else:
            result = model.estimate(missing.pair)
        return self._with_depth(missing, result)

    def _with_depth(self, missing: _Missing, result: Estimated) -> DepthFrame:
        estimated = result.frame.depth_source == "moge"
        now = self._settings.current
        because = (f"the sensor's depth is not used: {missing.reason}",) if missing.reason else ()
        return DepthFrame(
            missing.pair,
            (now.moge_noise if estimated else now.depth_noise).noise,
            result.notes + because,
            result.frame,
        )

    def _no_model(self) -> SpatialError:
        source = self.source
        return SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"depth_source is {source}, but no depth model is loaded: "
            + (self.fault or "set moge.model to a MoGe-2 ONNX file and start the node again"),
        )

    def _step(self) -> bool:
        """Serve all that wait at present. Nothing of them is kept while the thread is idle."""
        missing: list[tuple[_Order, _Missing]] = []

        def begin(order: _Order) -> None:
            found = self._resolve(order.select)
            if isinstance(found, DepthFrame):
                order.outcome.succeed(found)
            else:
                missing.append((order, found))

        for item in self._next_batch():
            if isinstance(item, _Order):
                item.attempt(partial(begin, item))
            else:
                item()
        # Requests about the same image one after another: only the first computes.
        for order, one in sorted(missing, key=lambda entry: entry[1].pair.stamp_ns):
            order.attempt(partial(self._finish, order, one))
        return not self._stopping

    def _finish(self, order: _Order, missing: _Missing) -> None:
        order.outcome.succeed(self._compute(missing))

    def _next_batch(self) -> list[_Order | Callable[[], None]]:
        batch = [self._queue.get()]
        while not self._queue.empty():
            batch.append(self._queue.get())
        return batch
