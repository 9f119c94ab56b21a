"""The MoGe-2 network for one image size, rewritten into what an ONNX compiler can optimise.

Every rewriting is exact algebra on the official modules (package ``moge``), so that the outputs
agree with the official ``forward`` to float32 rounding:

* the antialiased resize of the image is two constant matrix products;
* position embedding and view-plane coordinates are constants;
* for export, attention projects query, key and value separately, without a five-dimensional
  reshape; otherwise PyTorch's fused attention stays;
* the last level of neck and heads is linear (2x bilinear upsampling, 3x3 and 1x1 convolutions,
  no activation), so all of it becomes one 3x3 convolution at half the resolution and a pixel
  shuffle; the largest feature maps are never computed;
* the normal head is left out.

With ``half=True`` matrix products and convolutions are float16, and the residual stream, the
normalisations, the image resize, the output maps and the scale stay float32, as in the official
``autocast``.
"""

# PyTorch types every attribute of a module as Tensor | Module.
# mypy: disable-error-code="index,operator,union-attr,return-value,has-type"

import torch
from moge.model.modules import ConvStack
from moge.model.v2 import MoGeModel
from moge.utils.geometry_torch import normalized_view_plane_uv
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - PyTorch's own convention

from hispatial_ros.moge.half import ToFloat, to_half

PATCH = 14
LEVELS = 5


def token_grid(height: int, width: int, num_tokens: int) -> tuple[int, int]:
    """Rows and columns of tokens, as ``MoGeModel.forward`` chooses them."""
    aspect = width / height
    return round((num_tokens / aspect) ** 0.5), round((num_tokens * aspect) ** 0.5)


def resize_matrix(size: int, new_size: int) -> Tensor:
    """[new_size, size] matrix of the antialiased bilinear resize along one axis."""
    identity = torch.eye(size)[None, None]
    return F.interpolate(
        identity, (new_size, size), mode="bilinear", align_corners=False, antialias=True
    )[0, 0]


class Weights(nn.Module):
    """The network's weights for any image size, each kept once.

    Args:
        model: official model; its modules are taken over and changed.
        half: float16 where it is safe.
        fused_attention: keep PyTorch's, which cannot be exported.
    """

    def __init__(self, model: MoGeModel, half: bool, fused_attention: bool = False):
        super().__init__()
        encoder = model.encoder
        for block in encoder.backbone.blocks if not fused_attention else ():
            block.attn = _Attention(block.attn)
        heads = (model.points_head, model.mask_head)
        self.tails = None
        if all(_ends_linear(stack) for stack in (model.neck, *heads)):
            self.tails = nn.ModuleList(_LinearTail(head, model.neck) for head in heads)
        if half:
            stacks = (encoder.backbone, encoder.output_projections, model.neck, *heads, self.tails)
            for stack in stacks:
                to_half(stack)
            # The residual stream that starts here stays float32.
            patches = encoder.backbone.patch_embed
            patches.proj = nn.Sequential(patches.proj, ToFloat())
        if hasattr(model, "normal_head"):
            del model.normal_head
        self.model = model


