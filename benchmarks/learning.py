"""Whether training learns to use metric points: where is a pixel, with points and without.

Two miniatures are trained from nothing, for minutes, on Level 0 alone: the coordinates of a pixel
that two location tokens name. They are asked about other frames. What counts is the distance from
the camera, within a quarter of the truth. Exit status 1 unless metric points beat RGB and the best
single distance by the margins of the ablation, which were fixed before any run.
"""

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks import ablation
from benchmarks.ablation import Variant
from benchmarks.held_out import QUANTITATIVE, Asked, evaluate, guessed, maker_of, mean, views
from hispatial_ros.train.data.question import Wanted
from hispatial_ros.train.data.questions import draw_question
from hispatial_ros.train.data.source import Source
from hispatial_ros.train.miniature import make_miniature

TYPE = "pixel_position"
DRAWS = 2  # pixels of each held-out frame
VARIANTS = (Variant(ablation.POINTS, levels=(0,)), Variant(ablation.RGB, "none", levels=(0,)))


def main(arguments: list[str], console: Console) -> int:
    parser = ablation.parser_of("learning", __doc__)
    parser.set_defaults(frames=512, held_out=128, steps=400, samples=12, questions=3, workers=2)
    args = parser.parse_args(arguments)
    with ablation.quiet(console):
        data = ablation.make_data(args.out / "frames", args.frames, 0, args.workers)
        held_out = ablation.make_data(
            args.out / "held-out", args.held_out, ablation.HELD_OUT, args.workers
        )
        base = make_miniature(args.out / "miniature", [Source(data)], 0)
        calls = [partial(share, variant, base, data, held_out, args) for variant in VARIANTS]
        points, rgb = ablation.side_by_side(args.workers, calls)
        chance = guessed(pixels(base, held_out, "none"))
        console.print(ablation.verdict(points, rgb, chance))
        return 0 if ablation.shows(points, rgb, chance) else 1
    return 1


def share(
    variant: Variant, base: Path, data: Path, held_out: Path, args: argparse.Namespace
) -> float:
    """Of the distances that a variant gets right once it is trained."""
    settings = replace(ablation.settings(variant, base, data, 0, args), train_vision=True)
    name = f"{variant.points}-{args.steps}-steps-of-{args.samples}"
    model = ablation.trained(settings, args.out / name)
    answers = evaluate(model, pixels(base, held_out, variant.points))
    return mean([answers], QUANTITATIVE)


def pixels(checkpoint: Path, data: Path, points: str) -> list[Asked]:
    """The same ones for all variants."""
    maker, rng = maker_of(checkpoint, points), np.random.default_rng(0)
    wanted = Wanted(types=frozenset({TYPE}))
    asked = []
    for image, sample, view in views(data):
        for _ in range(DRAWS):
            question = draw_question(sample, view, wanted, rng)
            made = maker.encode(view, question)
            asked.append(Asked(image, made, question.response, QUANTITATIVE, QUANTITATIVE))
    return asked
