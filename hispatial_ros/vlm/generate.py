"""Greedy answers for many questions at once, one token at a time.

The caller is the scheduler: it starts questions whenever rows are free, begins a token for all in a
loop, collects it, and cancels. Between beginning and collecting it is free to prepare what comes
next, while the device computes. Answers come and go while others are under way. In float32 an
answer does not depend on what else is in the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np
import torch

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.decoder import Decoder
from hispatial_ros.vlm.graphs import Tensors, graphs_for
from hispatial_ros.vlm.inputs import ModelInput
from hispatial_ros.vlm.model import HiSpatial
from hispatial_ros.vlm.warm_up import WarmUp

FRAME = ("frame",)  # key of the graph that encodes one


class Finish(Enum):
    EOS = "eos"
    LENGTH = "length"
    CANCELLED = "cancelled"


class Prepared(NamedTuple):
    """A frame where the device can fetch it: rgb [S, S, 3] uint8, xyz [4, S, S] float32."""

    rgb: torch.Tensor
    xyz: torch.Tensor


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
        graphs: record encoding, prompts and tokens as CUDA graphs, in `warm_up` or `warm_up_piece`;
            without effect on other devices.
        compiled: compile decoding, too, and use that if it turns out faster.

    ``torch.OutOfMemoryError`` from `prepare`, `encode`, `start` or `start_step` leaves everything
    as it was: try fewer.
    """

    def __init__(
        self,
        model: HiSpatial,
        *,
        max_batch: int = 4,
        max_text: int = 256,
        max_new_tokens: int = 512,
        graphs: bool = True,
        compiled: bool = False,
    ):
        self.model = model
        self.max_batch = max_batch
        self.max_text = max_text
        self.max_new_tokens = max_new_tokens
        self.device = model.lm_head.weight.device
        self._graphs = graphs_for(self.device) if graphs else None
        self._decoder = Decoder(model, max_batch, max_text, max_new_tokens, self._graphs)
        size = model.image_size
        self._image = torch.zeros((7, size, size), device=self.device)  # what is recorded reads
        shapes = [*self._decoder.recordable(), (FRAME, lambda: self._encode_image(self._image))]
        self._warm_up = WarmUp(self._decoder, self._graphs, shapes, compiled)
        self._rows: list[Generation] = []  # row i of the decoder
        self._computing: tuple[list[Generation], torch.Tensor] | None = None
        eos = getattr(model.config, "eos_token_id", None)
        if eos is None:
            eos = model.config.text_config.eos_token_id
        self._eos = set(eos) if isinstance(eos, list) else {eos}

    @property
    def under_way(self) -> int:
        """Requests that have an unfinished generation."""
        return len(self._rows)

    @property
    def warm_up(self) -> WarmUp:
        """What is left to do until answers are as fast as they get."""
        return self._warm_up

    @property
    def graphed(self) -> bool:
        """Whether decoding runs as CUDA graphs."""
        return self._decoder.graphed

    def prepare(self, inputs: ModelInput) -> Prepared:
        """The CPU's part of encoding; the device goes on meanwhile."""
        rgb, xyz = inputs.rgb, inputs.xyz
        return Prepared(self._sendable(rgb, torch.uint8), self._sendable(xyz, torch.float32))

    @torch.inference_mode()
    def encode(self, frames: Sequence[ModelInput | Prepared]) -> list[torch.Tensor]:
        """Image features [image tokens, hidden] of frames, for any number of questions on them.

        Does not wait for the device; what is not prepared is prepared while it encodes others.
        """
        return [
            self._encode(each if isinstance(each, Prepared) else self.prepare(each))
            for each in frames
        ]

    def check(self, text: Sequence[int], max_new_tokens: int) -> None:
        """Raises SpatialError BAD_QUESTION if a request does not fit."""
        if len(text) > self.max_text or not 1 <= max_new_tokens <= self.max_new_tokens:
            raise SpatialError(
                ErrorCode.BAD_QUESTION,
                f"a prompt of {len(text)} tokens with up to {max_new_tokens} tokens of answer does "
                f"not fit the limits of {self.max_text} and 1 to {self.max_new_tokens}: shorten "
                "the question, or raise the limits",
            )

    def start(self, requests: Sequence[GenerationRequest]) -> list[Generation]:
        """Start requests; `collect` waits for their first tokens.

        Raises:
            SpatialError: BAD_QUESTION if one does not fit, before any is started.
            ValueError: if there are more than ``max_batch - under_way``.
        """
        self.collect()
        if len(requests) > self.max_batch - self.under_way:
            raise ValueError(f"{len(requests)} questions, {self.under_way} are under way")
        for request in requests:
            self.check(request.text, request.max_new_tokens)
        _, tokens = self._decoder.prefill(
            [request.features for request in requests],
            [request.text for request in requests],
            self.under_way,
        )
        generations = [Generation(request) for request in requests]
        self._rows += generations
        self._computing = generations, tokens
        return generations

    def start_step(self) -> None:
        """Begin one more token for every generation under way; `collect` waits for them."""
        self.collect()
        if not self._rows:
            return
        generations = list(self._rows)
        tokens = self._decoder.step(
            [generation.tokens[-1] for generation in generations],
            [self._prompt_length(g.request) + len(g.tokens) - 1 for g in generations],
        )
        self._computing = generations, tokens

    def collect(self) -> None:
        """Wait for the tokens that are being computed, if any; those cancelled since gain none."""
        if self._computing is None:
            return
        (generations, computed), self._computing = self._computing, None
        for generation, token in zip(generations, computed.tolist(), strict=True):
            if generation.finish is None:
                self._append(generation, token)

    def add(self, requests: Sequence[GenerationRequest]) -> list[Generation]:
        """`start` and `collect`."""
        generations = self.start(requests)
        self.collect()
        return generations

    def step(self) -> None:
        """`start_step` and `collect`."""
        self.start_step()
        self.collect()

    def cancel(self, generation: Generation) -> None:
        """Stop one; nothing happens if it is finished."""
        if generation.finish is None:
            self._finish(generation, Finish.CANCELLED)

    def try_out(self) -> None:
        """Answer something: loads weights and kernels. Only while nothing is under way."""
        size = self.model.image_size
        blank = ModelInput(
            np.zeros((size, size, 3), np.uint8), np.zeros((4, size, size), np.float32)
        )
        (features,) = self.encode([blank])
        tokens = min(2, self.max_new_tokens)
        self.add([GenerationRequest(features, [0] * min(32, self.max_text), tokens, False)])
        while self.under_way:
            self.step()

    def _sendable(self, array: np.ndarray, dtype: torch.dtype) -> torch.Tensor:
        """A copy, page-locked if the device is a GPU, which then fetches it by itself."""
        pin = self.device.type == "cuda"
        copy = torch.empty(array.shape, dtype=dtype, pin_memory=pin)
        np.copyto(copy.numpy(), array)
        return copy

    def _encode(self, frame: Prepared) -> torch.Tensor:
        rgb = frame.rgb.to(self.device, non_blocking=True).permute(2, 0, 1).float()
        xyz = frame.xyz.to(self.device, non_blocking=True)
        image = torch.cat([(rgb / 255 - 0.5) / 0.5, xyz])
        if self._graphs is None or FRAME not in self._graphs:
            return self._encode_image(image)[0]
        self._image.copy_(image)
        (features,) = self._graphs.replay(FRAME)
        return features.clone()

    def _encode_image(self, image: torch.Tensor) -> Tensors:
        """[7, S, S] float32, normalised RGB, xyz, validity -> [image tokens, hidden]."""
        return (self.model.model.get_image_features(image[None]).pooler_output[0],)

    def _prompt_length(self, request: GenerationRequest) -> int:
        return self.model.image_tokens + len(request.text)

    def _append(self, generation: Generation, token: int) -> None:
        request = generation.request
        if request.stop_at_eos and token in self._eos:
            self._finish(generation, Finish.EOS)
            return
        generation.tokens.append(token)
        if len(generation.tokens) == request.max_new_tokens:
            self._finish(generation, Finish.LENGTH)

    def _finish(self, generation: Generation, finish: Finish) -> None:
        generation.finish = finish
        row = self._rows.index(generation)
        last = self._rows.pop()
        if last is not generation:  # the rows in use stay without gaps
            self._rows[row] = last
            length = self._prompt_length(last.request) + len(last.tokens)
            self._decoder.move(len(self._rows), row, length)
