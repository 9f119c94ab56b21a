"""Simulated frames with exact truth as a source: no files, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from hispatial_ros.dataset.capture import Capture, Item
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.simulate.layout import FAMILIES
from hispatial_ros.simulate.scenes import make_scene

PREFIX = "simulated:"
MIX = ("room", "tabletop", "clutter", "chairs")  # families, in turn


def is_simulated(source: str) -> bool:
    """Whether a source's name asks for simulated frames: ``simulated:COUNT[:SEED]``."""
    return source.startswith(PREFIX)


def count(source: str) -> int:
    """How many frames a source's name asks for.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    return _parse(source)[0]


def items(source: str, name: str) -> Iterator[Item]:
    """The frames that a source's name asks for.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    number, first = _parse(source)
    return frames(number, first, name)


def frames(
    number: int, first: int = 0, name: str = "simulated", scale: float = 1.0, plain: bool = False
) -> Iterator[Item]:
    """So many frames.

    Args:
        number: of frames.
        first: seed of the first scene; the next ones follow.
        name: starts the keys.
        scale: of the images' size, 640 x 480 pixels.
        plain: for a learner of images: rooms of many looks, and objects of one class have one
            label, so that they have to be told apart by what is seen ("red box 2" is not).
    """
    for seed in range(first, first + number):
        family = MIX[seed % len(MIX)]
        origin = {"simulated": family, "seed": seed}
        yield Item(f"{name}/{seed:07d}", "", partial(_load, seed, family, scale, plain), origin)


def _load(seed: int, family: str, scale: float, plain: bool) -> Capture:
    f = FAMILIES[family]
    scene = make_scene(
        seed,
        family,
        width=round(f.width * scale),
        height=round(f.height * scale),
        min_pixels=round(f.min_pixels * scale**2),
        textured=plain,
    )
    regions = scene.regions
    if plain:
        regions = [replace(r, label=unnumbered(r.label)) for r in regions]
    return Capture(scene.frame, regions)


def unnumbered(label: str) -> str:
    """ "red box" of "red box 2"."""
    return label.rstrip("0123456789 ")


def _parse(source: str) -> tuple[int, int]:
    parts = source.removeprefix(PREFIX).split(":")
    if not all(part.isdecimal() for part in parts) or not 1 <= len(parts) <= 2:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{source!r} is no source: write simulated:COUNT or simulated:COUNT:SEED, for example "
            "simulated:200",
        )
    return int(parts[0]), int(parts[1]) if len(parts) == 2 else 0
