"""A stand-in for CUDA graphs: operators are recorded once and replayed on the same memory.

Like a CUDA graph it runs no Python when it is replayed, reads and writes the addresses that it was
recorded with, and refuses what makes the host wait for the device or shapes depend on data.
"""

from collections.abc import Callable

import torch
from torch.utils._python_dispatch import TorchDispatchMode

WAITS = ("_local_scalar_dense", "nonzero", "item", "masked_select", "unique", "is_nonzero", "equal")


class HostSyncError(AssertionError):
    """Something that a CUDA graph cannot hold."""


class Recorded(TorchDispatchMode):
    """The operators of a function, with the tensors they read and write."""

    def __init__(self) -> None:
        super().__init__()
        self.operators: list[tuple] = []

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        name = operator.overloadpacket.__name__
        if name in WAITS or torch.Tag.data_dependent_output in operator.tags:
            raise HostSyncError(f"{operator} makes the host wait")
        if torch.Tag.dynamic_output_shape in operator.tags:
            raise HostSyncError(f"the shape that {operator} returns depends on data")
        kwargs = kwargs or {}
        if kwargs.get("pin_memory") or (name == "_to_copy" and "device" in kwargs):
            raise HostSyncError(f"{operator} moves data")
        output = operator(*args, **kwargs)
        self.operators.append((operator, args, kwargs, output))
        return output

    def replay(self) -> None:
        """Do it all again in the same memory."""
        for operator, args, kwargs, output in self.operators:
            again = operator(*args, **kwargs)
            for old, new in zip(tensors(output), tensors(again), strict=True):
                if old.shape != new.shape or old.dtype != new.dtype:
                    raise HostSyncError(f"{operator} returned another shape")
                if old.data_ptr() != new.data_ptr():  # neither a view nor in place
                    old.copy_(new)


def tensors(output) -> list[torch.Tensor]:
    values = output if isinstance(output, list | tuple) else [output]
    return [value for value in values if isinstance(value, torch.Tensor)]


def record(function: Callable[[], None], device: torch.device) -> Callable[[], None]:
    """In the place of ``hispatial_ros.moge.recording.record``."""
    function()  # warms up
    recorded = Recorded()
    with recorded:
        function()

    def replay() -> None:
        with torch.inference_mode():
            recorded.replay()

    replay.operators = len(recorded.operators)
    return replay
