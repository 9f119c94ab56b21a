"""The device a model computes on, and what happens when its memory is full."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from hispatial_ros.errors import backend_unavailable, first_line
from hispatial_ros.vlm.runtime.scheduler import OutOfMemory

log = logging.getLogger(__name__)

_DRIVER = Path("/proc/driver/nvidia/version")


def choose_device(name: str, parameter: str) -> torch.device:
    """Device of a name ("auto", "cpu", "cuda", "cuda:1"), the value of a ``parameter``.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if there is no such device.
    """
    if name == "auto":
        if not torch.cuda.is_available():
            if torch.version.cuda and _DRIVER.exists():
                log.warning(
                    "%s is cpu: PyTorch %s cannot use the GPU of this machine: check nvidia-smi, "
                    "and that the driver is new enough for it",
                    parameter, torch.__version__,
                )  # fmt: skip
            return torch.device("cpu")
        name = "cuda"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise backend_unavailable(f"{parameter} {name!r} is not a device: {error}") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise backend_unavailable(
            f"{parameter} {name!r} is not there ({torch.cuda.device_count()} CUDA devices seen by "
            f"torch {torch.__version__}): install a CUDA build of torch, or set it to cpu",
        )
    if device.type == "cuda":
        try:
            torch.empty(1, device=device)
        except RuntimeError as error:
            raise backend_unavailable(
                f"{parameter} {name!r} cannot be used ({first_line(error)}): check nvidia-smi, "
                f"and that the driver is new enough for torch {torch.__version__}, or set it to cpu"
            ) from error
    return device


@contextmanager
def out_of_memory() -> Iterator[None]:
    """Tells the scheduler when the device has no room, so that it asks for less."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(str(error)) from error
