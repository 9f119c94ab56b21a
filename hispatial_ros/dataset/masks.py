"""Outlines of regions by SAM-2 (Ravi et al., arXiv 2408.00714), through transformers.

The image is prepared as the checkpoint's own processor does it, which needs torchvision: squashed
to the network's square and normalised by ImageNet's mean and deviation.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from transformers import Sam2Config, Sam2Model
from transformers.image_utils import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

from hispatial_ros.dataset.objects import Outliner
from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.vlm.inputs import model_image
from hispatial_ros.vlm.runtime.device import choose_device
from hispatial_ros.vlm.whole import UNUSABLE, load_whole

# [share of the box] That a mask has to cover at least. Smaller: specks become outlines.
COVERS = 0.05
# [pixels] That an outline may leave the mask's edge. Larger: coarse. Smaller: long lists of points.
SMOOTH = 1.0


def outliner(model: str) -> Outliner:
    """Gives each region without an outline that of its mask.

    Args:
        model: folder of a SAM-2 checkpoint for transformers.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if it cannot be loaded.
    """
    network, device = _load(model), choose_device("auto", "--mask-model")
    network = network.to(device).eval()

    def outline(frame: Frame, regions: Sequence[Region]) -> list[Region]:
        without = [r for r in regions if r.outline is None and not r.is_point]
        if not without or frame.rgb is None:
            return list(regions)
        masks = predict(network, frame.rgb, [r.box for r in without])
        found = {id(r): _outlined(r, mask) for r, mask in zip(without, masks, strict=True)}
        return [found.get(id(r), r) for r in regions]

    return outline


def _load(model: str) -> Sam2Model:
    try:
        config = Sam2Config.from_pretrained(model, local_files_only=True)
        return load_whole(Sam2Model, model, config=config, local_files_only=True)
    except UNUSABLE as error:
        raise backend_unavailable(
            f"--mask-model {model} cannot be used ({str(error)[:300]}): give a folder with a SAM-2 "
            "checkpoint for transformers (config.json and model.safetensors, such as "
            f"facebook/sam2.1-hiera-tiny){'' if Path(model).is_dir() else '; it is no folder'}"
        ) from error


@torch.inference_mode()
def predict(
    network: Sam2Model, rgb: np.ndarray, boxes: Sequence[tuple[float, float, float, float]]
) -> np.ndarray:
    """Masks [N, H, W] bool of what is in boxes (pixels of the image).

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the network computes NaN.
    """
    size = network.config.prompt_encoder_config.image_size
    height, width = rgb.shape[:2]
    mean, deviation = np.array(IMAGENET_DEFAULT_MEAN), np.array(IMAGENET_DEFAULT_STD)
    pixels = ((model_image(rgb, size) / 255 - mean) / deviation).astype(np.float32)
    scale = np.array([size / width, size / height] * 2)
    found = network(
        pixel_values=torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()).to(network.device),
        input_boxes=torch.tensor(np.array(boxes) * scale, dtype=torch.float32)[None].to(
            network.device
        ),
        multimask_output=False,
    )
    logits = found.pred_masks[0, :, 0].float().cpu().numpy()
    if np.isnan(logits).any():
        raise SpatialError(ErrorCode.BACKEND_UNAVAILABLE, "the mask model computed NaN")
    return np.stack([cv2.resize(each, (width, height)) > 0 for each in logits])


def _outlined(region: Region, mask: np.ndarray) -> Region:
    """The region with the largest piece of its mask as outline; as it was if that is a speck."""
    x0, y0, x1, y1 = region.box
    inside = np.zeros(mask.shape, np.uint8)
    window = slice(max(0, int(y0)), int(np.ceil(y1))), slice(max(0, int(x0)), int(np.ceil(x1)))
    inside[window] = mask[window]
    pieces, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    piece = max(pieces, key=cv2.contourArea, default=None)
    if piece is None or cv2.contourArea(piece) < COVERS * (x1 - x0) * (y1 - y0):
        return region
    points = cv2.approxPolyDP(piece, SMOOTH, True)[:, 0].astype(float)
    # From the pixels' indices to their middles, as regions count.
    return region if len(points) < 3 else replace(region, outline=points + 0.5)
