"""Depth of a capture: the sensor's, or estimated by MoGe-2."""

from collections.abc import Callable
from dataclasses import replace

from hispatial_ros.dataset.capture import Capture
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame

# Completes a capture without depth.
DepthModel = Callable[[Capture], Capture]


def with_geometry(capture: Capture, model: DepthModel | None) -> Capture:
    """The capture with depth.

    Raises:
        SpatialError: NO_DEPTH if it has none and there is no model; what the model raises.
    """
    if capture.frame.depth is not None:
        return capture
    if model is None:
        raise SpatialError(ErrorCode.NO_DEPTH, "no depth, and no depth model was given")
    return model(capture)


def moge(path: str, threads: int = 1) -> DepthModel:
    """MoGe-2 from an ONNX file.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE.
    """
    from hispatial_ros.moge.load import load_estimator

    estimator = load_estimator(path, threads=threads)

    def estimate(capture: Capture) -> Capture:
        frame = capture.frame
        assert frame.rgb is not None
        found = estimator.estimate(frame.rgb, frame.camera if capture.calibrated else None)
        made = Frame(frame.rgb, found.depth, found.camera, frame.stamp_ns, frame.frame_id, "moge")
        return replace(capture, frame=made)

    return estimate
