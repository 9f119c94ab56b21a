"""Our own benchmark: all four levels on simulated frames, judged by the simulation's exact truth.

Frames are made by seed, and so are questions: there are no files. What is asked is decidable: two
things that differ by less than the margins below are not compared. The images are of scenes that
nothing here was developed or trained on.
"""

import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.dataset.facts import (
    ABSOLUTE,
    RELATIVE,
    Best,
    Either,
    Fact,
    Number,
    Numbers,
    Order,
    Which,
)
from hispatial_ros.dataset.orientation import Facing
from hispatial_ros.dataset.questions import CHOICE, TEXT, YES_NO, Pair, ask
from hispatial_ros.dataset.referring import Reference
from hispatial_ros.dataset.sample import world_facts
from hispatial_ros.dataset.sources.simulated import unnumbered
from hispatial_ros.dataset.tasks.level0 import LOCATIONS, pixel_facts
from hispatial_ros.dataset.world import UNKNOWN, Quantity
from hispatial_ros.evaluate.question import Question, Rule, View
from hispatial_ros.evaluate.rules import length
from hispatial_ros.frame.frame import Frame
from hispatial_ros.language import options
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.simulate.scenes import Scene, Truth, make_scene
from hispatial_ros.vlm.parse import parse_answer

FAMILIES = ("room", "tabletop", "clutter", "chairs", "kinect")
SEED = 7_000_000
FRAMES = 80
PER_TYPE = 1  # questions of a type about one frame
# What is asked. Fixed, so that scores stay comparable while the data engine learns to ask more.
TYPES = (
    "above_below", "axis_distance", "center_distance", "closer_to", "closest_distance",
    "count_class", "count_than", "depth_order", "direction_vector", "exists_side",
    "farthest_of", "fits_between", "front_behind", "larger", "left_right", "nearer",
    "nearest_of", "object_depth", "object_distance", "object_height", "object_position",
    "object_width", "pair_farther", "passage", "path_side", "perspective", "pixel_nearer",
    "pixel_position", "relative_direction", "room_to_make", "taller", "tallest_of", "wider",
)  # fmt: skip
# Combinations of objects that are tried for each family of facts.
COMBINATIONS = 6
# The margin, as the standard deviation of a judge of lengths and places: 1 cm and 1 %.
MARGIN, RELATIVE_MARGIN = 0.01, 0.01
SURE = 0.99
# [rad] Beyond that from facing the camera nobody says which side of a box is its width.
FACING = np.radians(30)


@dataclass(frozen=True)
class Scope:
    """What is shown and asked.

    Attributes:
        families: of scenes, in turn.
        types: of questions.
        plain: as `frames` of the data engine shows scenes to a learner of images, and asked in
            words only: no choices, no yes or no. What shares its label with others is not asked
            about.
    """

    families: Sequence[str] = FAMILIES
    types: Collection[str] = TYPES
    plain: bool = False


EVERYTHING = Scope()
# What the miniatures of the ablation are trained to answer; without yes or no.
PLAIN = Scope(
    ("room",),
    (
        *("pixel_position", "object_distance", "center_distance"),
        *("left_right", "front_behind", "path_side", "perspective"),
    ),
    plain=True,
)


