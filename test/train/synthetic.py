"""Batches made of nothing but a seed, for tests of what happens to them."""

from typing import Any

import torch
from transformers import PaliGemmaConfig

from hispatial_ros.train.batch import NO_LOSS, PADDING, Batch

BOS, NEWLINE, EOS = 2, 8, 1


def make_batch(
    config: PaliGemmaConfig,
    rows: list[list[tuple[int, int]]],
    seed: int = 0,
    length: int | None = None,
) -> Batch:
    """rows: of each row its samples, as tokens of the question and of the answer."""
    generator = torch.Generator().manual_seed(seed)
    vision = config.vision_config
    slots = (vision.image_size // vision.patch_size) ** 2
    made = []
    for row in rows:
        columns: dict[str, list[int]] = {n: [] for n in ("ids", "places", "types", "labels", "of")}
        for sample, (question, answer) in enumerate(row):
            text = torch.randint(9, 100, (question + answer,), generator=generator).tolist()
            prefix = [config.image_token_id] * slots + [BOS, *text[:question], NEWLINE]
            suffix = [*text[question:], EOS]
            columns["ids"] += prefix + suffix
            columns["places"] += range(1, len(prefix) + len(suffix) + 1)
            columns["types"] += [0] * len(prefix) + [1] * len(suffix)
            columns["labels"] += [NO_LOSS] * len(prefix) + suffix
            columns["of"] += [sample] * (len(prefix) + len(suffix))
        made.append(columns)
    longest = length or max(len(columns["ids"]) for columns in made)

    def padded(name: str, value: int) -> torch.Tensor:
        return torch.tensor([c[name] + [value] * (longest - len(c[name])) for c in made])

    count, size = sum(map(len, rows)), vision.image_size
    xyz = torch.rand(count, 4, size, size, generator=generator) * 4 - 1
    xyz[:, 3] = (xyz[:, 3] > 0).float()
    return Batch(
        torch.rand(count, 3, size, size, generator=generator) * 2 - 1,
        xyz,
        padded("ids", 0),
        padded("places", 0),
        padded("types", 0),
        padded("labels", NO_LOSS),
        padded("of", PADDING),
    )


class SyntheticLoader:
    """Batch i of the seed i, of this process's share of the rows."""

    def __init__(self, config: PaliGemmaConfig, rank: int = 0, world: int = 1):
        self._config, self._rank, self._world = config, rank, world
        self.next = 0
        self.waited = 0.0

    def __next__(self) -> Batch:
        self.next += 1
        batch = make_batch(self._config, [[(3, 4), (5, 2)], [(4, 9)]], self.next)
        if self._world == 1:
            return batch
        images = slice(0, 2) if self._rank == 0 else slice(2, 3)
        names = ("input_ids", "position_ids", "token_type_ids", "labels", "sample_ids")
        row = slice(self._rank, self._rank + 1)
        return Batch(
            batch.pixel_values[images],
            batch.xyz_values[images],
            *(getattr(batch, name)[row] for name in names),
        )

    def state_dict(self) -> dict[str, Any]:
        return {"next": self.next}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.next = state["next"]
