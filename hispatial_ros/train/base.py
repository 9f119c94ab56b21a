"""The weights that training starts from: HiSpatial's, or a PaliGemma-2's.

A PaliGemma-2 has no point encoder. It gets one with random weights, and its projector a second
half of zeros for the point features, so that at first it computes what it did.
"""

import json
import math
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from hispatial_ros.errors import backend_unavailable
from hispatial_ros.train.attention import EAGER, SDPA
from hispatial_ros.train.model import TrainingModel
from hispatial_ros.vlm.checkpoint import (
    CONFIG,
    INDEX,
    WEIGHTS,
    check_weights,
    read_config,
    read_weights,
    released_name,
    stored,
)
from hispatial_ros.vlm.checksum import SUMS
from hispatial_ros.vlm.model import HiSpatial, empty_model

PROJECTOR = "multi_modal_projector.linear.weight"
ENCODER = ("depth_encoder.conv.weight", "depth_encoder.conv.bias")


def load_training_model(
    folder: Path,
    attention: str | None = EAGER,
    compute: torch.dtype = torch.float32,
    seed: int = 0,
    train_vision: bool = False,
) -> TrainingModel:
    """The model with float32 weights of its own, on the CPU.

    Args:
        folder: of HiSpatial, released or converted, or of PaliGemma-2 as on the hub.
        attention: as `TrainingModel`; None: fused, or eager where there is a soft cap.
        seed: of the point encoder that a PaliGemma-2 lacks.
        train_vision: whether SigLIP is trained too.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if a file is missing or damaged, or does not fit
            config.json; BAD_REQUEST if the attention does not fit the model.
    """
    if compute is torch.float32:
        torch.backends.cudnn.allow_tf32 = False  # on by default, with ten bits of mantissa
    folder = Path(folder)
    paligemma = (folder / INDEX).is_file() or (folder / "model.safetensors").is_file()
    paligemma = paligemma and not (folder / SUMS).is_file()
    folder = folder if paligemma else stored(folder, torch.float32)
    config = read_config(folder)
    softcap = config.text_config.attn_logit_softcapping
    model = empty_model(config)
    weights = _paligemma_weights(folder) if paligemma else read_weights(folder)
    weights = {name: value.to(torch.float32, copy=True) for name, value in weights.items()}
    if not any(name in weights for name in ENCODER):
        _add_points(weights, model, seed)
    weights = check_weights(weights, model, folder)
    model.load_state_dict(
        {
            name: weights[released_name(name)]
            for name in model.state_dict()
            if released_name(name) in weights
        },
        assign=True,
        strict=False,
    )
    if model.config.text_config.tie_word_embeddings:
        model.lm_head.weight = model.model.language_model.embed_tokens.weight
    if attention is None:
        attention = SDPA if softcap is None else EAGER
    return TrainingModel(model, softcap, attention, compute, train_vision)


def _add_points(weights: dict[str, torch.Tensor], model: HiSpatial, seed: int) -> None:
    """What a PaliGemma-2 lacks, into its ``weights``."""
    shapes = {released_name(name): value.shape for name, value in model.state_dict().items()}
    generator = torch.Generator().manual_seed(seed)
    # As a convolution of torch begins: uniform, by the number of its inputs.
    bound = 1 / math.sqrt(shapes[ENCODER[0]][1:].numel())
    for name in ENCODER:
        weights[name] = torch.empty(shapes[name]).uniform_(-bound, bound, generator=generator)
    half = weights.get(PROJECTOR)
    if half is not None and 2 * half.shape[1] == shapes[PROJECTOR][1]:
        weights[PROJECTOR] = torch.cat([half, torch.zeros_like(half)], 1)


def _paligemma_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Released names -> tensors, from the files of transformers, old or new names."""
    weights = {}
    try:
        files = ["model.safetensors"]
        if (folder / INDEX).is_file():
            files = sorted(set(json.loads((folder / INDEX).read_text())["weight_map"].values()))
        for name in files:
            with safe_open(folder / name, framework="pt") as file:
                weights.update({key: file.get_tensor(key) for key in file.keys()})  # noqa: SIM118
    except (OSError, KeyError, json.JSONDecodeError, SafetensorError) as error:
        raise backend_unavailable(
            f"{folder} is no PaliGemma-2 ({error}): it needs {CONFIG} and its safetensors files, "
            f"or a HiSpatial's {WEIGHTS}"
        ) from error
    return {
        released_name(name) if name.startswith(("model.", "lm_head.")) else name: value
        for name, value in weights.items()
    }