class TrueWorld:
    """The objects of a scene as they are; see ``dataset.world.World``."""

    def __init__(self, truths: Sequence[Truth], up: np.ndarray):
        self._truths = list(truths)
        self.count = len(self._truths)
        self.up: np.ndarray | None = up

    def label(self, i: int) -> str:
        # "box" of "red box 2": what is counted.
        return next(w for w in reversed(self._truths[i].label.split()) if w.isalpha())

    def distance(self, i: int) -> Quantity:
        return _with_margin(self._truths[i].distance)

    def center(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        center = self._truths[i].center
        margin = MARGIN + RELATIVE_MARGIN * float(np.linalg.norm(center))
        return center, np.eye(3) * margin**2

    def size(self, i: int, axis: int) -> Quantity:
        truth = self._truths[i]
        unclear = truth.shape in ("box", "chair") and abs(truth.yaw) > FACING
        return UNKNOWN if unclear and axis != 1 else _with_margin(float(truth.size[axis]))

    def extent(self, i: int, axis: int) -> Quantity:
        return _with_margin(float(self._truths[i].extent[axis]))

    def center_distance(self, i: int, j: int) -> Quantity:
        return _with_margin(self._truths[i].center_distance(self._truths[j]))

    def closest_distance(self, i: int, j: int) -> Quantity:
        return _with_margin(self._truths[i].closest_distance(self._truths[j]))

    def hides(self, i: int, j: int) -> float:
        return 0.5  # not asked

    def facing(self, i: int) -> Facing | None:
        return None  # boxes and cylinders have no front


def _with_margin(value: float) -> Quantity:
    return Quantity(value, MARGIN + RELATIVE_MARGIN * abs(value))


def simulated(
    frames: int = FRAMES, seed: int = SEED, scope: Scope = EVERYTHING
) -> Iterator[Question]:
    """Questions about so many frames, one of each type and frame.

    Args:
        frames: of each five, one of each family.
        seed: of the first frame.
        scope: of scenes and questions.
    """
    for n in range(frames):
        family = scope.families[n % len(scope.families)]
        yield from _about(seed + n, family, scope)


@lru_cache(maxsize=2)
def _scene(seed: int, family: str, plain: bool) -> Scene:
    scene = make_scene(seed, family, textured=plain)
    if not plain:
        return scene
    truths = [replace(t, label=unnumbered(t.label)) for t in scene.truths]
    regions = [replace(r, label=unnumbered(r.label)) for r in scene.regions]
    return replace(scene, truths=truths, regions=regions)


def _about(seed: int, family: str, scope: Scope) -> Iterator[Question]:
    scene = _scene(seed, family, scope.plain)
    key = f"{family}-{seed}"
    number = zlib.crc32(key.encode())
    rng = np.random.default_rng(number)
    world = TrueWorld(scene.truths, scene.up)
    labels = [truth.label for truth in scene.truths]
    references = [Reference(f"the {label}", "class", label) for label in labels]
    exact = PointMap(Frame(None, scene.depth.astype(np.float32), scene.camera))
    facts = [*pixel_facts(exact, rng), *world_facts(world, (), number, COMBINATIONS)]
    facts = [fact for fact in facts if fact.type in scope.types]
    count: Counter[str] = Counter()
    for i in rng.permutation(len(facts)).tolist():
        fact = facts[i]
        if count[fact.type] >= PER_TYPE or not _decidable(fact):
            continue
        if any(labels.count(labels[o]) > 1 for o in fact.objects):
            continue
        pairs = ask(fact, references, rng, SURE, every=scope.plain)
        for pair in [p for p in pairs if not scope.plain or p.format == TEXT][:1]:
            id_ = f"{key}-{fact.type}-{count[fact.type]}"
            count[fact.type] += 1
            yield _question(id_, key, pair, references, scene.camera, seed, family, scope.plain)


def _decidable(fact: Fact) -> bool:
    """Numbers are exact and always asked, if they are large enough to have a relative error."""
    claim = fact.claim
    if isinstance(claim, Number) and claim.unit:
        return claim.quantity.known and claim.quantity.value > 2 * ABSOLUTE
    return True


def _question(
    id_: str,
    key: str,
    pair: Pair,
    references: Sequence[Reference],
    camera: Camera,
    seed: int,
    family: str,
    plain: bool,
) -> Question:
    choices: dict[str, str] = {}
    if pair.format == CHOICE:
        choices = {o.label: o.text.strip() for o in options.split(pair.prompt)[1]}
    names = dict(zip("ABCDEFG", (references[i].phrase for i in pair.fact.objects), strict=False))
    offered = [o.format_map(pair.fact.words | names) for o in pair.fact.options]
    judge = rule(pair, choices, offered)

    def view() -> View:
        scene = _scene(seed, family, plain)
        assert scene.frame.rgb is not None
        return View(scene.frame.rgb, scene.frame.depth, scene.frame.camera, scene.regions)

    return Question(
        id_,
        f"{pair.fact.level} {pair.fact.type}",
        pair.prompt,
        pair.answer,
        key,
        view,
        {"truth": lambda answer: judge(_with_locations(answer, offered, camera))},
        choices,
        # Steps are for models; the engine measures.
        measured_text=pair.prompt if choices else pair.question,
    )


def rule(pair: Pair, choices: dict[str, str], offered: Sequence[str]) -> Rule:
    """How an answer to a question is judged.

    A choice must have the right label, yes or no must be right, a number be within 10 % or 2 cm
    (of a vector within 0.1), a count equal, names and orders be those of the truth.
    """
    claim = pair.fact.claim
    if pair.format == CHOICE:
        right = pair.response.strip("()")

        def choice(answer: str) -> bool | None:
            said = parse_answer(answer, choices).choice
            if said:
                return said == right
            return _named(answer, list(choices.values()), pair.answer)

        return choice
    if pair.format == YES_NO:
        yes = pair.answer.lower().startswith("yes")

        def yes_no(answer: str) -> bool | None:
            said = parse_answer(answer).choice
            return (said == "yes") == yes if said in ("yes", "no") else None

        return yes_no
    if isinstance(claim, Number):
        return _number(claim)
    if isinstance(claim, Numbers):
        return _numbers(claim)
    if isinstance(claim, Order):
        ordered = [offered[i] for i in claim.indices]
        return lambda answer: _ordered(answer, ordered)
    assert isinstance(claim, Either | Best | Which)
    return lambda answer: _named(answer, offered, offered[claim.index])


def _close(value: float, true: float) -> bool:
    return abs(value - true) <= max(RELATIVE * abs(true), ABSOLUTE)


def _number(claim: Number) -> Rule:
    def judge(answer: str) -> bool | None:
        if claim.unit:
            value = length(answer)
            return None if value is None else _close(value, claim.quantity.value)
        values = parse_answer(answer).values
        return values[-1] == round(claim.quantity.value) if values else None

    return judge


def _numbers(claim: Numbers) -> Rule:
    true = [q.value for q in claim.values]

    def judge(answer: str) -> bool | None:
        values = parse_answer(answer).values
        if len(values) != len(true):
            return None
        if claim.unit:
            return all(map(_close, values, true))
        return all(abs(a - b) <= RELATIVE for a, b in zip(values, true, strict=True))

    return judge


def _plain(text: str) -> str:
    words = text.lower().replace("the ", "").strip(" .")
    return f" {words} "


def _named(answer: str, offered: Sequence[str], right: str) -> bool | None:
    """Whether the answer names the right one of those offered, and no other."""
    said = _plain(answer)
    found = []
    for name in sorted(offered, key=len, reverse=True):  # "red box 2" before "red box"
        if _plain(name).strip() in said:
            found.append(name)
            said = said.replace(_plain(name).strip(), " ")
    if not found:  # "left" for "to the left of"
        found = [o for o in offered if said.strip() and said.strip() in _plain(o)]
    return found[0] == right if len(found) == 1 else None


_PIXEL = re.compile(r"pixel \((\d+), (\d+)\)")


def _with_locations(answer: str, offered: Sequence[str], camera: Camera) -> str:
    """Pixels as the engine writes them, (u, v), as the location tokens that the question has."""
    if (match := _PIXEL.search(answer)) is None or not offered:
        return answer
    u, v = (float(each) for each in match.groups())

    def off(option: str) -> float:
        y, x, *_ = (int(n) / LOCATIONS for n in re.findall(r"<loc(\d{4})>", option))
        return float(np.hypot(x * camera.width - u, y * camera.height - v))

    return min(offered, key=off)


def _ordered(answer: str, right: Sequence[str]) -> bool | None:
    ranking = [_plain(name) for name in parse_answer(answer).ranking]
    return ranking == [_plain(name) for name in right] if ranking else None
