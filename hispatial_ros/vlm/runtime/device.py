"""The device a model computes on, and what happens when its memory is full."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from hispatial_ros.errors import backend_unavailable
from hispatial_ros.vlm.runtime.scheduler import OutOfMemory


def choose_device(name: str, parameter: str) -> torch.device:
    """Device of a name ("auto", "cpu", "cuda", "cuda:1"), the value of a ``parameter``.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise backend_unavailable(f"{parameter} {name!r} is not a device: {error}") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise backend_unavailable(
            f"{parameter} {name!r} is not there ({torch.cuda.device_count()} CUDA devices seen by "
            f"torch {torch.__version__}): install a CUDA build of torch, or set it to cpu",
        )
    return device


@contextmanager
def out_of_memory() -> Iterator[None]:
    """Tells the scheduler when the device has no room, so that it asks for less."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(str(error)) from error
