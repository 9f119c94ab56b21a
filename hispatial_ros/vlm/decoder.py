"""The language model over a batch of rows that each have their own length.

A row is one sequence: image tokens, prompt, answer. The prompt, image tokens included, attends to
all of itself, so the keys of the image tokens depend on the question: across questions on one frame
only the image features can be reused exactly, not the cache.

On CUDA both prompts and single tokens are replayed as graphs of a few shapes: prompts padded to the
next of some text lengths, tokens that read the next of some lengths of the cache. Masks make that
exact. Shapes that are not recorded (yet) are computed without padding.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch

from hispatial_ros.vlm.attention import RowCache, attend
from hispatial_ros.vlm.compiling import PLAIN, Parts
from hispatial_ros.vlm.graphs import Graphs, Tensors
from hispatial_ros.vlm.layers import layers_of, norm, rotations, scale_of, sizes_of
from hispatial_ros.vlm.model import HiSpatial

CAPACITY_STEP = 256  # positions; a graphed token reads a multiple of this, so that few graphs do
SHORTEST_TEXT = 32  # tokens; graphed prompts are padded to this or its double and so on
PROMPTS_TOGETHER = 2  # more at once take memory and fill a large GPU little better

Exchange = Callable[[int, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
Masks = dict[str, torch.Tensor | None]  # of the kinds of layers
Shape = tuple[tuple, Callable[[], Tensors]]  # key of a graph and what is recorded


class Decoder:
    """Prefills rows and extends them by one greedy token at a time.

    Args:
        model: on its device, in its dtype.
        rows: most sequences at a time.
        max_text, max_new_tokens: most tokens of a row behind the image tokens.
        graphs: where recorded shapes are kept; None: nothing is recorded.
    """

    def __init__(
        self,
        model: HiSpatial,
        rows: int,
        max_text: int,
        max_new_tokens: int,
        graphs: Graphs | None = None,
    ):
        text, weight = model.config.text_config, model.lm_head.weight
        self._model = model
        self._rows = rows
        self._graphs = graphs
        self._texts = [SHORTEST_TEXT]
        while self._texts[-1] < max_text:
            self._texts.append(2 * self._texts[-1])
        self._length = _rounded_up(model.image_tokens + self._texts[-1] + max_new_tokens)
        self._window = text.sliding_window or self._length
        self.device, self._dtype = weight.device, weight.dtype
        self._sizes = sizes_of(model)
        self._layers = layers_of(model, join=self.device.type == "cuda")
        self._kinds = text.layer_types
        self._final_norm = scale_of(model.model.language_model.norm)
        self._base = model.model.language_model.rotary_emb.inv_freq.to(self.device)
        self._scale = text.query_pre_attn_scalar**-0.5
        self._fused = text._attn_implementation == "sdpa"
        if self.device.type == "cuda":
            # It plans anew for each length, and PyTorch's versions differ in when they take it.
            torch.backends.cuda.enable_cudnn_sdp(False)
        self._cache = RowCache(
            (rows, text.num_key_value_heads, self._length, text.head_dim),
            text.num_hidden_layers,
            self.device,
            self._dtype,
        )
        self.step_parts = PLAIN
        if graphs is not None:  # the inputs of what is recorded
            together = min(rows, PROMPTS_TOGETHER)
            shape = (together, model.image_tokens, text.hidden_size)
            self._features = torch.zeros(shape, dtype=self._dtype, device=self.device)
            integers = dict(dtype=torch.int64, device=self.device)
            self._prompts = torch.zeros((together, 2 + self._texts[-1]), **integers)
            self._tokens = torch.zeros((2, rows), **integers)

    @torch.inference_mode()
    def prefill(
        self, features: Sequence[torch.Tensor], texts: Sequence[Sequence[int]], first_row: int
    ) -> Tensors:
        """Start rows first_row, first_row + 1, ...; does not wait for the device.

        Args:
            features: [image tokens, hidden] each. texts: token ids that follow the image tokens.

        Returns:
            Last hidden states [B, 2, hidden], of the last image token and of the last token of the
            text, and the greedy choice after that, [B].
        """
        results, start = [], 0
        for count in _groups(len(texts), min(self._rows, PROMPTS_TOGETHER)):
            group = slice(start, start + count)
            results.append(self._prefill_group(features[group], texts[group], first_row + start))
            start += count
        hidden, tokens = zip(*results, strict=True)
        return torch.cat(hidden), torch.cat(tokens)

    @torch.inference_mode()
    def step(self, tokens: Sequence[int], positions: Sequence[int]) -> torch.Tensor:
        """The next token of rows 0 .. B-1, [B]; does not wait for the device.

        Args:
            tokens: the last token of every row. positions: its index in the row.
        """
        count, most = len(tokens), max(positions) + 1
        batch, capacity = self._padded(count), _rounded_up(most)
        if self._graphs is not None and ("step", batch, capacity) in self._graphs:
            # Unused rows repeat position 0 of theirs, which their next prefill overwrites.
            padding = [0] * (batch - count)
            self._tokens[:, :batch].copy_(
                self._sent([[*tokens, *padding], [*positions, *padding]]), non_blocking=True
            )
            (result,) = self._graphs.replay(("step", batch, capacity))
            return result[:count].clone()
        inputs = self._sent([list(tokens), list(positions)])
        masked = most > min(positions) + 1 or most > self._window
        (result,) = self._step(inputs, most, masked)
        return result

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first ``length`` tokens of a row over another row."""
        self._cache.move(source, target, length)

    @property
    def graphed(self) -> bool:
        """Whether single tokens run as CUDA graphs."""
        shortest = _rounded_up(self._model.image_tokens + 1)
        return self._graphs is not None and ("step", 1, shortest) in self._graphs

    def recordable(self) -> Iterator[Shape]:
        """What can be recorded. Recording overwrites tokens of rows: only while none is in use.

        The largest first: the others find room in the memory that those share with them.
        """
        if self._graphs is None:
            return
        for batch in reversed(self.batches):
            for length in reversed(self._texts) if batch <= PROMPTS_TOGETHER else ():
                inputs = self._features[:batch], self._prompts[:batch, : 2 + length]
                yield ("prompt", batch, length), partial(self._prefill, *inputs, True)
        shortest = _rounded_up(self._model.image_tokens + 1)
        for batch in self.batches:
            for capacity in range(shortest, self._length + 1, CAPACITY_STEP):
                function = partial(self._step, self._tokens[:, :batch], capacity, True)
                yield ("step", batch, capacity), function

    @property
    def batches(self) -> list[int]:
        """Numbers of rows that are recorded."""
        return sorted({self._padded(count) for count in range(1, self._rows + 1)})

    @torch.inference_mode()
    def layer_inputs(self, batch: int) -> tuple[tuple, tuple]:
        """What the two parts of a layer get in a step of ``batch`` rows, zeros: to compile them."""
        options = {"device": self.device}
        hidden = torch.zeros((batch, 1, self._model.config.text_config.hidden_size), **options)
        positions = torch.ones((batch, 1), dtype=torch.int64, **options)
        rotation = rotations(positions, self._base, self._dtype)
        width = self._sizes.heads * self._sizes.size
        attended = torch.zeros((batch, 1, width), dtype=self._dtype, **options)
        layer = self._layers[0]
        return (hidden, layer, rotation, self._sizes), (attended, hidden, layer, self._sizes)

    def _padded(self, count: int) -> int:
        return min(1 << (count - 1).bit_length(), self._rows)

    def _sent(self, numbers: list[list[int]]) -> torch.Tensor:
        """On the device, without waiting for what it is computing."""
        pinned = torch.tensor(numbers, pin_memory=self.device.type == "cuda")
        return pinned.to(self.device, non_blocking=True)

    def _prefill_group(
        self, features: Sequence[torch.Tensor], texts: Sequence[Sequence[int]], first_row: int
    ) -> Tensors:
        count, longest = len(texts), max(map(len, texts))
        length = next(each for each in self._texts if each >= longest)
        key = ("prompt", count, length)
        recorded = self._graphs is not None and key in self._graphs
        padded = length if recorded else longest
        numbers = self._sent(
            [
                [first_row + i, len(text), *text, *[0] * (padded - len(text))]
                for i, text in enumerate(texts)
            ]
        )
        if not recorded:
            ragged = any(len(text) < longest for text in texts)
            return self._prefill(torch.stack(list(features)), numbers, ragged)
        assert self._graphs is not None
        for target, source in zip(self._features, features, strict=False):
            target.copy_(source)
        self._prompts[:count, : 2 + padded].copy_(numbers)
        hidden, tokens = self._graphs.replay(key)
        return hidden.clone(), tokens.clone()

    def _prefill(self, features: torch.Tensor, prompts: torch.Tensor, masked: bool) -> Tensors:
        """prompts: [B, 2 + tokens], each the row, the length of the text, the padded text."""
        rows, lengths, text = prompts[:, 0], prompts[:, 1], prompts[:, 2:]
        embeds = torch.cat([features, self._model.get_input_embeddings()(text)], dim=1)
        batch, length = embeds.shape[:2]
        image_tokens = features.shape[1]
        hidden = self._run(
            embeds,
            torch.arange(1, length + 1, device=self.device).expand(batch, -1),
            self._prompt_masks(image_tokens + lengths, length, masked),
            lambda layer, keys, values: self._cache.put_prompts(layer, rows, keys, values),
            PLAIN,
        )
        last = (image_tokens - 1 + lengths)[:, None, None].expand(-1, 1, hidden.shape[2])
        ends = torch.cat([hidden[:, image_tokens - 1, None], hidden.gather(1, last)], 1)
        ends = norm(ends, self._final_norm, self._sizes).to(self._dtype)
        return ends, self._choices(ends[:, 1])

    def _step(self, inputs: torch.Tensor, capacity: int, masked: bool) -> Tensors:
        """inputs: [2, B], tokens and positions. The next tokens, [B]."""
        tokens, positions = inputs[0], inputs[1]
        hidden = self._run(
            self._model.get_input_embeddings()(tokens[:, None]),
            positions[:, None] + 1,  # PaliGemma counts from 1
            self._step_masks(positions, capacity) if masked else _masks(None, None),
            lambda layer, keys, values: self._cache.put_tokens(
                layer, positions, capacity, keys, values
            ),
            self.step_parts,
        )
        last = norm(hidden[:, -1], self._final_norm, self._sizes).to(self._dtype)
        return (self._choices(last),)

    def _choices(self, hidden: torch.Tensor) -> torch.Tensor:
        return self._model.logits(hidden).argmax(-1)

    def _run(
        self,
        embeds: torch.Tensor,
        positions: torch.Tensor,
        masks: Masks,
        exchange: Exchange,
        parts: Parts,
    ) -> torch.Tensor:
        """[B, L, hidden] -> [B, L, hidden] float32, before the last norm.

        Args:
            exchange: stores a layer's keys and values and returns those to attend to.
        """
        rotation = rotations(positions, self._base, self._dtype)
        hidden = embeds.float()
        for i, layer in enumerate(self._layers):
            queries, keys, values = parts.before(hidden, layer, rotation, self._sizes)
            keys, values = exchange(i, keys, values)
            mask = masks[self._kinds[i]]
            attended = attend(queries, keys, values, mask, self._scale, self._fused)
            hidden = parts.after(attended, hidden, layer, self._sizes)
        return hidden

    def _prompt_masks(self, ends: torch.Tensor, length: int, masked: bool) -> Masks:
        key = torch.arange(length, device=self.device)
        within = (key < ends[:, None])[:, None, None]  # [B, 1, 1, L]
        full = self._bias(within) if masked else None
        if length <= self._window:
            return _masks(full, full)
        # The released model's window has an end towards the past only.
        near = key > key[:, None] - self._window
        return _masks(full, self._bias(within & near))

    def _step_masks(self, positions: torch.Tensor, capacity: int) -> Masks:
        key = torch.arange(capacity, device=self.device)
        position = positions[:, None, None, None]
        full = self._bias(key <= position)  # [B, 1, 1, capacity]
        if capacity <= self._window:
            return _masks(full, full)
        return _masks(full, self._bias((key <= position) & (key > position - self._window)))

    def _bias(self, allowed: torch.Tensor) -> torch.Tensor:
        # Not -inf: a padded query that may see nothing must not become NaN, and then, as a key,
        # poison the row.
        zeros = torch.zeros(allowed.shape, dtype=self._dtype, device=self.device)
        return zeros.masked_fill(~allowed, torch.finfo(self._dtype).min)


def _masks(full: torch.Tensor | None, sliding: torch.Tensor | None) -> Masks:
    return {"full_attention": full, "sliding_attention": sliding}


def _rounded_up(length: int) -> int:
    return -(-length // CAPACITY_STEP) * CAPACITY_STEP


def _groups(count: int, most: int) -> Iterator[int]:
    """Powers of two that add up to ``count``, none above ``most``, the largest first."""
    while count:
        group = 1 << (min(count, most).bit_length() - 1)
        yield group
        count -= group
