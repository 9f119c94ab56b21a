"""The model of a checkpoint, made ready for a run on this process's device."""

from pathlib import Path

import torch

from hispatial_ros.train.attention import EAGER, FLEX, SDPA
from hispatial_ros.train.base import load_training_model
from hispatial_ros.train.lora import add_adapters
from hispatial_ros.train.model import TrainingModel
from hispatial_ros.train.parallel import Place, spread
from hispatial_ros.train.settings import TrainSettings

COMPUTE = {"bf16": torch.bfloat16, "fp32": torch.float32}
ATTENTION = {"eager": EAGER, "sdpa": SDPA, "flex": FLEX}


def prepare(base: Path, settings: TrainSettings, place: Place) -> TrainingModel:
    """The model of ``base``, ready for steps on this process's device."""
    compute = COMPUTE[settings.dtype]
    attention = ATTENTION.get(settings.attention, FLEX if place.device.type == "cuda" else None)
    model = load_training_model(base, attention, compute, settings.seed, settings.vision_is_trained)
    if settings.lora:
        add_adapters(model, settings.lora, compute, settings.seed)
        model.vision_tower.to(compute)
        model.to(place.device)
    else:
        spread(model, place, compute)
    model.recompute = settings.recompute
    if place.device.type == "cuda":
        # As have the threads that compute gradients: code is compiled again for another number.
        torch.set_num_threads(1)
    if settings.compile:
        if model.recompute == "selective":
            model.recompute = "none"  # the compiler itself keeps products and repeats the rest
        for block in model.blocks:
            block.compile()
    return model
