"""Official MoGe-2 models without trained weights that behave as if they had them.

Random weights alone leave the focal length undefined (the points have nothing to do with the view
plane) and the mask at a coin's toss. Since the last level of the heads is linear in the view plane
coordinates, one least-squares step gives the heads what training would: points spread like the
view plane of a camera, of depths that vary with the image, and a mask with a clear edge.
"""

from functools import partial
from pathlib import Path

import torch
from moge.model.dinov2.hub import backbones
from moge.model.dinov2.layers import MemEffAttention, NestedTensorBlock
from moge.model.dinov2.models.vision_transformer import DinoVisionTransformer
from moge.model.v2 import MoGeModel

FOCAL = 1.2  # of the crafted camera, in half diagonals
DIMENSIONS = {"tiny": 192, "s": 384, "b": 768, "l": 1024}
LAYERS = {"tiny": [0, 1, 2, 3], "l": [5, 11, 17, 23]}
# Widths of the four upper levels; the released models have 256, 128, 64, 32.
NARROW = (64, 32, 16, 16)
RELEASED = (256, 128, 64, 32)


def config(size: str, widths: tuple[int, ...] = NARROW, normal: bool = False, **changes) -> dict:
    """Configuration as in the released checkpoints, but for the widths."""
    dim = DIMENSIONS[size]
    widths = (dim, *widths)
    stack = {
        "dim_res_blocks": list(widths),
        "res_block_in_norm": "none",
        "res_block_hidden_norm": "none",
        "resamplers": ["conv_transpose"] * 3 + ["bilinear"],
    }

    def head(outputs: int) -> dict:
        return {
            "dim_in": list(widths),
            "dim_out": [None] * 4 + [outputs],
            "num_res_blocks": [0, 1, 1, 1, 0],
            **stack,
        }

    whole = {
        "encoder": {
            "backbone": f"dinov2_vit{size}14",
            "intermediate_layers": LAYERS.get(size, [2, 5, 8, 11]),
            "dim_out": dim,
        },
        "neck": {
            "dim_in": [dim + 2, 2, 2, 2, 2],
            "dim_out": None,
            "num_res_blocks": [0, 2, 2, 2, 0],
            **stack,
        },
        "points_head": head(3),
        "mask_head": head(1),
        "scale_head": {"dims": [dim, dim, dim, 1]},
        "remap_output": "exp",
        "num_tokens_range": [1200, 3600],
    }
    if normal:
        whole["normal_head"] = head(3)
    return whole | changes


def _tiny(pretrained: bool) -> DinoVisionTransformer:
    """A ViT like the released ones, four blocks of half the width of ViT-S."""
    return DinoVisionTransformer(
        img_size=518,
        patch_size=14,
        embed_dim=DIMENSIONS["tiny"],
        depth=4,
        num_heads=3,
        block_fn=partial(NestedTensorBlock, attn_class=MemEffAttention),
        init_values=1.0,
        block_chunks=0,
    )


# Where the official package looks up the backbone that a configuration names.
backbones.dinov2_vittiny14 = _tiny


def build(seed: int, settings: dict) -> MoGeModel:
    """A model with random weights and heads that see a scene."""
    torch.manual_seed(seed)
    model = MoGeModel(**settings).eval()
    with torch.no_grad():
        for stack in (model.neck, model.points_head, model.mask_head):
            stack.resamplers[-1][1].bias.zero_()
        _see(model.points_head, model.neck, torch.tensor([[1, 0], [0, 1], [0, 0.3]]) / FOCAL)
        _see(model.mask_head, model.neck, torch.tensor([[0.0, 12.0]]))
        model.points_head.output_blocks[-1].bias.copy_(torch.tensor([0.0, 0.0, 0.5]))
        model.mask_head.output_blocks[-1].bias.fill_(6.0)
    return model


def save(model: MoGeModel, settings: dict, path: Path) -> Path:
    """The file as the official package writes it."""
    torch.save({"model_config": settings, "model": model.state_dict()}, path)
    return path


def _see(head, neck, slope: torch.Tensor) -> None:
    """Makes the head's output ``slope @ uv`` plus what its features say."""
    output, entry = head.output_blocks[-1], head.input_blocks[-1]
    neck.input_blocks[-1].bias.zero_()
    entry.bias.zero_()
    plane = neck.input_blocks[-1].weight[:, :, 0, 0]
    reach = entry.weight[:, :, 0, 0] @ plane  # from uv to the head's last features
    weight = output.weight[:, :, 0, 0]
    weight += (slope - weight @ reach) @ torch.linalg.pinv(reach)
