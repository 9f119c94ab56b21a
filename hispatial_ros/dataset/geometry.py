"""Depth of a capture: the sensor's, estimated by MoGe-2, or the sensor's with its holes filled."""

from collections.abc import Callable
from dataclasses import replace

from hispatial_ros.dataset.capture import Capture
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.pointmap.noise import MONOCULAR_NOISE, DepthNoise

# "sensor": where there is, else estimated; "moge": always estimated; "fused": the sensor's with
# its holes filled, estimated where there is no sensor's.
DEPTHS = ("sensor", "moge", "fused")

# Gives a capture depth.
DepthModel = Callable[[Capture], Capture]


def with_geometry(capture: Capture, model: DepthModel | None, depth: str = "sensor") -> Capture:
    """The capture with depth.

    Args:
        model: called where the sensor's depth is not enough.
        depth: one of `DEPTHS`.

    Raises:
        SpatialError: NO_DEPTH if it has none and there is no model; what the model raises.
    """
    if depth == "sensor" and capture.frame.depth is not None:
        return capture
    if model is None:
        raise SpatialError(ErrorCode.NO_DEPTH, "no depth, and no depth model was given")
    return model(capture)


def moge(settings: BuildSettings, threads: int = 1) -> DepthModel:
    """MoGe-2 from the ONNX file that the settings name; fuses if they say so.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE.
    """
    from hispatial_ros.moge.fusion import fuse
    from hispatial_ros.moge.load import load_estimator

    estimator = load_estimator(settings.depth_model, threads=threads)

    def estimate(capture: Capture) -> Capture:
        frame = capture.frame
        assert frame.rgb is not None
        found = estimator.estimate(frame.rgb, frame.camera if capture.calibrated else None)
        if settings.depth == "fused" and frame.depth is not None:
            fused = fuse(frame.depth, found.depth, sensor_noise(settings))
            if not fused.aligned:  # the sensor's alone
                return capture
            filled = replace(
                frame, depth=fused.depth, depth_sigma=fused.sigma, depth_source="fused"
            )
            return replace(capture, frame=filled)
        made = Frame(frame.rgb, found.depth, found.camera, frame.stamp_ns, frame.frame_id, "moge")
        return replace(capture, frame=made)

    return estimate


def depth_noise(frame: Frame, settings: BuildSettings) -> DepthNoise:
    """What measuring takes for the noise of a frame's depth, where the frame has no map of it."""
    if frame.depth_source == "sensor" or frame.depth_sigma is not None:
        return sensor_noise(settings)
    return MONOCULAR_NOISE


def sensor_noise(settings: BuildSettings) -> DepthNoise:
    """Of the sensor that the settings tell of."""
    if settings.depth_stddev:
        return DepthNoise(a=0.0, b=0.0, relative=settings.depth_stddev)
    return DepthNoise()
