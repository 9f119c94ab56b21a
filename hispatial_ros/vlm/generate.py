"""Greedy answers for many questions at once, one token at a time.

The caller is the scheduler: it adds questions whenever rows are free, calls `step` in a loop, and
cancels. Answers come and go while others are under way. In float32 an answer does not depend on
what else is in the batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import torch

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.decoder import Decoder
from hispatial_ros.vlm.graphs import GraphedFunction
from hispatial_ros.vlm.inputs import ModelInput
from hispatial_ros.vlm.model import HiSpatial


class Finish(Enum):
    EOS = "eos"
    LENGTH = "length"
    CANCELLED = "cancelled"


@dataclass(frozen=True, eq=False)
class GenerationRequest:
    """features: [image tokens, hidden], of `Generator.encode`.

    text: token ids after the image tokens. max_new_tokens counts the end of sequence.
    """

    features: torch.Tensor
    text: Sequence[int]
    max_new_tokens: int
    stop_at_eos: bool = True


@dataclass(eq=False)
class Generation:
    """Tokens so far, without the end of sequence. ``finish`` is None while under way."""

    request: GenerationRequest
    tokens: list[int] = field(default_factory=list)
    finish: Finish | None = None


class Generator:
    """Not for use by several threads at once.

    Args:
        model: on its device, in its dtype.
        max_batch: most requests under way. The cache for them is allocated here.
        max_text: most tokens of a prompt. max_new_tokens: most of an answer.
        graphs: record encoding and decoding as CUDA graphs; without effect on other devices.
        compiled: compile decoding first; None: on GPUs so large that it pays.

    ``torch.OutOfMemoryError`` from `encode` or `add` leaves everything as it was: try fewer.
    """

    def __init__(
        self,
        model: HiSpatial,
        *,
        max_batch: int = 4,
        max_text: int = 256,
        max_new_tokens: int = 512,
        graphs: bool = True,
        compiled: bool | None = None,
    ):
        self.model = model
        self.max_batch = max_batch
        self.max_text = max_text
        self.max_new_tokens = max_new_tokens
        self.device = model.lm_head.weight.device
        length = model.image_tokens + max_text + max_new_tokens
        self._decoder = Decoder(model, max_batch, length, graphs, compiled)
        self._rows: list[Generation] = []  # row i of the decoder
        self._encode: Callable[[torch.Tensor], torch.Tensor] = self._encode_image
        if graphs and self.device.type == "cuda":
            self._encode = GraphedFunction(self._encode_image)
        eos = getattr(model.config, "eos_token_id", None)
        if eos is None:
            eos = model.config.text_config.eos_token_id
        self._eos = set(eos) if isinstance(eos, list) else {eos}

    @property
    def under_way(self) -> int:
        """Requests that have an unfinished generation."""
        return len(self._rows)

    @property
    def graphed(self) -> bool:
        """Whether decoding runs as CUDA graphs."""
        return self._decoder.graphed

    @torch.inference_mode()
    def encode(self, inputs: Sequence[ModelInput]) -> list[torch.Tensor]:
        """Image features [image tokens, hidden] of frames, for any number of questions on them."""
        return [self._encode(self._image(each)) for each in inputs]

    def check(self, text: Sequence[int], max_new_tokens: int) -> None:
        """Raises SpatialError BAD_QUESTION if a request does not fit."""
        if len(text) > self.max_text or not 1 <= max_new_tokens <= self.max_new_tokens:
            raise SpatialError(
                ErrorCode.BAD_QUESTION,
                f"a prompt of {len(text)} tokens with up to {max_new_tokens} tokens of answer does "
                f"not fit the limits of {self.max_text} and 1 to {self.max_new_tokens}: shorten "
                "the question, or raise the limits",
            )

    @torch.inference_mode()
    def add(self, requests: Sequence[GenerationRequest]) -> list[Generation]:
        """Start requests; their first tokens are known on return.

        Raises:
            SpatialError: BAD_QUESTION if one does not fit, before any is started.
            ValueError: if there are more than ``max_batch - under_way``.
        """
        if len(requests) > self.max_batch - self.under_way:
            raise ValueError(f"{len(requests)} questions, {self.under_way} are under way")
        for request in requests:
            self.check(request.text, request.max_new_tokens)
        hidden = self._decoder.prefill(
            torch.stack([request.features for request in requests]),
            [request.text for request in requests],
            self.under_way,
        )
        ends = torch.tensor([self._prompt_length(request) for request in requests])
        last = hidden[torch.arange(len(requests)), ends - 1]
        tokens = self._decoder.next_tokens(last).tolist()
        generations = [Generation(request) for request in requests]
        self._rows += generations
        self._append(generations, tokens)
        return generations

    def step(self) -> None:
        """One more token for every generation under way."""
        if not self._rows:
            return
        generations = list(self._rows)
        tokens = self._decoder.step(
            [generation.tokens[-1] for generation in generations],
            [self._prompt_length(g.request) + len(g.tokens) - 1 for g in generations],
        )
        self._append(generations, tokens)

    def cancel(self, generation: Generation) -> None:
        """Stop one; nothing happens if it is finished."""
        if generation.finish is None:
            self._finish(generation, Finish.CANCELLED)

    def warm_up(self, progress: Callable[[float], None] = lambda fraction: None) -> None:
        """Run everything once: loads weights and kernels, and records the graphs.

        Only while nothing is under way.
        """
        size = self.model.image_size
        blank = ModelInput(
            np.zeros((size, size, 3), np.uint8), np.zeros((4, size, size), np.float32)
        )
        batches = [1]
        while self.graphed and batches[-1] < self.max_batch:
            batches.append(min(2 * batches[-1], self.max_batch))
        for i, batch in enumerate(batches):
            features = self.encode([blank])[0]
            self.add([GenerationRequest(features, [0] * min(32, self.max_text), 1)] * batch)
            self._decoder.warm_up(batch)
            progress((i + 1) / len(batches))

    def _image(self, prepared: ModelInput) -> torch.Tensor:
        """[7, S, S] float32 on the device: normalised RGB, xyz, validity."""
        rgb = torch.tensor(prepared.rgb).to(self.device).permute(2, 0, 1).float()
        return torch.cat([(rgb / 255 - 0.5) / 0.5, torch.tensor(prepared.xyz).to(self.device)])

    def _encode_image(self, image: torch.Tensor) -> torch.Tensor:
        return self.model.model.get_image_features(image[None]).pooler_output[0]

    def _prompt_length(self, request: GenerationRequest) -> int:
        return self.model.image_tokens + len(request.text)

    def _append(self, generations: Sequence[Generation], tokens: Sequence[int]) -> None:
        for generation, token in zip(generations, tokens, strict=True):
            request = generation.request
            if request.stop_at_eos and token in self._eos:
                self._finish(generation, Finish.EOS)
                continue
            generation.tokens.append(token)
            if generation.finish is None and len(generation.tokens) == request.max_new_tokens:
                self._finish(generation, Finish.LENGTH)

    def _finish(self, generation: Generation, finish: Finish) -> None:
        generation.finish = finish
        row = self._rows.index(generation)
        last = self._rows.pop()
        if last is not generation:  # the rows in use stay without gaps
            self._rows[row] = last
            length = self._prompt_length(last.request) + len(last.tokens)
            self._decoder.move(len(self._rows), row, length)
