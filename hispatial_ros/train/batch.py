"""What one training step takes: packed samples and their images."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

import torch

from hispatial_ros.errors import ErrorCode, SpatialError

NO_LOSS = -100  # label of a token that is not to be predicted
PADDING = -1  # sample of a token that belongs to none


@dataclass(eq=False)
class Batch:
    """N samples packed into B rows of L tokens, and their images.

    Each sample is one image and one text: image tokens, bos, prompt, newline (the prefix), answer
    and eos (the suffix). Its tokens lie side by side in one row. Slots of image tokens are filled
    with the features of the samples' images in order, row after row. Samples that ask about the
    same image share it, so that it is encoded once.

    Attributes:
        pixel_values: [images, 3, S, S] float32, normalised RGB.
        xyz_values: [point maps, 4, S, S] float32; x, y, z in metres in the optical frame, and
            validity.
        input_ids: [B, L] int64.
        position_ids: [B, L] int64, from 1 within each sample.
        token_type_ids: [B, L] int64, 0 in the prefix and 1 in the suffix.
        labels: [B, L] int64, the token's own id where it is to be predicted (from the tokens before
            it; the shift is made here), else NO_LOSS.
        sample_ids: [B, L] int64, which of its row's samples a token belongs to, or PADDING.
        weights: [B, L] float32, what the loss of predicting a token counts; None: 1 each.
        image_of, points_of: [N] int64, which image and which point map a sample has; None: each
            has its own, in order.
        predictors: [T] int64, computed: places (row · L + column) of the tokens whose successor is
            to be predicted. On the host, so that choosing them does not wait for the device.
    """

    pixel_values: torch.Tensor
    xyz_values: torch.Tensor
    input_ids: torch.Tensor
    position_ids: torch.Tensor
    token_type_ids: torch.Tensor
    labels: torch.Tensor
    sample_ids: torch.Tensor
    weights: torch.Tensor | None = None
    image_of: torch.Tensor | None = None
    points_of: torch.Tensor | None = None
    predictors: torch.Tensor = field(init=False)

    def __post_init__(self) -> None:
        predicts = torch.zeros_like(self.labels, dtype=torch.bool)
        predicts[:, :-1] = self.labels[:, 1:] != NO_LOSS
        self.predictors = predicts.flatten().nonzero()[:, 0]

    @property
    def samples(self) -> int:
        return len(self.pixel_values if self.image_of is None else self.image_of)

    @property
    def total(self) -> float:
        """What the losses count in all: their sum by this is their mean. Waits for the device."""
        if self.weights is None:
            return float(len(self.predictors))
        return float(self.weights.flatten()[self.predictors + 1].sum())

    def to(self, device: torch.device | str) -> "Batch":
        """On ``device``; from pinned memory without waiting."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> "Batch":
        """For the DataLoader of torch, which calls it by name."""
        return self._each(lambda tensor: tensor.pin_memory())

    def check(self, image_token: int, image_tokens: int) -> None:
        """Whether it is as described, on the host.

        Args:
            image_token: id of the slots. image_tokens: slots of one image.

        Raises:
            SpatialError: BAD_REQUEST with what is wrong.
        """
        shape = self.input_ids.shape
        slots = int((self.input_ids == image_token).sum())
        inside = self.sample_ids != PADDING
        labelled = self.labels != NO_LOSS
        same = self.sample_ids[:, 1:] == self.sample_ids[:, :-1]
        problems = [
            f"{name} is {list(value.shape)}, input_ids is {list(shape)}"
            for name in ("position_ids", "token_type_ids", "labels", "sample_ids", "weights")
            if (value := getattr(self, name)) is not None and value.shape != shape
        ]
        if problems:
            raise SpatialError(ErrorCode.BAD_REQUEST, f"no batch: {'; '.join(problems)}")
        points = len(self.xyz_values if self.points_of is None else self.points_of)
        if slots != self.samples * image_tokens or points != self.samples:
            problems.append(
                f"{slots} slots for {self.samples} images of {image_tokens} tokens and "
                f"{points} point maps"
            )
        if not len(self.predictors):
            problems.append("no token has a label")
        if (labelled & ~(inside & (self.token_type_ids == 1))).any():
            problems.append("a label outside the answers")
        if (labelled[:, 1:] & ~same).any() or labelled[:, 0].any():
            problems.append("a label on the first token of a sample")
        if (inside & (self.position_ids < 1)).any():
            problems.append("positions count from 1")
        if problems:
            raise SpatialError(ErrorCode.BAD_REQUEST, f"no batch: {'; '.join(problems)}")

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "Batch":
        changed = copy.copy(self)
        for one in fields(self):
            if (value := getattr(self, one.name)) is not None:
                setattr(changed, one.name, change(value))
        return changed


class Loader(Protocol):
    """Endless batches of one process, resumable after each."""

    waited: float  # seconds in all that the steps have waited for batches

    def __next__(self) -> Batch: ...

    def state_dict(self) -> dict[str, Any]:
        """Plain values: where the batch after those handed out is found."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Raises SpatialError if the state is of other data."""
        ...
