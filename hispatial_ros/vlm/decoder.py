"""The language model over a batch of rows that each have their own length.

A row is one sequence: image tokens, prompt, answer. The prompt, image tokens included, attends to
all of itself, so the keys of the image tokens depend on the question: across questions on one frame
only the image features can be reused exactly, not the cache.
"""

from collections.abc import Sequence

import torch

from hispatial_ros.vlm.graphs import StepGraphs
from hispatial_ros.vlm.model import HiSpatial

CAPACITY_STEP = 256  # tokens; a graphed step reads a multiple of this, so that few graphs serve all

# Multiprocessors of a GPU that reads the weights faster than it launches the many small kernels,
# so that compiling, a minute or two at warm-up, pays.
LARGE_GPU = 100


class Decoder:
    """Prefills rows and extends them by one greedy token at a time.

    Args:
        model: on its device, in its dtype.
        rows: most sequences at a time.
        length: most tokens of a row, image tokens included.
        graphs: replay recorded CUDA graphs for single steps; without effect on other devices.
        compiled: let torch.compile fuse what the graphs record; None: on large GPUs.
    """

    def __init__(
        self,
        model: HiSpatial,
        rows: int,
        length: int,
        graphs: bool = True,
        compiled: bool | None = None,
    ):
        text = model.config.text_config
        self._model = model
        self._length = length = _rounded_up(length)
        self._window = text.sliding_window or length
        weight = model.lm_head.weight
        self._device, self._dtype = weight.device, weight.dtype
        shape = (rows, text.num_key_value_heads, length, text.head_dim)
        self._cache = _RowCache(shape, text.num_hidden_layers, self._device, self._dtype)
        self._graphs: StepGraphs | None = None
        if graphs and self._device.type == "cuda":
            if compiled is None:
                multiprocessors = torch.cuda.get_device_properties(
                    self._device
                ).multi_processor_count
                compiled = multiprocessors >= LARGE_GPU
            steps = [torch.compile(self._step, dynamic=True, fullgraph=True)] if compiled else []
            self._graphs = StepGraphs([*steps, self._step], rows, self._device)

    @property
    def graphed(self) -> bool:
        """Whether single steps run as CUDA graphs."""
        return self._graphs is not None and self._graphs.usable

    @torch.inference_mode()
    def prefill(
        self, features: torch.Tensor, texts: Sequence[Sequence[int]], first_row: int
    ) -> torch.Tensor:
        """Start rows first_row, first_row + 1, ...

        Args:
            features: [B, image tokens, hidden]. texts: token ids that follow the image tokens.

        Returns:
            [B, L, hidden] last hidden states, L being the longest row; garbage beyond a row's end.
        """
        longest = max(map(len, texts))
        padded = torch.tensor([[*text, *[0] * (longest - len(text))] for text in texts])
        embed = self._model.get_input_embeddings()
        embeds = torch.cat([features, embed(padded.to(self._device))], dim=1)
        image_tokens, length = features.shape[1], embeds.shape[1]
        ends = torch.tensor([image_tokens + len(text) for text in texts], device=self._device)
        self._cache.start_prefill(first_row)
        return self._run(
            embeds,
            torch.arange(length, device=self._device).expand(len(texts), -1),
            self._prefill_masks(ends, length, padded=any(len(t) < longest for t in texts)),
        )

    def next_tokens(self, hidden: torch.Tensor) -> torch.Tensor:
        """[..., hidden] -> [...] the greedy choices."""
        return self._model.logits(hidden).argmax(-1)

    @torch.inference_mode()
    def step(self, tokens: Sequence[int], positions: Sequence[int]) -> list[int]:
        """The next token of rows 0 .. B-1.

        Args:
            tokens: the last token of every row. positions: its index in the row.
        """
        capacity = max(positions) + 1
        if self._graphs is not None and self._graphs.usable:
            return self._graphs.step(tokens, positions, _rounded_up(capacity))
        inputs = torch.tensor([tokens, positions]).to(self._device)
        masked = capacity > min(positions) + 1 or capacity > self._window
        return self._step(inputs[0], inputs[1], capacity, masked).tolist()

    def warm_up(self, rows: int) -> None:
        """Run (and record) the steps that ``rows`` rows may take; overwrites their tokens."""
        shortest = _rounded_up(self._model.image_tokens + 1)
        lengths = range(shortest, self._length + 1, CAPACITY_STEP)
        for length in lengths if self.graphed else [shortest]:
            self.step([0] * rows, [length - 1] * rows)

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first ``length`` tokens of a row over another row."""
        self._cache.move(source, target, length)

    def _step(
        self, tokens: torch.Tensor, positions: torch.Tensor, capacity: int, masked: bool = True
    ) -> torch.Tensor:
        """[B] and [B] -> [B]; without branches on values, so that a graph can record it."""
        self._cache.start_step(positions, capacity)
        embeds = self._model.get_input_embeddings()(tokens[:, None])
        masks = self._step_masks(positions, capacity) if masked else _same(None)
        return self.next_tokens(self._run(embeds, positions[:, None], masks)[:, -1])

    def _run(self, embeds: torch.Tensor, positions: torch.Tensor, masks: dict) -> torch.Tensor:
        return self._model.model.language_model(
            inputs_embeds=embeds,
            position_ids=positions + 1,  # PaliGemma counts from 1
            attention_mask=masks,
            past_key_values=self._cache,
            use_cache=True,
            is_causal=False,  # without a mask everything is seen
        ).last_hidden_state

    def _prefill_masks(self, ends: torch.Tensor, length: int, padded: bool) -> dict:
        key = torch.arange(length, device=self._device)
        within = (key < ends[:, None])[:, None, None]  # [B, 1, 1, L]
        full = self._bias(within) if padded else None
        if length <= self._window:
            return _same(full)
        # The released model's window has an end towards the past only.
        near = key > key[:, None] - self._window
        return {"full_attention": full, "sliding_attention": self._bias(within & near)}

    def _step_masks(self, positions: torch.Tensor, capacity: int) -> dict:
        key = torch.arange(capacity, device=self._device)
        position = positions[:, None, None, None]
        full = self._bias(key <= position)  # [B, 1, 1, capacity]
        if capacity <= self._window:
            return _same(full)
        near = (key <= position) & (key > position - self._window)
        return {"full_attention": full, "sliding_attention": self._bias(near)}

    def _bias(self, allowed: torch.Tensor) -> torch.Tensor:
        # Not -inf: a padded query that may see nothing must not become NaN, and then, as a key,
        # poison the row.
        zeros = torch.zeros(allowed.shape, dtype=self._dtype, device=self._device)
        return zeros.masked_fill(~allowed, torch.finfo(self._dtype).min)


def _rounded_up(length: int) -> int:
    return -(-length // CAPACITY_STEP) * CAPACITY_STEP


def _same(mask: torch.Tensor | None) -> dict:
    return {"full_attention": mask, "sliding_attention": mask}


class _RowCache:
    """Keys and values [rows, heads, length, head size] per layer; every row has its own length.

    Takes the place of transformers' ``Cache``, whose rows all have the same one.
    """

    def __init__(self, shape: tuple, layers: int, device: torch.device, dtype: torch.dtype):
        # Zeros, as what a mask hides is still multiplied by 0, and 0 * NaN is NaN.
        self._keys = [torch.zeros(shape, device=device, dtype=dtype) for _ in range(layers)]
        self._values = [torch.zeros(shape, device=device, dtype=dtype) for _ in range(layers)]
        self._rows = torch.arange(shape[0], device=device)
        self._first_row = 0
        self._positions: torch.Tensor | None = None
        self._capacity = 0

    def start_prefill(self, first_row: int) -> None:
        """The next update brings whole rows from ``first_row`` on."""
        self._first_row, self._positions = first_row, None

    def start_step(self, positions: torch.Tensor, capacity: int) -> None:
        """The next update brings one token for each of the first rows, and reads ``capacity``."""
        self._positions, self._capacity = positions, capacity

    def update(
        self, keys: torch.Tensor, values: torch.Tensor, layer_idx: int, *args, **kwargs
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Called by every attention layer: store, and return what to attend to."""
        cached_keys, cached_values = self._keys[layer_idx], self._values[layer_idx]
        batch, _, length, _ = keys.shape
        if self._positions is None:
            last_row = self._first_row + batch
            cached_keys[self._first_row : last_row, :, :length] = keys
            cached_values[self._first_row : last_row, :, :length] = values
            return keys, values
        rows = self._rows[:batch]
        cached_keys[rows, :, self._positions] = keys[:, :, 0]
        cached_values[rows, :, self._positions] = values[:, :, 0]
        return cached_keys[:batch, :, : self._capacity], cached_values[:batch, :, : self._capacity]

    def move(self, source: int, target: int, length: int) -> None:
        for cached in (*self._keys, *self._values):
            cached[target, :, :length] = cached[source, :, :length]
