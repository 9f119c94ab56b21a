"""The official package as oracle."""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from moge.model.v2 import MoGeModel


@dataclass(frozen=True, eq=False)
class Official:
    depth: np.ndarray  # [H, W] m, inf where invalid
    mask: np.ndarray  # [H, W] bool
    K: np.ndarray  # [3, 3] pixels, corner convention of the centre


def infer(
    model: MoGeModel,
    rgb: np.ndarray,
    num_tokens: int,
    fov_x: float | None = None,
    half: bool = False,
) -> Official:
    """``MoGeModel.infer`` on [H, W, 3] uint8; in half precision on request."""
    height, width = rgb.shape[:2]
    image = torch.from_numpy(rgb / 255).float().permute(2, 0, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its autocast on the CPU
        output = model.infer(image, num_tokens=num_tokens, fov_x=fov_x, use_fp16=half)
    output = {name: output[name].cpu().numpy() for name in ("intrinsics", "depth", "mask")}
    K = output["intrinsics"] * np.array([[width], [height], [1]])  # noqa: N806
    return Official(output["depth"], output["mask"], K)


def scene(width: int, height: int, seed: int = 0) -> np.ndarray:
    """A smooth random image [H, W, 3] uint8."""
    import cv2

    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def postprocess(
    points: np.ndarray, mask: np.ndarray, metric_scale: float, fov_x: float | None
) -> Official:
    """What ``MoGeModel.infer`` does after the network: ``infer`` itself, on a model that returns
    the given outputs."""

    class Network(MoGeModel):
        def __init__(self) -> None:
            torch.nn.Module.__init__(self)
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, image, num_tokens):
            return {
                "points": torch.from_numpy(points.copy())[None],
                "mask": torch.from_numpy(mask.copy())[None],
                "metric_scale": torch.tensor([metric_scale]),
            }

    return infer(Network(), np.zeros((*mask.shape, 3), np.uint8), 1200, fov_x)
