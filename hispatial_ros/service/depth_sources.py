"""Where the depth of a frame comes from: the sensor, MoGe-2, or both.

The sensor's depth is there at once. What takes the network is computed on a thread of its own, so
that the worker goes on with requests that need none; the images are drawn when the network is free,
and thus everybody who waits for the newest one shares one inference.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.moge.model_file import check_model
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.service.monocular import Estimated, MonocularDepth
from hispatial_ros.service.worker import internal_error
from hispatial_ros.settings.live import LiveSettings

log = logging.getLogger(__name__)

# Draws a frame from the intake: with the sensor's depth and calibration (True), or without need of
# either (False).
Draw = Callable[[bool], PairedFrame]
CLOSE_TIMEOUT = 5.0  # s for the inference at hand to end


@dataclass(frozen=True, eq=False)
class View:
    """An image with the depth to answer on."""

    pair: PairedFrame
    noise: DepthNoise
    notes: tuple[str, ...] = ()  # what a client should know about the depth
    estimated: Frame | None = None  # None: the sensor's frame

    def frame(self, with_rgb: bool = True) -> Frame:
        """The frame; without rgb it may lack it. Raises as `PairedFrame.frame`."""
        return self.pair.frame(with_rgb) if self.estimated is None else self.estimated


Done = Callable[[View | SpatialError], None]


@dataclass(frozen=True, eq=False)
class _Ticket:
    draw: Draw
    wanted: Callable[[], bool]
    done: Done
    context: Context = field(default_factory=copy_context)  # of who asks: log lines tell it


@dataclass(frozen=True, eq=False)
class _Missing:
    """A view that takes the network."""

    pair: PairedFrame
    fused: bool
    reason: str  # why the sensor does not do; empty if it is not supposed to


class DepthSources:
    """Gives views of drawn frames, by the parameter ``depth_source``. Thread-safe."""

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings
        self.model: MonocularDepth | None = None
        self._without_sensor = False  # as last logged
        self.fault = ""  # why the model that is configured could not be loaded
        self._loading_since: float | None = None
        self._tickets: queue.SimpleQueue[_Ticket | Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="depth", daemon=True).start()

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
        if model is None:
            return
        closed = threading.Event()

        def close() -> None:
            model.close()
            closed.set()

        self._tickets.put(close)
        if not closed.wait(timeout):
            log.warning("the depth model is still at work; it is freed after that")

    def view(self, draw: Draw) -> View | None:
        """The view, if that takes no inference; None: ask `submit`.

        Raises:
            SpatialError: what ``draw`` raises, and BACKEND_UNAVAILABLE.
        """
        found = self._resolve(draw)
        return found if isinstance(found, View) else None

    def submit(self, draw: Draw, wanted: Callable[[], bool], done: Done) -> None:
        """Compute a view.

        Args:
            draw: called on the depth thread, once the network is free.
            wanted: whether anybody still waits for it.
            done: gets the view or error, on the depth thread; must be quick. Not called if the
                view is not wanted any more.
        """
        self._tickets.put(_Ticket(draw, wanted, done))

    @property
    def source(self) -> str:
        """The parameter ``depth_source``."""
        return str(self._settings.current.depth_source)

    def needs_sensor(self) -> bool:
        """Whether nothing can be measured without a depth topic."""
        return self.source == "sensor" or (self.source == "auto" and self.model is None)

    def _resolve(self, draw: Draw) -> View | _Missing:
        source = self.source
        if source in ("sensor", "moge"):
            pair, reason = draw(source == "sensor"), ""
        else:
            pair, reason = self._draw_any(draw, source)
        if source == "sensor" or (source == "auto" and not reason):
            return View(pair, self._settings.current.depth_noise.noise)
        model = self.model
        if model is None:
            raise self._no_model()
        fused = source == "fused" and not reason
        known = model.known(pair, fused)
        missing = _Missing(pair, fused, reason)
        return missing if known is None else self._view(missing, known)

    def _draw_any(self, draw: Draw, source: str) -> tuple[PairedFrame, str]:
        """A pair with depth, else without, and then why."""
        try:
            pair = draw(True)
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
            return draw(False), str(error)

    def _log_source(self, why_not_sensor: str) -> None:
        """A line whenever the sensor's depth comes or goes."""
        if bool(why_not_sensor) == self._without_sensor:
            return
        self._without_sensor = bool(why_not_sensor)
        if why_not_sensor:
            log.warning("depth is estimated by MoGe-2 from colour alone: %s", why_not_sensor)
        else:
            log.info("the sensor's depth is used again")

    def _compute(self, missing: _Missing) -> View:
        model = self.model
        if model is None:
            raise self._no_model()
        if missing.fused:
            result = model.fuse(missing.pair, self._settings.current.depth_noise.noise)
        else:
            result = model.estimate(missing.pair)
        return self._view(missing, result)

    def _view(self, missing: _Missing, result: Estimated) -> View:
        estimated = result.frame.depth_source == "moge"
        now = self._settings.current
        because = (f"the sensor's depth is not used: {missing.reason}",) if missing.reason else ()
        return View(
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

    def _run(self) -> None:
        while True:
            self._serve(self._next_batch())  # no name: it would keep models and frames alive

    def _next_batch(self) -> list[_Ticket | Callable[[], None]]:
        batch = [self._tickets.get()]
        while not self._tickets.empty():
            batch.append(self._tickets.get())
        return batch

    def _serve(self, batch: list[_Ticket | Callable[[], None]]) -> None:
        missing: list[tuple[_Ticket, _Missing]] = []

        def begin(ticket: _Ticket) -> None:
            found = self._resolve(ticket.draw)
            if isinstance(found, View):
                ticket.done(found)
            else:
                missing.append((ticket, found))

        for item in batch:
            if isinstance(item, _Ticket):
                _attempt(item, partial(begin, item))
            else:
                item()
        # Requests about the same image one after another: only the first computes.
        for ticket, one in sorted(missing, key=lambda entry: entry[1].pair.stamp_ns):
            _attempt(ticket, partial(self._finish, ticket, one))

    def _finish(self, ticket: _Ticket, missing: _Missing) -> None:
        ticket.done(self._compute(missing))


def _attempt(ticket: _Ticket, work: Callable[[], None]) -> None:
    if not ticket.wanted():
        return
    ticket.context.run(_attempt_in_context, ticket, work)


def _attempt_in_context(ticket: _Ticket, work: Callable[[], None]) -> None:
    try:
        work()
    except SpatialError as error:
        ticket.done(error)
    except Exception as error:  # a bug costs one request, not the thread
        log.exception("internal error while computing depth")
        ticket.done(internal_error(error))
