"""Whether a checkpoint computes here what the official implementation computed."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable
from hispatial_ros.vlm.decoder import Decoder
from hispatial_ros.vlm.graphs import graphs_for
from hispatial_ros.vlm.model import HiSpatial

ARRAYS = ("image_features", "mid_logits", "last_logits")
TOLERANCE = 1e-4  # float32; other dtypes have none of their own


@dataclass(frozen=True)
class Golden:
    """What the official implementation (float32) computed on some input.

    Attributes:
        images: [1, 7, S, S], normalised RGB, xyz in metres, validity.
        text: ids after the image tokens.
        expected: image_features [1, N, hidden] as fed to the official language model, i.e. divided
            by sqrt(hidden); mid_logits and last_logits [1, vocabulary], at the last image token
            and at the last token of the prompt.
        tokens: the greedy continuation.
    """

    images: torch.Tensor
    text: list[int]
    expected: dict[str, np.ndarray]
    tokens: list[int]


@dataclass(frozen=True)
class Report:
    """differences: largest absolute difference per array.

    tokens: of the greedy continuation. agreement: share of positions at which, given the official
    tokens before it, the most likely token is the official one.
    """

    differences: dict[str, float]
    tokens: list[int]
    expected_tokens: list[int]
    agreement: float

    def within(self, tolerance: float) -> bool:
        """Whether all differences are, and the tokens are identical. NaN is not."""
        return self.tokens == self.expected_tokens and all(
            difference <= tolerance for difference in self.differences.values()
        )


def load_golden(path: Path, model: HiSpatial) -> Golden:
    """Read a golden .npz for ``model``.

    Raises:
        SpatialError: BAD_REQUEST if it is missing, incomplete, or of a model of another size.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{path} is not a golden file: {error}"
        ) from error
    size, image_tokens = model.image_size, model.image_tokens
    config = model.config.text_config
    expected_shapes = {
        "pixel_values": (1, 3, size, size),
        "xyz_values": (1, 4, size, size),
        "input_ids": (1, -1),
        "image_features": (1, image_tokens, config.hidden_size),
        "mid_logits": (1, config.vocab_size),
        "last_logits": (1, config.vocab_size),
        "tokens": (-1,),
    }
    for name, shape in expected_shapes.items():
        found = arrays[name].shape if name in arrays else None
        if found is None or len(found) != len(shape):
            raise SpatialError(ErrorCode.BAD_REQUEST, f"{path} has no {name} of shape {shape}")
        if any(want not in (-1, got) for want, got in zip(shape, found, strict=True)):
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"{path} is of another model: {name} is {found}, the checkpoint has {shape}",
            )
    return Golden(
        torch.from_numpy(
            np.concatenate([arrays["pixel_values"], arrays["xyz_values"]], 1, dtype=np.float32)
        ),
        arrays["input_ids"][0, image_tokens:].tolist(),
        {name: arrays[name] for name in ARRAYS},
        arrays["tokens"].tolist(),
    )


@torch.inference_mode()
def compare(model: HiSpatial, golden: Golden) -> Report:
    """Run ``golden``'s input through the model, by the code that answers questions."""
    device = model.lm_head.weight.device
    prompt = model.image_tokens + len(golden.text)
    graphs = graphs_for(device)
    decoder = Decoder(model, 1, len(golden.text), len(golden.tokens), graphs)
    if graphs is not None:
        for key, function in decoder.recordable():
            graphs.record(key, function)
    features = model.model.get_image_features(golden.images.to(device)).pooler_output
    hidden, choice = decoder.prefill(features, [golden.text], 0)
    found = {
        "image_features": features / model.config.text_config.hidden_size**0.5,
        "mid_logits": model.logits(hidden[:, 0]),
        "last_logits": model.logits(hidden[:, 1]),
    }
    first = int(choice)
    # Given the official tokens first, as the greedy ones overwrite what they leave.
    likeliest, tokens = [first], [first]
    for i, token in enumerate(golden.tokens[:-1]):
        likeliest += decoder.step([token], [prompt + i]).tolist()
    for i in range(len(golden.tokens) - 1):
        tokens += decoder.step([tokens[-1]], [prompt + i]).tolist()
    return Report(
        {
            name: float(np.abs(value.float().cpu().numpy() - golden.expected[name]).max())
            for name, value in found.items()
        },
        tokens,
        golden.tokens,
        float(np.mean([a == b for a, b in zip(likeliest, golden.tokens, strict=True)])),
    )


def check_finite(model: HiSpatial) -> int:
    """Number of parameters.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE naming those that hold NaN or infinity.
    """
    wrong = [name for name, value in model.named_parameters() if not value.isfinite().all()]
    if wrong:
        raise backend_unavailable("NaN or infinity in the weights: " + ", ".join(wrong))
    return sum(value.numel() for value in model.parameters())
