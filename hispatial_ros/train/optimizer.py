"""AdamW as the recipe has it, and a step that never waits for the device."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import nn
from torch.distributed.tensor import DTensor

POINTS = "depth_encoder.conv.weight"


def make_optimizer(
    model: nn.Module,
    rate: float,
    decay: float,
    betas: tuple[float, float] = (0.9, 0.999),
    point_rate: float = 1.0,
) -> torch.optim.AdamW:
    """Decay on parameters of two or more dimensions that are no biases.

    Args:
        point_rate: of the point encoder's matrix, as a share of ``rate``.
    """
    decayed: list[nn.Parameter] = []
    free: list[nn.Parameter] = []
    points: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            matrix = parameter.ndim > 1 and not name.endswith(".bias")
            apart = point_rate != 1.0 and name.endswith(POINTS)
            (points if apart else decayed if matrix else free).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": decay, "share": 1.0},
        {"params": free, "weight_decay": 0.0, "share": 1.0},
    ]
    if points:
        groups.append({"params": points, "weight_decay": decay, "share": point_rate})
    fused = all(parameter.is_cuda for parameter in decayed + free)
    return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=1e-8, fused=fused)


def scheduled(rate: float, step: int, steps: int, warm_up: int, cool_down: int) -> float:
    """Learning rate of ``step`` (from 0) of so many: constant, between a linear rise and a fall.

    It rises over ``warm_up`` steps, and falls over the last ``cool_down`` ones.
    """
    return rate * min(1.0, (step + 1) / (warm_up + 1), (steps - step) / (cool_down + 1))


class GuardedStep:
    """Clips and steps, unless loss or norm is not finite: then nothing changes, and it is counted.

    All on the device: neither the norm nor the verdict is read by the host.

    Attributes:
        skipped: how many steps in a row were skipped, int64 scalar on the device.
        total_skipped: how many in all.
    """

    def __init__(self, optimizer: torch.optim.AdamW, clip: float, device: torch.device | str):
        self._optimizer = optimizer
        self._clip = clip
        self.skipped = torch.zeros((), dtype=torch.int64, device=device)
        self.total_skipped = torch.zeros((), dtype=torch.int64, device=device)

    def __call__(self, loss: torch.Tensor, rate: float) -> torch.Tensor:
        """One step with the gradients at hand; returns their norm before clipping."""
        parameters = [p for p in parameters_of(self._optimizer) if p.grad is not None]
        norm = total_norm(p.grad for p in parameters if p.grad is not None)
        nn.utils.clip_grads_with_norm_(parameters, self._clip, norm)
        bad = ~(loss.isfinite() & norm.isfinite())
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["share"]
        if norm.is_cuda:
            # The fused kernels know this from mixed precision: where it is 1 they change nothing.
            optimizer: Any = self._optimizer
            optimizer.found_inf = bad.to(torch.float32)
            self._optimizer.step()
            del optimizer.found_inf
        elif not bad:
            self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.skipped = torch.where(bad, self.skipped + 1, 0)
        self.total_skipped += bad
        return norm

    def state_dict(self) -> dict[str, int]:
        return {"skipped": int(self.skipped), "total_skipped": int(self.total_skipped)}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.skipped.fill_(state["skipped"])
        self.total_skipped.fill_(state["total_skipped"])


def parameters_of(optimizer: torch.optim.Optimizer) -> Iterator[nn.Parameter]:
    for group in optimizer.param_groups:
        yield from group["params"]


def total_norm(gradients: Iterable[torch.Tensor]) -> torch.Tensor:
    """Euclidean norm of all gradients together, of all shards, on the device."""
    norm = nn.utils.get_total_norm(list(gradients))
    return norm.full_tensor() if isinstance(norm, DTensor) else norm
