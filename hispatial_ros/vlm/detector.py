"""Open-vocabulary object detection, in the shape that the scheduler works with.

Asked "detect red mug ; globe", it answers as PaliGemma does: location tokens and the name of the
best box of each object that was found, best score first.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from transformers.image_transforms import center_to_corners_format
from transformers.models.grounding_dino.modeling_grounding_dino import build_label_maps

from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable
from hispatial_ros.vlm.checkpoint import DTYPES
from hispatial_ros.vlm.detector_files import SCORES_NAMES, load_detector
from hispatial_ros.vlm.prompts import location_tokens
from hispatial_ros.vlm.runtime.device import choose_device, out_of_memory
from hispatial_ros.vlm.runtime.scheduler import OutOfMemory, Progress


def create(options: Mapping[str, Any], report: Callable[[str, float], None]) -> "DetectorEngine":
    """Load and warm up; the worker's factory.

    Args:
        options: model (folder or hub id), revision, device ("auto", "cpu", "cuda", "cuda:1"),
            dtype ("auto", "fp32", "fp16", or "bf16", which places boxes to 1/256 of the image),
            threshold (a detection's score is above, 0 to 1), max_batch.
        report: gets what is being done and the fraction done.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE, saying what to do.
    """
    model, device = options["model"], choose_device(options["device"], "detector.device")
    dtype = options["dtype"]
    if dtype == "auto":
        dtype = "fp16" if device.type == "cuda" else "fp32"
    report(f"loading {model} as {dtype} on {device}", 0.0)
    processor, network = load_detector(model, options["revision"], DTYPES[dtype])
    try:
        engine = DetectorEngine(
            processor, network.to(device), options["threshold"], options["max_batch"]
        )
        report("warming up", 0.8)
        size = engine.image_size
        noise = np.random.default_rng(0).integers(0, 255, (size, size, 3), np.uint8)
        image = engine.encode([engine.prepare(noise, np.empty((0, size, size), np.float32))])[0]
        engine.add([(image, ["object"], 0)] * engine.max_batch)
    except (OutOfMemory, torch.OutOfMemoryError) as error:
        raise backend_unavailable(
            f"{device} has too little memory for the detector in {dtype}: lower "
            f"detector.max_batch, or choose a smaller detector.model ({error})"
        ) from error
    except (RuntimeError, ValueError) as error:
        if re.search("CUDA error|CUBLAS|CUDNN", str(error), re.IGNORECASE):
            raise  # which says nothing about the network: another start may succeed
        raise backend_unavailable(
            f"detector.model {model} does not run in {dtype} on {device} ({error}): set "
            "detector.dtype to fp32, or choose another model"
        ) from error
    return engine


class DetectorEngine:
    """A scheduler.TextEngine (see there) whose answers are complete when they are started.

    Args:
        processor, network: of the same checkpoint; the network on its device, in its dtype.
        threshold: a detection's score is above, 0 to 1.
        max_batch: questions in one pass.
    """

    def __init__(self, processor: Any, network: Any, threshold: float, max_batch: int):
        size, config = processor.image_processor.size, network.config
        self.image_size: int = size.get("height") or size["shortest_edge"]
        self.max_batch = max_batch
        self._processor = processor
        self._network = network
        self._threshold = threshold
        self._scores_tokens = config.model_type not in SCORES_NAMES
        if self._scores_tokens:
            self._padding = {"padding": "longest", "max_length": config.max_text_len}
        else:
            length = config.text_config.max_position_embeddings
            self._padding = {"padding": "max_length", "max_length": length}

    def prepare(self, rgb: np.ndarray, xyz: np.ndarray) -> torch.Tensor:
        """The normalised image."""
        pixels: torch.Tensor = self._processor.image_processor(
            [rgb], do_resize=False, do_pad=False, return_tensors="pt"
        ).pixel_values
        return pixels[0]

    def encode(self, prepared: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        with out_of_memory():
            return [each.to(self._network.device, self._network.dtype) for each in prepared]

    def prompt(self, text: str, max_new_tokens: int) -> list[str]:
        """The names."""
        names = [name.strip() for name in text.removeprefix("detect ").split(";")]
        if not all(re.search(r"\w", name) for name in names):
            raise SpatialError(ErrorCode.BAD_QUESTION, f"{text!r}: ask 'detect mug ; red chair'")
        return names

    def add(self, questions: Sequence[tuple[torch.Tensor, list[str], int]]) -> list[Progress]:
        images, names, _ = zip(*questions, strict=True)
        scored = self.score(images, names)
        return [self._answer(*each, own) for each, own in zip(scored, names, strict=True)]

    @torch.inference_mode()
    def score(
        self, images: Sequence[torch.Tensor], names: Sequence[Sequence[str]]
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """For each encoded image, all boxes that the network knows and how well names fit.

        Returns:
            Boxes [N, 4], x0 y0 x1 y1 as fractions of the image, and scores [N, names], 0 to 1,
            with fewer columns where the network's text ends before the last name.

        Raises:
            OutOfMemory.
        """
        with out_of_memory():
            inputs = self._processor(
                # Either mark would end a name in Grounding DINO's text.
                text=[[re.sub(r"[.?]", " ", name) for name in each] for each in names],
                truncation=True,
                return_tensors="pt",
                **self._padding,
            ).to(self._network.device)
            found = self._network(pixel_values=torch.stack(list(images)), **inputs)
        boxes = center_to_corners_format(found.pred_boxes.float()).cpu()
        scores = found.logits.float().sigmoid().cpu()  # [questions, boxes, names or tokens]
        if scores.isnan().any() or boxes.isnan().any():
            raise ValueError("the detector computed NaN")
        if self._scores_tokens:  # a name's score is the mean of its tokens'
            maps = (each.float() for each in build_label_maps(scores, inputs.input_ids.cpu()))
            per_name = [
                s @ (m / m.sum(1, keepdim=True)).T for s, m in zip(scores, maps, strict=True)
            ]
        else:  # what is beyond the names is padding
            per_name = [s[:, : len(each)] for s, each in zip(scores, names, strict=True)]
        return list(zip(boxes, per_name, strict=True))

    def step(self) -> None:
        pass

    def progress(self, sequence: Progress) -> Progress:
        return sequence

    def cancel(self, sequence: Progress) -> None:
        pass

    def warm_up(self) -> bool:
        return False

    def release_memory(self) -> None:
        torch.cuda.empty_cache()  # does nothing without CUDA

    def stats(self) -> dict[str, Any]:
        return {
            "device": str(self._network.device),
            "dtype": str(self._network.dtype).removeprefix("torch."),
            "image_size": self.image_size,
            "max_batch": self.max_batch,
        }

    def _answer(self, boxes: torch.Tensor, scores: torch.Tensor, names: list[str]) -> Progress:
        """The best box of every name among those that resemble no other name more.

        Args:
            boxes: [N, 4], x0 y0 x1 y1 as fractions of the image. scores: [N, names].
        """
        own = scores.where(scores == scores.max(1, keepdim=True).values, 0.0)
        best, at = (each.tolist() for each in own.max(0))
        texts = [
            f"{location_tokens(tuple(boxes[i].tolist()), 1, 1)} {name}"
            # Names beyond the text that the network can read have no score.
            for score, i, name in sorted(zip(best, at, names, strict=False), reverse=True)
            if score > self._threshold
        ]
        return Progress(" ; ".join(texts), 4 * len(texts), True)
