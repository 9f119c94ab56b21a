"""What images show and where: from it a miniature learns names and places."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hispatial_ros.train.data.sample import DAMAGED, model_view
from hispatial_ros.train.data.source import Source, index_shard
from hispatial_ros.vlm.inputs import ModelInput
from hispatial_ros.vlm.prompts import location_tokens, on_model_image

LEAST = 0.4  # image tokens that an object covers, if its place is asked for
MOST = 6  # places in an answer
MARGIN = 0.01  # m around an object's box: its points are noisy
PROMPTS = ("rows", "columns")
STEPS = 8  # that rows and columns are told in
TOKEN = len("<loc0000>")


@dataclass(eq=False)
class Sight:
    """What an image shows.

    rgb: [S, S, 3] uint8. names: of its objects. boxes: [objects, 4] x0 y0 x1 y1, as shares of the
    image. seen: [objects, image tokens], the share of a token's pixels that show the object.
    """

    rgb: np.ndarray
    names: tuple[str, ...]
    boxes: np.ndarray
    seen: np.ndarray

    @cached_property
    def named(self) -> dict[str, int]:
        """The objects that can be told by their names, and are large enough to be seen."""
        large = self.seen.sum(1) >= LEAST
        return {
            name: i for i, name in enumerate(self.names) if large[i] and self.names.count(name) == 1
        }

    @cached_property
    def words(self) -> dict[str, int]:
        """The same of single words: "mug" where there is one mug."""
        words = [word for name in self.names for word in name.split()]
        named = self.named.items()
        return {w: i for name, i in named for w in name.split() if words.count(w) == 1}


def sights_of(sources: Sequence[Source], size: int, patch: int, images: int) -> Iterator[Sight]:
    """Of so many images in all; those that cannot be read are left out.

    Args:
        size: side of the model's image. patch: side of the part that one image token shows.
    """
    shards = [path for source in sources for path in source.shards]
    samples = ((index, n) for index in map(index_shard, shards) for n in range(len(index.samples)))
    for (index, number), _ in zip(samples, range(images), strict=False):
        try:
            sample = index.read(number)
            yield _sight(sample.about, model_view(sample, size), patch)
        except DAMAGED:
            continue


def _sight(about: Mapping[str, Any], view: ModelInput, patch: int) -> Sight:
    size, objects, camera = len(view.rgb), about["objects"], about["camera"]
    points, valid = view.xyz[:3].reshape(3, -1).T, view.xyz[3].ravel() > 0
    seen = []
    for known in objects:
        local = (points - np.array(known["center"])) @ np.reshape(known["rotation"], (3, 3))
        shown = (np.abs(local) <= np.array(known["size"]) / 2 + MARGIN).all(1) & valid
        seen.append(shown.reshape(size // patch, patch, -1, patch).mean((1, 3)).ravel())
    boxes = [
        np.array(on_model_image(known["box"], camera["width"], camera["height"], size)) / size
        for known in objects
    ]
    names = tuple(known["label"] for known in objects)
    return Sight(view.rgb, names, np.reshape(boxes, (-1, 4)), np.reshape(seen, (len(names), -1)))


def draw_question(sight: Sight, rng: np.random.Generator) -> tuple[str, str]:
    """Prompt and answer: a name's box as PaliGemma tells it, or the rows or columns of many."""
    kind = rng.integers(3)
    named = sight.words if kind == 0 and sight.words else sight.named
    names = [str(name) for name in rng.permutation([*named])][:MOST]
    if kind == 2:
        box = location_tokens(tuple(sight.boxes[named[names[0]]]), 1, 1)
        return f"detect {names[0]}", f"{box} {names[0]}"
    axis = int(rng.integers(2))
    listed = []
    for name in names:
        x0, y0, x1, y1 = sight.boxes[named[name]]
        x, y = (np.floor(np.array([x0 + x1, y0 + y1]) / 2 * STEPS) + 0.5) / STEPS
        token = location_tokens((x, y, x, y), 1, 1)
        listed.append(f" {name}{token[:TOKEN] if axis == 0 else token[TOKEN : 2 * TOKEN]}")
    return PROMPTS[axis], "".join(listed)