class StaticMoGe(nn.Module):
    """Image [1, 3, height, width] in [0, 1] to points, mask and metric scale.

    Args:
        weights: shared with networks for other sizes.
        height, width: of the image.
        num_tokens: how many tokens to spend, which sets the network's resolution.
    """

    def __init__(self, weights: Weights, height: int, width: int, num_tokens: int):
        super().__init__()
        self.height, self.width = height, width
        self.rows, self.columns = token_grid(height, width, num_tokens)
        self.weights = weights
        constants = {
            "resize_rows": resize_matrix(height, PATCH * self.rows),
            "resize_columns": resize_matrix(width, PATCH * self.columns).T,
            "position": self._position(),
        }
        aspect = width / height
        for level in range(LEVELS):
            uv = normalized_view_plane_uv(
                self.columns << level, self.rows << level, aspect_ratio=aspect
            )
            constants[f"uv{level}"] = uv.permute(2, 0, 1)[None]
        device = next(weights.parameters()).device
        u, v = uv[:1, :, 0].to(device), uv[:, :1, 1].to(device)
        for index, tail in enumerate(weights.tails or ()):
            constants[f"along_u{index}"] = tail.slope[:, 0] * u
            constants[f"along_v{index}"] = tail.slope[:, 1] * v
        for name, value in constants.items():
            self.register_buffer(name, value.to(device))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        model, encoder = self.weights.model, self.weights.model.encoder
        image = self.resize_rows @ image @ self.resize_columns
        image = (image - encoder.image_mean) / encoder.image_std
        features, last_class = self._encode(image)
        x = sum(
            project(tokens.transpose(1, 2).unflatten(2, (self.rows, self.columns)))
            for project, tokens in zip(encoder.output_projections, features, strict=True)
        )
        tails = self.weights.tails
        levels = LEVELS if tails is None else LEVELS - 1
        uv = [getattr(self, f"uv{level}").to(x.dtype) for level in range(levels)]
        inputs = [torch.cat([x, uv[0]], dim=1), *uv[1:]]
        if tails is None:
            neck = model.neck(inputs)
            outputs = [head(neck)[-1] for head in (model.points_head, model.mask_head)]
        else:
            neck, last = _run_to_tail(model.neck, inputs)
            outputs = []
            for index, head in enumerate((model.points_head, model.mask_head)):
                upsampled = tails[index](_run_to_tail(head, neck)[1], last).float()
                along_u, along_v = (getattr(self, f"along_{axis}{index}") for axis in "uv")
                outputs.append(upsampled + along_u + along_v)
        output = torch.cat([o.float() for o in outputs], dim=1)
        if output.shape[-2:] != (self.height, self.width):
            output = F.interpolate(
                output, (self.height, self.width), mode="bilinear", align_corners=False
            )
        points = model._remap_points(output[:, :3].permute(0, 2, 3, 1))
        mask = output[:, 3].sigmoid()
        if not hasattr(model, "scale_head"):
            return points, mask, torch.ones_like(points[:, 0, 0, 0])
        return points, mask, model.scale_head(last_class.float()).squeeze(1).exp()

    def _position(self) -> Tensor:
        """The position embedding of this token grid, [1, 1 + rows columns, features]."""
        backbone = self.weights.model.encoder.backbone
        tokens = torch.zeros(
            1, 1 + self.rows * self.columns, self.weights.model.encoder.dim_features
        )
        return backbone.interpolate_pos_encoding(
            tokens, PATCH * self.rows, PATCH * self.columns
        ).detach()

    def _encode(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        """``get_intermediate_layers`` of the backbone: patch tokens of each layer that the neck
        sees, and the class token of the last."""
        encoder = self.weights.model.encoder
        backbone, layers = encoder.backbone, encoder.intermediate_layers
        if isinstance(layers, int):
            layers = range(len(backbone.blocks) - layers, len(backbone.blocks))
        x = torch.cat([backbone.cls_token, backbone.patch_embed(image)], dim=1) + self.position
        if backbone.register_tokens is not None:
            x = torch.cat([x[:, :1], backbone.register_tokens, x[:, 1:]], dim=1)
        outputs = []
        for index, block in enumerate(backbone.blocks):
            x = block(x)
            if index in layers:
                outputs.append(backbone.norm(x))
        patches = 1 + backbone.num_register_tokens
        return [output[:, patches:] for output in outputs], outputs[-1][:, 0]


class _Attention(nn.Module):
    """Self-attention with separate projections; the scale 1/sqrt(head size) goes into the query."""

    def __init__(self, attention: nn.Module):
        super().__init__()
        self.num_heads = attention.num_heads
        size = attention.qkv.in_features
        scale = (size // self.num_heads) ** -0.5
        weights = attention.qkv.weight.detach().split(size)
        biases = (
            (None,) * 3 if attention.qkv.bias is None else attention.qkv.bias.detach().split(size)
        )
        self.query, self.key, self.value = (
            _linear(w * s, None if b is None else b * s)
            for w, b, s in zip(weights, biases, (scale, 1.0, 1.0), strict=True)
        )
        self.proj = attention.proj

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            project(x).unflatten(2, (self.num_heads, -1)).transpose(1, 2)
            for project in (self.query, self.key, self.value)
        )
        weights = (q @ k.transpose(2, 3)).softmax(dim=-1)
        return self.proj((weights @ v).transpose(1, 2).flatten(2))


class _LinearTail(nn.Module):
    """Last level of a head and of the neck that feeds it, as convolutions at half resolution.

    With O, I, N, U the 1x1 convolutions of head output, head input, neck output and neck input,
    h and n the 3x3 convolutions of head and neck, ^ the upsampling, the official head computes
    O (h * y^ + I N (n * x^ + U uv)), which is linear in y, x and uv.
    """

    def __init__(self, head: ConvStack, neck: ConvStack):
        super().__init__()
        h, n = head.resamplers[-1][1], neck.resamplers[-1][1]
        output, output_bias = _pointwise(head.output_blocks[-1], h.out_channels)
        entry, entry_bias = _pointwise(head.input_blocks[-1], n.out_channels)
        neck_output, neck_output_bias = _pointwise(neck.output_blocks[-1], n.out_channels)
        plane, plane_bias = _pointwise(neck.input_blocks[-1], n.out_channels)
        through = output @ entry @ neck_output
        bias = output @ (h.bias + entry @ neck_output_bias + entry_bias) + output_bias
        bias = bias + through @ (n.bias + plane_bias)
        self.own = _at_half_resolution(torch.einsum("oc,cikl->oikl", output, h.weight), bias)
        self.shared = _at_half_resolution(torch.einsum("oc,cikl->oikl", through, n.weight))
        self.register_buffer("slope", (through @ plane).detach()[:, :, None, None])

    def forward(self, y: Tensor, x: Tensor) -> Tensor:
        """Without what is linear in uv, ``slope`` @ uv."""
        return F.pixel_shuffle(self.own(y) + self.shared(x), 2)


def _ends_linear(stack: ConvStack) -> bool:
    upsample, convolution = stack.resamplers[-1][0], stack.resamplers[-1][1]
    return (
        len(stack.res_blocks) == LEVELS
        and len(stack.res_blocks[-1]) == 0
        and isinstance(upsample, nn.Upsample)
        and upsample.mode == "bilinear"
        and isinstance(convolution, nn.Conv2d)
    )


def _at_half_resolution(weight: Tensor, bias: Tensor | None = None) -> nn.Conv2d:
    """3x3 convolution that does bilinear 2x upsampling and ``weight`` [o, i, 3, 3] in one.

    Its 4 o outputs are the four phases of a pixel shuffle. Row p of ``taps`` holds, for the output
    pixel 2 i + p, what the input pixels i-1, i, i+1 contribute to the upsampled pixels under the
    kernel. Replicated borders stay exact: the upsampled border pixel equals the input border pixel.
    """
    taps = torch.tensor(
        [
            [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.75, 0.25]],
            [[0.25, 0.75, 0.0], [0.0, 0.75, 0.25], [0.0, 0.25, 0.75]],
        ]
    )
    phases = torch.einsum("oist,psa,qtb->opqiab", weight.detach(), taps, taps).flatten(0, 2)
    outputs, inputs = phases.shape[:2]
    convolution = nn.Conv2d(
        inputs, outputs, 3, padding=1, padding_mode="replicate", bias=bias is not None
    )
    convolution.weight = nn.Parameter(phases, requires_grad=False)
    if bias is not None:
        convolution.bias = nn.Parameter(bias.detach().repeat_interleave(4), requires_grad=False)
    return convolution


def _pointwise(block: nn.Module, channels: int) -> tuple[Tensor, Tensor]:
    """Matrix and bias of a 1x1 convolution or identity."""
    if isinstance(block, nn.Identity):
        return torch.eye(channels), torch.zeros(channels)
    return block.weight[:, :, 0, 0], block.bias


def _linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    linear.weight = nn.Parameter(weight.clone(), requires_grad=False)
    if bias is not None:
        linear.bias = nn.Parameter(bias.clone(), requires_grad=False)
    return linear


def _run_to_tail(stack: ConvStack, inputs: list[Tensor]) -> tuple[list[Tensor], Tensor]:
    """All levels of a stack but the last: their outputs, and the features the last one sees."""
    outputs: list[Tensor] = []
    x = stack.res_blocks[0](stack.input_blocks[0](inputs[0]))
    for level in range(1, LEVELS - 1):
        outputs.append(stack.output_blocks[level - 1](x))
        x = stack.resamplers[level - 1](x) + stack.input_blocks[level](inputs[level])
        x = stack.res_blocks[level](x)
    return [*outputs, stack.output_blocks[LEVELS - 2](x)], x
