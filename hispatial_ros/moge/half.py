"""Half precision where it is safe: in matrix products and convolutions."""

from torch import Tensor, nn


class _Half(nn.Module):
    """A matrix product or convolution in float16, whatever it is fed with."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer.half()

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.half())


class _NormInFloat(nn.Module):
    """A normalisation in float32 between float16 layers."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.float()).half()


class ToFloat(nn.Module):
    """Back to float32."""

    def forward(self, x: Tensor) -> Tensor:
        return x.float()


def to_half(module: nn.Module | None) -> None:
    """Gives the layers inside a module their types."""
    for name, child in module.named_children() if module is not None else ():
        if isinstance(child, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            setattr(module, name, _Half(child))
        elif isinstance(child, nn.GroupNorm | nn.InstanceNorm2d):
            setattr(module, name, _NormInFloat(child))
        else:
            to_half(child)
