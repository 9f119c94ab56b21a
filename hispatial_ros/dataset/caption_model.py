"""Captions by a model of transformers, such as BLIP, of what a region shows."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from hispatial_ros.dataset.captions import Captioner
from hispatial_ros.errors import backend_unavailable
from hispatial_ros.frame.region import Region
from hispatial_ros.vlm.runtime.device import choose_device
from hispatial_ros.vlm.whole import UNUSABLE, load_whole

# [share of the box] Of the surroundings that the model sees. Larger: it describes neighbours.
AROUND = 0.1
MOST_TOKENS = 24


def captioner(model: str) -> Captioner:
    """Captions of what is in regions.

    Args:
        model: folder of a checkpoint that captions an image without further text.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if it cannot be loaded.
    """
    try:
        processor = AutoProcessor.from_pretrained(
            model, local_files_only=True, trust_remote_code=False
        )
        network = load_whole(
            AutoModelForImageTextToText, model, local_files_only=True, trust_remote_code=False
        )
    except UNUSABLE as error:
        raise backend_unavailable(
            f"--caption-model {model} cannot be used ({str(error)[:300]}): give the folder of a "
            "captioning model for transformers with its processor's files and safetensors "
            "weights, such as Salesforce/blip-image-captioning-base"
        ) from error
    network = network.to(choose_device("auto", "--caption-model")).eval()

    @torch.inference_mode()
    def caption(rgb: np.ndarray, regions: Sequence[Region]) -> list[str]:
        pictures = [Image.fromarray(_part(rgb, region)) for region in regions]
        inputs = processor(images=pictures, return_tensors="pt").to(network.device)
        made = network.generate(**inputs, max_new_tokens=MOST_TOKENS, do_sample=False, num_beams=1)
        return processor.batch_decode(made, skip_special_tokens=True)

    return caption


def _part(rgb: np.ndarray, region: Region) -> np.ndarray:
    x0, y0, x1, y1 = region.box
    across, down = AROUND * (x1 - x0), AROUND * (y1 - y0)
    rows = slice(max(0, int(y0 - down)), int(np.ceil(y1 + down)))
    columns = slice(max(0, int(x0 - across)), int(np.ceil(x1 + across)))
    return np.ascontiguousarray(rgb[rows, columns])
