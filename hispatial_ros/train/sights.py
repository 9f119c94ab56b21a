"""What images show and where: from it a miniature learns names and places."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from hispatial_ros.dataset.questions import CHOICE, TEXT
from hispatial_ros.train.data.formats import Named, places
from hispatial_ros.train.data.question import Question, Wanted
from hispatial_ros.train.data.questions import after_places, named_in, text_of
from hispatial_ros.train.data.sample import DAMAGED, model_view
from hispatial_ros.train.data.source import Source
from hispatial_ros.vlm.inputs import ModelInput

LEAST = 0.4  # image tokens that an object covers, if its place is asked for
MOST = 6  # places in an answer
MARGIN = 0.01  # m around an object's box: its points are noisy
ASKED = 0.5  # share of questions of the data; the others list names
WORDS = 0.5  # share of lists that are of single words
SIDES = ("left_right", "front_behind")  # types of questions that places answer, most often


@dataclass(eq=False)
class Sight:
    """What an image shows.

    rgb: [S, S, 3] uint8. names: of its objects. boxes: [objects, 4] x0 y0 x1 y1, as shares of the
    image. seen: [objects, image tokens], the share of a token's pixels that show the object.
    asked: questions about it, with what they are about. sides: places and answer of those of SIDES.
    """

    rgb: np.ndarray
    names: tuple[str, ...]
    boxes: np.ndarray
    seen: np.ndarray
    asked: Sequence[tuple[str, Sequence[Named]]] = ()
    sides: Sequence[Question] = ()

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
    samples = ((source, *sample) for source in sources for sample in source.samples())
    for source, index, number in islice(samples, images):
        try:
            sample = index.read(number)
            yield _sight(sample.about, model_view(sample, size), patch, source.wanted)
        except DAMAGED:
            continue


def _sight(about: Mapping[str, Any], view: ModelInput, patch: int, wanted: Wanted) -> Sight:
    size, objects, camera = len(view.rgb), about["objects"], about["camera"]
    points, valid = view.xyz[:3].reshape(3, -1).T, view.xyz[3].ravel() > 0
    seen = []
    for known in objects:
        local = (points - np.array(known["center"])) @ np.reshape(known["rotation"], (3, 3))
        shown = (np.abs(local) <= np.array(known["size"]) / 2 + MARGIN).all(1) & valid
        seen.append(shown.reshape(size // patch, patch, -1, patch).mean((1, 3)).ravel())
    boxes = np.reshape([known["box"] for known in objects], (-1, 4))
    boxes = boxes / ([camera["width"], camera["height"]] * 2)
    names = tuple(known["label"] for known in objects)
    asked, sides = [], []
    for pair in about["pairs"]:
        if not pair["objects"] or pair.get("boxes") or pair["format"] == CHOICE:
            continue
        if pair not in wanted:
            continue
        named = named_in(pair, about)
        asked.append((pair["prompt"], named))
        if pair["type"] in SIDES and pair["format"] == TEXT:
            told = places(named)
            response = after_places(told, text_of(pair, wanted))
            sides.append(Question(pair["prompt"], response, pair["type"], places=told))
    return Sight(view.rgb, names, boxes, np.reshape(seen, (len(names), -1)), asked, sides)


def draw_question(sight: Sight, rng: np.random.Generator) -> tuple[str, str]:
    """Prompt and answer: a question, or many names or single words; their places."""
    if sight.asked and rng.random() < ASKED:
        prompt, named = sight.asked[int(rng.integers(len(sight.asked)))]
        return prompt, places(named)
    known = sight.words if sight.words and rng.random() < WORDS else sight.named
    names = [str(name) for name in rng.permutation([*known])][:MOST]
    return " ; ".join(names), places([(name, sight.boxes[known[name]]) for name in names])
