"""One image made into a sample: objects with their measures, facts, question-answer pairs."""

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from hispatial_ros.dataset.captions import Captions
from hispatial_ros.dataset.capture import Capture
from hispatial_ros.dataset.colours import colour_name
from hispatial_ros.dataset.facts import Fact
from hispatial_ros.dataset.geometry import depth_noise
from hispatial_ros.dataset.objects import Finder, Outliner, find_objects
from hispatial_ros.dataset.orientation import Facing, Orienter, facings
from hispatial_ros.dataset.pick import Picker
from hispatial_ros.dataset.questions import Pair, UnnamedError, ask
from hispatial_ros.dataset.referring import Reference, refer
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.tasks.facing import facing_facts
from hispatial_ros.dataset.tasks.level0 import pixel_facts
from hispatial_ros.dataset.tasks.level1 import object_facts
from hispatial_ros.dataset.tasks.level2 import class_facts, pair_facts, triple_facts
from hispatial_ros.dataset.tasks.level3 import (
    count_facts,
    fit_facts,
    pair_comparison_facts,
    passage_facts,
    perspective_facts,
)
from hispatial_ros.dataset.tasks.moving import way_facts
from hispatial_ros.dataset.tasks.occlusion import occlusion_facts
from hispatial_ros.dataset.world import MeasuredWorld, World
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.types import Gravity, Measurement
from hispatial_ros.pointmap.pointmap import PointMap

# [pixels] Colour is taken from the middle half of a box, where the object is.
MIDDLE = 0.25


@dataclass
class Models:
    """Those that see an image's objects, each None if there is none."""

    finder: Finder | None = None  # of objects where the source names none
    outliner: Outliner | None = None  # of regions without an outline
    orienter: Orienter | None = None  # tells which way objects face
    captions: Captions | None = None  # names for objects that have none of their own


@dataclass(eq=False)
class Sample:
    """What is written about one image."""

    frame: Frame
    measurement: Measurement
    references: Sequence[Reference]
    others: Sequence[str]  # labels of what is in the image but was not measured
    facings: Sequence[Facing | None]  # of the objects
    seed: int  # of every random choice about it
    facts: list[Fact] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    # Facts in every format that they allow, for layouts whose loader chooses.
    groups: list[list[Pair]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)  # facts, by reason
    captions: Counter[str] = field(default_factory=Counter)  # by what became of them
    proposed: Counter[str] = field(default_factory=Counter)  # problems, by what became of them

    @property
    def gravity(self) -> Gravity | None:
        return self.measurement.gravity


def make_sample(
    key: str,
    capture: Capture,
    settings: BuildSettings,
    models: Models | None = None,
) -> Sample:
    """Measure the objects of a capture with depth and ask about them.

    Args:
        key: of the image; with ``settings.seed`` it seeds every random choice.
        capture: with depth.
        settings: of the data set.
        models: those that see its objects; None: none.

    Raises:
        SpatialError: NO_REGIONS if it has no objects; what measuring raises.
    """
    frame = capture.frame
    models = models or Models()
    found = find_objects(capture, models.finder)
    if not found.regions:
        raise SpatialError(ErrorCode.NO_REGIONS, "no objects")
    regions = found.regions if models.outliner is None else models.outliner(frame, found.regions)
    options = MeasureOptions(depth_noise(frame, settings), capture.gravity, settings.max_range)
    measurement = measure(frame, regions, options, relations=False)
    size = (frame.camera.width, frame.camera.height)
    faces = facings(models.orienter, frame, measurement.objects)
    world = MeasuredWorld(measurement.objects, measurement.gravity, size, faces)
    others = [*found.others, *(failure.region.label for failure in measurement.failures)]
    regions = [o.region for o in measurement.objects]
    colours = [region_colour(frame.rgb, region) for region in regions]
    references = refer(world, regions, colours, others, settings.probability)
    captions: Counter[str] = Counter()
    if models.captions is not None:
        references, captions = models.captions.name(frame, regions, references)
    seed = zlib.crc32(f"{settings.seed} {key}".encode())
    sample = Sample(frame, measurement, references, others, faces, seed, captions=captions)
    rng = np.random.default_rng(seed)
    points = PointMap(frame, options.noise, settings.max_range)
    sample.facts = [*_facts(world, points, others, seed, settings)]
    _ask_all(sample, sample.facts, rng, settings)
    return sample


def _facts(
    world: World, points: PointMap, others: Sequence[str], seed: int, settings: BuildSettings
) -> Iterator[Fact]:
    yield from pixel_facts(points, np.random.default_rng(seed))
    yield from world_facts(world, others, seed, settings.per_type)


def world_facts(world: World, others: Sequence[str], seed: int, limit: int) -> Iterator[Fact]:
    """All facts of Levels 1 to 3, at most ``limit`` combinations of objects for each family.

    Args:
        world: the objects.
        others: labels of what is in the image but not in ``world``.
        seed: chooses the combinations.
        limit: of combinations.
    """
    pick = Picker(seed, limit)
    complete = complete_classes([world.label(i) for i in range(world.count)], others)
    yield from object_facts(world)
    yield from pair_facts(world, pick)
    yield from triple_facts(world, pick)
    yield from class_facts(world, complete)
    yield from perspective_facts(world, pick)
    yield from fit_facts(world, pick)
    yield from passage_facts(world, pick)
    yield from pair_comparison_facts(world, pick)
    yield from count_facts(world, complete)
    yield from occlusion_facts(world)
    yield from way_facts(world, pick)
    yield from facing_facts(world, pick)


def complete_classes(labels: Sequence[str], others: Sequence[str]) -> frozenset[str]:
    """Classes of which every member is known, as far as names tell.

    A "chair" may also be what is called "office chair", or a chair that was not measured.
    """
    words = {label: frozenset(label.lower().split()) for label in {*labels, *others}}
    return frozenset(
        label
        for label in labels
        if label not in others
        and not any(words[label] <= words[name] for name in words if name != label)
    )


def _ask_all(
    sample: Sample, facts: Sequence[Fact], rng: np.random.Generator, settings: BuildSettings
) -> None:
    """Questions about the facts, at most ``per_type`` of each type."""
    count: Counter[str] = Counter()
    for i in rng.permutation(len(facts)).tolist():
        fact = facts[i]
        if count[fact.type] >= settings.per_type:
            sample.left_out["enough of its type"] += 1
            continue
        try:
            every = settings.layout == "hispatial"
            group = ask(fact, sample.references, rng, settings.probability, every=every)
        except UnnamedError:
            sample.left_out["its objects have no name"] += 1
            continue
        if not group:
            sample.left_out["not sure enough"] += 1
            continue
        count[fact.type] += 1
        sample.pairs.append(group[0])
        sample.groups.append(group)
    order = sorted(range(len(sample.pairs)), key=lambda i: _rank(sample.pairs[i].fact))
    sample.pairs = [sample.pairs[i] for i in order]
    sample.groups = [sample.groups[i] for i in order]


def _rank(fact: Fact) -> tuple:
    return fact.level, fact.type, fact.objects, sorted(fact.words.items())


def region_colour(rgb: np.ndarray | None, region: Region) -> str:
    """Name of a region's colour; empty without a clear one."""
    if rgb is None:
        return ""
    x0, y0, x1, y1 = region.box
    across, down = MIDDLE * (x1 - x0), MIDDLE * (y1 - y0)
    rows = slice(max(0, round(y0 + down)), max(0, round(y1 - down)))
    columns = slice(max(0, round(x0 + across)), max(0, round(x1 - across)))
    return colour_name(rgb[rows, columns].reshape(-1, 3))
