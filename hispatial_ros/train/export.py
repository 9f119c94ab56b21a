"""The result of training, as a checkpoint that answers questions."""

from pathlib import Path

import torch
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

from hispatial_ros.train.lora import merged
from hispatial_ros.train.model import TrainingModel
from hispatial_ros.train.parallel import Place
from hispatial_ros.train.settings import TrainSettings
from hispatial_ros.vlm.checkpoint import LM_HEAD, released_name
from hispatial_ros.vlm.convert import write_converted


def export(
    model: TrainingModel, base: Path, output: Path, settings: TrainSettings, place: Place
) -> None:
    """Write ``output``; every process has to take part, the first one writes.

    Args:
        base: folder that training started from: config.json, tokenizer and processor are its.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the disk is full.
    """
    # Gathered on the first process only.
    options = StateDictOptions(full_state_dict=True, cpu_offload=place.world > 1)
    gathered = get_model_state_dict(model, options=options)
    if not place.first:
        return
    weights = {
        name: value.detach().cpu()
        for name, value in gathered.items()
        if isinstance(value, torch.Tensor)
    }
    if settings.lora:
        weights = merged(weights, model)
    released = {
        released_name(name.removeprefix("hispatial.")): value for name, value in weights.items()
    }
    if model.hispatial.config.text_config.tie_word_embeddings:
        released.pop(LM_HEAD, None)
    write_converted(released, base, output, settings.export_dtype, official=settings.official)
