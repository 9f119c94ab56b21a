"""MoGe-2 in the node: loaded once, each image estimated and fused once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.moge.estimator import Estimator
from hispatial_ros.moge.fusion import Source, fuse
from hispatial_ros.moge.load import load_estimator
from hispatial_ros.pointmap.noise import DepthNoise

KEPT = 4  # results that later requests about the same image find again
WARM_UP_SIZE = (640, 480)

T = TypeVar("T")
Key = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Estimated:
    """A frame whose depth comes from the model, wholly or in part."""

    frame: Frame
    notes: tuple[str, ...]


class MonocularDepth:
    """One loaded model. Estimating is for one thread; the rest is thread-safe."""

    def __init__(self, estimator: Estimator) -> None:
        self._estimator = estimator
        self._estimated: dict[Key, tuple[Any, Estimated]] = {}
        self._fused: dict[Key, tuple[Any, Estimated]] = {}
        self.inferences = 0
        self.last_seconds: float | None = None  # the last inference took
        self.filled_share: float | None = None  # of the last fused image's pixels

    @staticmethod
    def load(
        model: str,
        runtime: str,
        num_tokens: int,
        threads: int,
        device_id: int,
        cache_dir: str,
        progress: Callable[[str], None],
    ) -> "MonocularDepth":
        """Load, compile if needed, and run once; takes seconds to minutes.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE.
        """
        estimator = load_estimator(
            model, runtime, num_tokens, threads, device_id, cache_dir or None, progress
        )
        try:
            _warm_up(estimator)
        except BaseException:
            estimator.close()
            raise
        return MonocularDepth(estimator)

    @property
    def engine(self) -> str:
        """Runtime and device, for people."""
        return self._estimator.engine.spec.name

    @property
    def file(self) -> str:
        """The model's file."""
        return self._estimator.engine.spec.model

    @property
    def num_tokens(self) -> int | None:
        """None: not known."""
        return self._estimator.engine.spec.num_tokens

    def close(self) -> None:
        """Free the device; by the thread that estimates."""
        self._estimator.close()

    def known(self, pair: PairedFrame, fused: bool) -> Estimated | None:
        """What was computed before for this image. Raises as `PairedFrame.camera`."""
        if fused:
            return _find(self._fused, (id(pair),))
        return _find(self._estimated, (id(pair.image), calibration(pair)))

    def estimate(self, pair: PairedFrame) -> Estimated:
        """Depth from colour alone.

        Raises:
            SpatialError: see `Estimator.estimate`.
        """
        known = self.known(pair, fused=False)
        if known is not None:
            return known
        given = calibration(pair)
        rgb = pair.rgb
        start = time.perf_counter()
        estimate = self._estimator.estimate(rgb, given)
        self.last_seconds = time.perf_counter() - start
        self.inferences += 1
        camera = replace(estimate.camera, frame_id=pair.frame_id)
        notes = ["depth: estimated by MoGe-2 from colour"]
        if given is None:
            notes.append(
                f"focal length: estimated ({camera.fx:.0f} pixels), the camera is not calibrated"
            )
        frame = Frame(
            rgb,
            estimate.depth,
            camera,
            pair.stamp_ns,
            pair.frame_id,
            "moge",
            notes=() if given is None else given.notes,
        )
        result = Estimated(frame, tuple(notes))
        _keep(self._estimated, (id(pair.image), given), pair.image, result)
        return result

    def fuse(self, pair: PairedFrame, noise: DepthNoise) -> Estimated:
        """The sensor's depth with its holes filled; the sensor's alone if that fails.

        Args:
            pair: with depth.
            noise: of the sensor.

        Raises:
            SpatialError: see `PairedFrame.frame`.
        """
        known = self.known(pair, fused=True)
        if known is not None:
            return known
        sensor = pair.frame()
        assert sensor.depth is not None  # the pair has depth
        self.filled_share = 0.0
        try:
            monocular = self.estimate(pair).frame.depth
        except SpatialError as error:
            # Not kept: the next question may have better luck.
            return Estimated(sensor, (f"depth: the sensor's alone, MoGe-2 failed: {error}",))
        assert monocular is not None
        fused = fuse(sensor.depth, monocular, noise)
        if fused.aligned:
            filled = fused.source == Source.FILLED
            self.filled_share = float(np.mean(filled))
            frame = replace(
                sensor, depth=fused.depth, depth_sigma=fused.sigma, depth_source="fused"
            )
            share = f"{self.filled_share:.0%} of the pixels filled by MoGe-2"
            result = Estimated(frame, (f"depth: the sensor's, {share} ({fused.note})",))
        else:
            result = Estimated(sensor, (f"depth: the sensor's alone: {fused.note}",))
        _keep(self._fused, (id(pair),), pair, result)
        return result


def calibration(pair: PairedFrame) -> Camera | None:
    """The camera of an image, None where it is not calibrated. Raises SpatialError."""
    try:
        return pair.camera
    except SpatialError as error:
        if error.code is not ErrorCode.NO_CAMERA_INFO:
            raise
        return None


def _warm_up(estimator: Estimator) -> None:
    spec = estimator.engine.spec
    width, height = spec.width or WARM_UP_SIZE[0], spec.height or WARM_UP_SIZE[1]
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    try:
        estimator.estimate(image)
    except SpatialError as error:
        if error.code is not ErrorCode.NO_VALID_DEPTH:  # noise is not much to see
            raise


# The first of the two stored is what the key identifies: alive, its id stays its own.
def _find(store: dict[Key, tuple[Any, T]], key: Key) -> T | None:
    found = store.get(key)
    return None if found is None else found[1]


def _keep(store: dict[Key, tuple[Any, T]], key: Key, origin: Any, value: T) -> None:
    store[key] = (origin, value)
    while len(store) > KEPT:
        del store[next(iter(store))]
