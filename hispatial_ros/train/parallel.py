"""One process or many: who takes part, and how the model is spread over them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.model import TrainingModel


@dataclass(frozen=True)
class Place:
    """This process among those that train together."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        return self.rank == 0

    def any(self, flag: bool) -> bool:
        """Whether ``flag`` is set in any process; waits for the processes, not for the device."""
        if self.world == 1:
            return flag
        flags = torch.tensor(int(flag))
        distributed.all_reduce(flags, distributed.ReduceOp.MAX)
        return bool(flags)

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """Over all processes, in place."""
        if self.world > 1:
            distributed.all_reduce(tensor)
        return tensor


@contextmanager
def join(device: str) -> Iterator[Place]:
    """Take part as torchrun says, or alone.

    Args:
        device: "auto", "cpu" or "cuda".

    Raises:
        SpatialError: BAD_REQUEST if there is no such device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if torch.device(device).type == "cuda" and not torch.cuda.is_available():
        raise SpatialError(
            ErrorCode.BAD_REQUEST, "no CUDA device is at hand: use --device cpu --dtype fp32"
        )
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    where = torch.device(device)
    backend = "gloo"
    if where.type == "cuda":
        if where.index is None:
            where = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(where)
        backend = "cpu:gloo,cuda:nccl"
    if world > 1:
        distributed.init_process_group(backend)
    else:  # sharding over one process is how bf16 gets its float32 master weights
        distributed.init_process_group(backend, store=distributed.HashStore(), rank=0, world_size=1)
    try:
        yield Place(rank, world, where)
    finally:
        distributed.destroy_process_group()


def spread(model: TrainingModel, place: Place, compute: torch.dtype) -> None:
    """Onto the device, each parameter divided among the processes.

    The parameters stay float32; a block's are gathered in ``compute`` while it works. A frozen
    vision tower is whole everywhere, in ``compute``.
    """
    if not model.train_vision:
        model.vision_tower.to(compute)
    model.to(place.device)
    if place.world == 1 and compute is torch.float32:
        return
    policy = MixedPrecisionPolicy(
        param_dtype=compute,
        reduce_dtype=torch.float32,
        cast_forward_inputs=False,  # points have to stay float32 up to their encoding
    )
    mesh = distributed.init_device_mesh(place.device.type, (place.world,))
    frozen = {p for p in model.vision_tower.parameters() if not p.requires_grad}
    for block in model.blocks:
        fully_shard(block, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy, ignored_params=frozen)
