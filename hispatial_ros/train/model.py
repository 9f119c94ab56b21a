"""HiSpatial for training: a batch in, the sum of its losses out."""

from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import (
    CheckpointPolicy,
    checkpoint,
    create_selective_checkpoint_contexts,
)

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.attention import EAGER, SDPA, kernel_options, masks
from hispatial_ros.train.batch import Batch
from hispatial_ros.vlm.model import HiSpatial
from hispatial_ros.vlm.point_encoder import encode_points


def _keep_products(context: Any, operation: Any, *args: Any, **kwargs: Any) -> CheckpointPolicy:
    """Products are dear to compute again; the rest is cheap, and most of the memory.

    So are those of an adapter, of few columns, whose result is as wide as that of others.
    """
    kept = operation in (torch.ops.aten.mm.default, torch.ops.aten.addmm.default)
    if kept:
        inner, width = args[-1].shape
        kept = width <= 4 * inner
    return CheckpointPolicy.MUST_SAVE if kept else CheckpointPolicy.PREFER_RECOMPUTE


_RECOMPUTED: dict[str, dict[str, Any]] = {
    "full": {},
    "selective": {
        "context_fn": partial(create_selective_checkpoint_contexts, _keep_products),
    },
}


class TrainingModel(nn.Module):
    """The model with the soft cap of its attention.

    Args:
        model: with its weights, in float32 where they are trained.
        softcap: of the attention scores; None: none.
        attention: "eager", attention.FLEX, or attention.SDPA where there is no soft cap.
        compute: dtype of the activations; the parameters that take part are cast to it by
            ``fully_shard`` or by autocast. In float32 with eager attention the operations come in
            the official order: AdamW makes a step of every gradient, also of those that are
            rounding errors only.
        train_vision: train SigLIP as well; else it is frozen. The official code has no such step,
            so the faster order is taken.

    Raises:
        SpatialError: BAD_REQUEST for fused attention with a soft cap.

    Attributes:
        recompute: which activations of the blocks are computed again in the backward pass instead
            of kept: "none", "selective" (all but products) or "full".
    """

    def __init__(
        self,
        model: HiSpatial,
        softcap: float | None,
        attention: str = EAGER,
        compute: torch.dtype = torch.float32,
        train_vision: bool = False,
    ):
        super().__init__()
        if attention == SDPA and softcap is not None:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"the model's attention has a soft cap ({softcap}), which sdpa cannot compute: use "
                "--attention eager, or flex on a GPU",
            )
        self.hispatial = model
        self.compute = compute
        self.train_vision = train_vision
        self.recompute = "none"
        text = model.config.text_config
        text._attn_implementation = attention
        text.attn_logit_softcapping = softcap
        for block in self.blocks:
            attention_of_block: Any = block.self_attn
            attention_of_block.attn_logit_softcapping = softcap
        self._official_order = compute is torch.float32 and attention == EAGER and not train_vision
        model.config.vision_config._attn_implementation = "sdpa"
        self.train().requires_grad_(True)
        self.vision_tower.requires_grad_(train_vision)

    @property
    def vision_tower(self) -> nn.Module:
        return self.hispatial.model.vision_tower

    @property
    def blocks(self) -> nn.ModuleList:
        """Of the language model."""
        return self.hispatial.model.language_model.layers

    def train(self, mode: bool = True) -> "TrainingModel":
        super().train(mode)
        self.vision_tower.train(mode and self.train_vision)
        return self

    def forward(self, batch: Batch) -> torch.Tensor:
        """Sum of the losses of the batch's predictors by their weights, float32 scalar."""
        model, language = self.hispatial, self.hispatial.model.language_model
        text = model.config.text_config
        slots = (
            batch.input_ids == model.config.image_token_id
        )  # an id perhaps beyond the vocabulary
        hidden = language.embed_tokens(batch.input_ids.masked_fill(slots, 0)).to(self.compute)
        features = self._features(batch)
        if self._official_order:
            features = features / text.hidden_size**0.5 * language.embed_tokens.embed_scale
        hidden = hidden.masked_scatter(slots[..., None], features.to(hidden.dtype))
        positions = language.rotary_emb(hidden, batch.position_ids)
        mask = masks(
            batch,
            text.layer_types,
            text.sliding_window,
            text._attn_implementation,
            hidden.dtype,
        )
        options = kernel_options(hidden.device, text._attn_implementation)
        for block, kind in zip(self.blocks, text.layer_types, strict=True):
            arguments = {
                "attention_mask": mask[kind], "position_embeddings": positions, **options
            }  # fmt: skip
            if self.recompute == "none":
                hidden = block(hidden, **arguments)
            else:
                how = _RECOMPUTED[self.recompute]
                hidden = checkpoint(block, hidden, use_reentrant=False, **how, **arguments)
        # The vocabulary is large: only what is asked for is predicted.
        chosen = language.norm(hidden.flatten(0, 1)[batch.predictors])
        labels = batch.labels.flatten()[batch.predictors + 1]
        logits = model.logits(chosen)
        if batch.weights is None:
            return functional.cross_entropy(logits, labels, reduction="sum")
        losses = functional.cross_entropy(logits, labels, reduction="none")
        # Not as a product of matrices, which autocast rounds.
        return (losses * batch.weights.flatten()[batch.predictors + 1]).sum()

    def _features(self, batch: Batch) -> torch.Tensor:
        """Of each sample's image: [N, image tokens, hidden]."""
        model = self.hispatial.model
        with nullcontext() if self.train_vision else torch.no_grad():
            dtype = next(self.vision_tower.parameters()).dtype
            image = self.vision_tower(batch.pixel_values.to(dtype)).last_hidden_state
        if self._official_order:
            convolution = model.depth_encoder.conv
            encoded = encode_points(batch.xyz_values).contiguous(memory_format=torch.channels_last)
            points = convolution(encoded).permute(0, 2, 3, 1).flatten(1, 2)
        else:
            points = model.depth_encoder(batch.xyz_values)
        image = image.to(points.dtype)
        if batch.image_of is not None:
            image = image[batch.image_of]
        if batch.points_of is not None:
            points = points[batch.points_of]
        return model.multi_modal_projector(image, points)
