"""HiSpatial on the PaliGemma-2 of ``transformers``."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import transformers
from torch import nn
from transformers import PaliGemmaConfig
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.models.paligemma.modeling_paligemma import (
    PaliGemmaForConditionalGeneration,
    PaliGemmaModel,
)

from hispatial_ros.errors import backend_unavailable
from hispatial_ros.vlm.point_encoder import FusedProjector, PointEncoder


class HiSpatialModel(PaliGemmaModel):
    """PaliGemma whose image has seven channels: normalised RGB, x, y, z in metres, validity."""

    def __init__(self, config: PaliGemmaConfig):
        super().__init__(config)
        features = config.vision_config.hidden_size
        self.multi_modal_projector = FusedProjector(features, config.vision_config.projection_dim)
        self.depth_encoder = PointEncoder(features, config.vision_config.patch_size)

    def get_image_features(
        self, pixel_values: torch.Tensor, **kwargs
    ) -> BaseModelOutputWithPooling:
        """pixel_values: [B, 7, S, S] float32 -> ``pooler_output`` [B, image tokens, hidden].

        Unscaled: the released code divides by sqrt(hidden) only because its Gemma multiplies
        every embedding by that again.
        """
        image = self.vision_tower(pixel_values[:, :3]).last_hidden_state
        features = self.multi_modal_projector(image, self.depth_encoder(pixel_values[:, 3:]))
        return BaseModelOutputWithPooling(last_hidden_state=image, pooler_output=features)


class HiSpatial(PaliGemmaForConditionalGeneration):
    """The whole model; ``generate`` of transformers works with ``pixel_values`` of 7 channels."""

    model: HiSpatialModel

    def __init__(self, config: PaliGemmaConfig):
        super().__init__(config)
        self.model = HiSpatialModel(config)

    @property
    def image_size(self) -> int:
        """Side of the model's square input, pixels."""
        return self.config.vision_config.image_size

    @property
    def image_tokens(self) -> int:
        """Tokens that one frame takes in the prompt."""
        return (self.image_size // self.config.vision_config.patch_size) ** 2

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """[..., hidden] -> [..., vocabulary] float32, with the final soft cap."""
        logits = self.lm_head(hidden).float()
        cap = self.config.text_config.final_logit_softcapping
        return logits if cap is None else torch.tanh(logits / cap) * cap


def empty_model(config: PaliGemmaConfig) -> HiSpatial:
    """The model with its parameters on the meta device: names and shapes, no memory.

    The soft cap of the attention is off, whatever ``config`` says: see ``set_attention``.
    """
    config.text_config.attn_logit_softcapping = None
    for part in (config, config.text_config, config.vision_config):
        part._attn_implementation = "eager"
    with _parameters_on_meta():
        model = HiSpatial(config)
    if not hasattr(model.get_input_embeddings(), "embed_scale"):
        # Before 5.4 Gemma-2 also scaled the image features, which would be wrong without a sign.
        raise backend_unavailable(
            f"transformers {transformers.__version__} is too old: pip install 'transformers>=5.4'"
        )
    return model.eval().requires_grad_(False)


def set_attention(model: HiSpatial, implementation: str) -> None:
    """Choose "sdpa" (fused, fast) or "eager" attention.

    transformers refuses fused attention for Gemma-2 because it cannot soft-cap the scores. The
    released predictor runs fused attention, so without the cap, and that is what is reproduced;
    without the cap the two implementations compute the same.
    """
    for config in (model.config, model.config.text_config, model.config.vision_config):
        config._attn_implementation = implementation


@contextmanager
def _parameters_on_meta() -> Iterator[None]:
    """Create modules without memory for parameters, but with their (small) buffers computed.

    ``torch.device("meta")`` would lose the buffers that no checkpoint holds, such as the rotary
    frequencies.
    """
    register = nn.Module.register_parameter

    def register_on_meta(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        if parameter is not None:
            parameter = nn.Parameter(parameter.to("meta"), requires_grad=False)
        register(module, name, parameter)

    nn.Module.register_parameter = register_on_meta  # type: ignore
    try:
        yield
    finally:
        nn.Module.register_parameter = register  # type: ignore
