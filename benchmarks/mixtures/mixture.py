"""Draws mixtures by number: the same number is the same mixture."""

import math
import random
from dataclasses import dataclass

from benchmarks.mixtures.calibrations import CALIBRATIONS
from benchmarks.mixtures.images import (
    COMPRESSED_DEPTHS,
    COMPRESSED_IMAGES,
    DEPTHS,
    IMAGES,
    depth_png,
    encoded,
)
from benchmarks.mixtures.scene import Room
from benchmarks.mixtures.shot import Kind, Shot
from benchmarks.mixtures.surroundings import FRAMES, LABELS, STAMPS
from benchmarks.mixtures.unmet import NOT_BESIDE

KINDS = (
    *(*IMAGES, *COMPRESSED_IMAGES, *DEPTHS, *COMPRESSED_DEPTHS),
    *(*CALIBRATIONS, *STAMPS, *FRAMES, *LABELS),
)
# In the order in which they are done.
ASPECTS = ("image", "depth", "calibration", "labels", "frames", "stamps")
CARRIED = ("image", "depth")  # by a transport
STRIDE = 7  # through the kinds; prime to their number
assert math.gcd(STRIDE, len(KINDS)) == 1
REQUESTS = ("distance", "width", "measure")
COMPRESSED = 0.25  # of all mixtures
ONE_MORE_CAUSE = 0.5
UNUSUAL = 0.6  # of what is harmless beside the first kind


@dataclass(frozen=True, eq=False)
class Mixture:
    """One kind of some aspects; those that are not named are as usual."""

    number: int
    kinds: tuple[Kind, ...]
    request: str  # one of REQUESTS
    transport: str = "raw"

    @property
    def causes(self) -> tuple[Kind, ...]:
        """What is wrong with it."""
        return tuple(kind for kind in self.kinds if kind.cause)

    def shot(self) -> Shot:
        """Its messages."""
        rng = random.Random(f"messages of {self.number}")
        lens = next((kind.lens for kind in self.kinds if kind.lens), "none")
        shot = Shot.of(Room(rng, lens))
        if self.request == "width":
            shot.question = "How wide is the {label}?"
        if self.transport == "compressed":
            shot.set_compressed("image", encoded(shot.room.rgb, "PNG"), "png")
            depth_png(shot, rng)
        for kind in self.kinds:
            kind.do(shot, rng)
        return shot

    def __str__(self) -> str:
        listed = "; ".join(kind.title for kind in self.kinds)
        return f"mixture {self.number} ({self.request}, {self.transport}): {listed}"


def alone(kind: Kind, request: str) -> Mixture:
    """Nothing but this kind."""
    return Mixture(0, (kind,), request, kind.transport)


def first_kind(number: int) -> Kind:
    """What the mixture of that number is about: each kind in turn."""
    return KINDS[STRIDE * number % len(KINDS)]


def draw(number: int) -> Mixture:
    """The mixture of that number.

    Its first kind comes beside others that are harmless, but for one now and then that is not.
    """
    rng = random.Random(f"mixture {number}")
    first = first_kind(number)
    transport = first.transport
    if first.aspect not in CARRIED and rng.random() < COMPRESSED:
        transport = "compressed"
    chosen = {first.aspect: first}
    others = [aspect for aspect in ASPECTS if aspect != first.aspect]
    rng.shuffle(others)
    harmful = others[0] if rng.random() < ONE_MORE_CAUSE else ""
    for aspect in others:
        suitable = [
            kind
            for kind in KINDS
            if kind.aspect == aspect
            and bool(kind.cause) == (aspect == harmful)
            and (aspect not in CARRIED or kind.transport == transport)
            and kind.title not in NOT_BESIDE
        ]
        if rng.random() < UNUSUAL or aspect == harmful:
            chosen[aspect] = rng.choice(suitable)
    kinds = tuple(chosen[aspect] for aspect in ASPECTS if aspect in chosen)
    return Mixture(number, kinds, rng.choice(REQUESTS), transport)
