"""Low-rank adapters beside the language model's matrices, so that one GPU of 24 GB can adapt it."""

from typing import Any

import torch
from torch import distributed

from hispatial_ros.train.model import TrainingModel
from hispatial_ros.train.optimizer import parameters_of
from hispatial_ros.train.parallel import Place

MATRICES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_NAME = "default"


def add_adapters(model: TrainingModel, rank: int, compute: torch.dtype, seed: int) -> None:
    """Freeze the language model in ``compute``; train adapters, point encoder and projector.

    Args:
        model: on the CPU.
        seed: of the adapters, which have to be the same in every process.
    """
    from peft import LoraConfig, inject_adapter_in_model

    language = model.hispatial.model.language_model
    language.to(compute).requires_grad_(False)
    model.hispatial.lm_head.requires_grad_(False)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=list(MATRICES))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(config, language, adapter_name=_NAME)
    for name, parameter in language.named_parameters():
        if "lora_" in name:
            parameter.data = parameter.data.float()
            parameter.requires_grad_(True)


def merged(weights: dict[str, torch.Tensor], model: TrainingModel) -> dict[str, torch.Tensor]:
    """``weights`` of a model with adapters, as those of a model without, float32."""
    from peft.tuners.lora import LoraLayer

    found = {}
    for name, value in weights.items():
        if "lora_" not in name:
            found[name.replace(".base_layer.", ".")] = value.float()
    for name, module in model.named_modules():
        if isinstance(module, LoraLayer):
            adapted: Any = module
            key = f"{name}.weight"
            found[key] = found[key] + adapted.get_delta_weight(_NAME).float().cpu()
    return found


def reduce_gradients(optimizer: torch.optim.Optimizer, place: Place) -> None:
    """Sum of all processes' gradients: adapters are small, and whole in every process."""
    if place.world == 1:
        return
    gradients = [p.grad for p in parameters_of(optimizer) if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))
