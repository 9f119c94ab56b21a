"""Checkpoints on disk: the released layout, and what `hispatial convert` makes of it.

Released: ``weights.pt`` (a float32 state dict), ``config.json`` and ``tokenizer.json``.
Converted: safetensors shards with an index and ``SHA256SUMS``, and the same other files. It lies in
``converted-<dtype>`` inside the released folder, in whose place it is then loaded, or anywhere
else, to be given as the checkpoint itself. Parameters have the same names in both.
"""

import json
import logging
import pickle
from pathlib import Path

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError, safe_open
from transformers import Gemma2Config, PaliGemmaConfig, SiglipVisionConfig

from hispatial_ros.errors import backend_unavailable
from hispatial_ros.vlm.checksum import check_sums
from hispatial_ros.vlm.model import HiSpatial, empty_model, set_attention

log = logging.getLogger(__name__)

WEIGHTS = "weights.pt"
CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
LOADED_AS = {**DTYPES, "fp8": torch.bfloat16}  # before layers are rounded to eight bits
LM_HEAD = "language_model.lm_head.weight"
EMBEDDING = "language_model.model.embed_tokens.weight"

# Parameter names: transformers -> released. The first prefix that fits counts.
_RENAMED = (
    ("lm_head.", "language_model.lm_head."),
    ("model.language_model.", "language_model.model."),
    ("model.vision_tower.vision_model.", "vision_tower.vision_model."),
    ("model.vision_tower.", "vision_tower.vision_model."),
    ("model.", ""),
)


def load_model(
    folder: Path,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    attention: str = "sdpa",
) -> HiSpatial:
    """The model with its weights, ready to answer.

    Weight files are mapped, not read: a parameter that keeps its dtype and stays on the CPU takes
    no memory of its own, and any other takes it once.

    Args:
        folder: in the released layout, or converted.
        attention: "sdpa" or "eager".

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if a file is missing or damaged, or the weights do not
            fit config.json; the message names every parameter that is wrong.
    """
    folder = stored(Path(folder), dtype)
    model = empty_model(read_config(folder))
    weights = check_weights(read_weights(folder), model, folder)
    if dtype is torch.float32 and torch.device(device).type == "cuda":
        torch.backends.cudnn.allow_tf32 = False  # on by default, with ten bits of mantissa
    state = {
        name: weights[released_name(name)].to(device, dtype)
        for name in model.state_dict()
        if released_name(name) in weights
    }
    model.load_state_dict(state, assign=True, strict=False)
    if model.config.text_config.tie_word_embeddings:
        model.lm_head.weight = model.model.language_model.embed_tokens.weight
    # Only buffers are left to move, and they keep their dtype: the rotary frequencies need it.
    model.to(device)
    set_attention(model, attention)
    return model.requires_grad_(False)


def stored(folder: Path, dtype: torch.dtype) -> Path:
    """Which folder to load ``dtype`` from: ``folder``, or a conversion inside it.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if there are no weights at all.
    """
    if (folder / INDEX).is_file():
        return folder
    converted = {name: folder / f"converted-{name}" for name in DTYPES}
    found = [name for name in DTYPES if (converted[name] / INDEX).is_file()]
    for name in found:
        if DTYPES[name] is dtype:
            return converted[name]
    if (folder / WEIGHTS).is_file():
        return folder
    if not found:
        raise backend_unavailable(
            f"{folder} has neither {WEIGHTS} nor {INDEX}: give the folder of a checkpoint, or "
            "fetch it with `hispatial download`"
        )
    log.warning("computing in %s with weights that were stored in %s", dtype, found[0])
    return converted[found[0]]


def read_config(folder: Path) -> PaliGemmaConfig:
    """config.json, of any version of transformers since PaliGemma-2.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if it is missing or not that of a PaliGemma-2.
    """
    path = folder / CONFIG
    try:
        values = json.loads(path.read_text())
        text = values.pop("text_config")
        heads = text.pop("num_attention_heads", Gemma2Config().num_attention_heads)
        vision = SiglipVisionConfig(**values.pop("vision_config"))
        config = PaliGemmaConfig(
            text_config=Gemma2Config(**text, num_attention_heads=1), vision_config=vision, **values
        )
    except FileNotFoundError as error:
        raise backend_unavailable(
            f"{path} is missing: copy it from the released checkpoint"
        ) from error
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, StrictDataclassError) as error:
        raise backend_unavailable(f"{path} does not describe a PaliGemma-2: {error!r}") from error
    # Set late: the constructor wants it to divide hidden_size, though heads have their own size.
    config.text_config.num_attention_heads = heads
    return config


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Released parameter names -> tensors mapped from the files.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if a file is missing, damaged, or holds anything else
            than tensors.
    """
    if (folder / INDEX).is_file():
        check_sums(folder)
        return _read_safetensors(folder)
    path = folder / WEIGHTS
    try:
        weights = torch.load(path, map_location="cpu", mmap=True, weights_only=True)
    except FileNotFoundError as error:
        raise backend_unavailable(f"{path} is missing") from error
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:
        raise backend_unavailable(
            f"{path} is not a file of plain tensors, or is damaged; download it again ({error})"
        ) from error
    if not isinstance(weights, dict) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in weights.items()
    ):
        raise backend_unavailable(f"{path} does not hold a state dict")
    return dict(weights)


def check_weights(
    weights: dict[str, torch.Tensor], model: HiSpatial, folder: Path
) -> dict[str, torch.Tensor]:
    """``weights`` less the output layer if that is tied to the embedding.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE naming all missing, unexpected and mis-shaped parameters.
    """
    weights = dict(weights)
    expected = {released_name(name): value.shape for name, value in model.state_dict().items()}
    if model.config.text_config.tie_word_embeddings:
        head = weights.pop(LM_HEAD, None)
        expected.pop(LM_HEAD)
        embedding = weights.get(EMBEDDING)
        if head is not None and embedding is not None and not _same(head, embedding):
            raise backend_unavailable(
                f"{folder}: config.json ties {LM_HEAD} to {EMBEDDING}, but the two differ"
            )
    problems = [f"missing: {name}" for name in expected if name not in weights]
    problems += [f"unexpected: {name}" for name in weights if name not in expected]
    problems += [
        f"mis-shaped: {name} is {list(value.shape)} instead of {list(expected[name])}"
        for name, value in weights.items()
        if name in expected and value.shape != expected[name]
    ]
    if problems:
        raise backend_unavailable(
            f"the weights in {folder} do not fit its config.json:\n  " + "\n  ".join(problems)
        )
    return weights


def released_name(name: str) -> str:
    """Name of a parameter in the released checkpoint, from its name in the model."""
    for ours, released in _RENAMED:
        if name.startswith(ours):
            return released + name.removeprefix(ours)
    return name


def _read_safetensors(folder: Path) -> dict[str, torch.Tensor]:
    weights = {}
    try:
        index = json.loads((folder / INDEX).read_text())["weight_map"]
        for shard in sorted(set(index.values())):
            with safe_open(folder / shard, framework="pt") as file:
                weights.update({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except (OSError, KeyError, json.JSONDecodeError, SafetensorError) as error:
        raise backend_unavailable(
            f"{folder} is damaged ({error}): run `hispatial convert` again"
        ) from error
    return weights


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.data_ptr() == b.data_ptr() or torch.equal(a, b)
