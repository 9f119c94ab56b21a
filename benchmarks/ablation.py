"""The paper's two ablations in miniature: what 3D input is worth, and what the lower levels are.

Six variants are trained on simulated frames, with the same number of steps, and asked about other
simulated frames: RGB alone, with relative depth and with metric points, all levels each; and metric
points without Levels 0 and 1, without 1, and without 1 and 2. As the paper's start from
PaliGemma-2, those of one seed start from a miniature that has learned names, places, and left,
right, front and behind by places, without points.

Few tasks of each level are asked, answered by a value or an option alone: so small a model would
spend its steps on learning to write. Answers begin with the places of the objects that they are
about: so names and places stay among what is trained, in all variants.

A step of 24 samples, four questions about each image, takes some 0.4 s of one core, a frame 0.08 s,
a seed's start half an hour (Xeon). So the defaults, 12 runs that each see 10,200 of 20,000 frames,
take some four core-hours. Runs are made side by side, one core each. Finished ones, checkpoints and
shards are kept in ``--out``: started again, it goes on where it ended. The runs of one seed come
before those of the next, the points before the levels.

What has to show was fixed before any of these runs had been evaluated: of the lengths that metric
points get right there are OVER_CHANCE more than a guesser of one length gets, and OVER_RGB more
than RGB.
"""

import argparse
import json
import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.bars import bars
from benchmarks.held_out import (
    FORMATS,
    LEVEL_3,
    MEASURES,
    QUALITATIVE,
    QUANTITATIVE,
    TYPES,
    Answers,
    evaluate,
    guessed,
    majority,
    mean,
    questions,
)
from hispatial_ros.dataset.run import build_dataset
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.sources.simulated import frames
from hispatial_ros.evaluate.score import interval
from hispatial_ros.train.data.question import ALL_LEVELS
from hispatial_ros.train.grounding import ground
from hispatial_ros.train.miniature import make_miniature
from hispatial_ros.train.run import train
from hispatial_ros.train.settings import Data, TrainSettings

SCALE = 0.3  # of the frames' 640 x 480 pixels; the model sees 112 x 112
IMAGES = 8_000  # that teach names and places, at most
HELD_OUT = 9_100_000  # seed of the first frame that is asked about
OVER_CHANCE, OVER_RGB = 0.10, 0.05  # shares of the lengths; the paper's gain over RGB is 0.079
PLACES_WEIGHT = 0.1  # of a place's token, so that the answers after the places are learned
LONGEST = 80  # tokens of prompt and answer: what reasons by steps is left out


@dataclass(frozen=True)
class Variant:
    """points: as which the model gets them. levels: of the questions that it is trained on."""

    name: str
    points: str = "metric"
    levels: tuple[int, ...] = (0, 1, 2, 3)


POINTS, RGB = "RGB + metric points", "RGB"
VARIANTS = (
    Variant(POINTS),
    Variant(RGB, "none"),
    Variant("RGB + relative depth", "relative"),
    Variant("without Levels 0, 1", levels=(2, 3)),
    Variant("without Level 1", levels=(0, 2, 3)),
    Variant("without Levels 1, 2", levels=(0, 3)),
)


def main(arguments: list[str], console: Console) -> int:
    """A table and a plot; exit status 0."""
    parser = parser_of("ablation", __doc__)
    parser.set_defaults(frames=20_000, held_out=500, steps=1700, samples=24, questions=4, workers=2)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--looks", type=int, default=1200, help="steps that teach names")
    parser.add_argument("--places", type=int, default=2200, help="steps that teach places")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="minutes: shows that it runs; so few steps teach nothing",
    )
    args = parser.parse_args(arguments)
    if args.quick:
        args.frames, args.held_out, args.seeds = 24, 8, 1
        args.steps, args.samples, args.questions = 10, 12, 4
        args.looks, args.places = 2, 2
    with quiet(console):
        return _run(args, console)
    return 1


def parser_of(name: str, description: str | None) -> argparse.ArgumentParser:
    """The options of a benchmark that trains, as `settings` reads them; without most defaults."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=description)
    parser.add_argument("--out", type=Path, default=Path(name), help=f"({name})")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--held-out", type=int, help="frames that are asked about")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--samples", type=int, help="of a step")
    parser.add_argument("--questions", type=int, help="about each image")
    parser.add_argument("--workers", type=int, help="runs, and makers of frames, side by side")
    parser.add_argument("--device", default="auto")
    return parser


@contextmanager
def quiet(console: Console) -> Iterator[None]:
    """Only errors are logged; the runs have progress bars. An interrupt ends what is within."""
    package = logging.getLogger("hispatial_ros")
    before = package.level
    package.setLevel(logging.ERROR)
    try:
        yield
    except KeyboardInterrupt:
        console.print("stopped: start it again with the same options to go on")
    finally:
        package.setLevel(before)


def _run(args: argparse.Namespace, console: Console) -> int:
    data = make_data(args.out / "frames", args.frames, 0, args.workers)
    held_out = make_data(args.out / "held-out", args.held_out, HELD_OUT, args.workers)
    bases = side_by_side(
        args.workers, [partial(base_of, args, data, seed) for seed in range(args.seeds)]
    )
    runs = [(variant, seed, base) for seed, base in enumerate(bases) for variant in VARIANTS]
    made = side_by_side(
        args.workers, [partial(answers, *run, data, held_out, args) for run in runs]
    )
    results: dict[str, list[Answers]] = {}
    for (variant, *_), result in zip(runs, made, strict=True):
        results.setdefault(variant.name, []).append(result)
    asked = questions(bases[0], held_out, "none")
    chance = guessed(asked)
    unseen = {
        QUALITATIVE: majority(asked, QUALITATIVE),
        QUANTITATIVE: chance,
        LEVEL_3: majority(asked, LEVEL_3),
    }
    title = f"{args.frames} frames, {args.steps} steps, {args.seeds} seeds"
    console.print(_table(results, unseen, title))
    points, rgb = (mean(results[name], QUANTITATIVE) for name in (POINTS, RGB))
    console.print(verdict(points, rgb, chance))
    shares = {name: {m: mean(runs, m) for m in MEASURES} for name, runs in results.items()}
    (args.out / "ablation.svg").write_text(bars(shares))
    console.print(args.out / "ablation.svg")
    return 0


def base_of(args: argparse.Namespace, data: Path, seed: int) -> Path:
    """What the runs of a seed start from: a miniature that knows names, places and sides."""
    sources = [asked_of(data).source]
    untrained = make_miniature(args.out / f"miniature-{seed}", sources, seed)
    grounded = args.out / f"grounded-{args.looks}-{args.places}-seed-{seed}"
    return ground(untrained, grounded, sources, IMAGES, args.looks, args.places, seed)


def side_by_side(workers: int, calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the calls return, so many at a time, each on one core; here if it is one at a time."""
    if workers == 1:
        return [call() for call in calls]
    context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    with ProcessPoolExecutor(workers, context, _begin) as pool:
        running = [pool.submit(call) for call in calls]
        try:
            return [each.result() for each in running]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin() -> None:
    """In a process beside others: one core, only errors are logged, no longer than its parent."""
    torch.set_num_threads(1)
    logging.getLogger("hispatial_ros").setLevel(logging.ERROR)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def answers(
    variant: Variant, seed: int, base: Path, data: Path, held_out: Path, args: argparse.Namespace
) -> Answers:
    """Of a variant, trained if that has not been done; kept in a file."""
    name = f"{_slug(variant.name)}-{args.steps}-steps-of-{args.samples}-seed-{seed}"
    path: Path = args.out / f"{name}.answers.json"
    if not path.is_file():
        model = trained(settings(variant, base, data, seed, args), args.out / "runs" / name)
        result = evaluate(model, questions(base, held_out, variant.points))
        unfinished = path.with_suffix(".partial")
        unfinished.write_text(json.dumps(result))
        unfinished.rename(path)
    return cast(Answers, json.loads(path.read_text()))


def trained(settings: TrainSettings, out: Path) -> Path:
    """The checkpoint of a run.

    Raises:
        KeyboardInterrupt: it was interrupted; started again, it goes on.
    """
    model = train(settings, out)
    if model is None:
        raise KeyboardInterrupt
    return model


def make_data(out: Path, count: int, first: int, workers: int) -> Path:
    settings = BuildSettings(select=False, detector=False, per_type=4)
    items = frames(count, first, scale=SCALE, plain=True)
    build_dataset(items, [f"simulated:{count}:{first}"], out, settings, workers=workers)
    return out


def asked_of(data: Path, levels: Iterable[int] = ALL_LEVELS) -> Data:
    """The questions that are trained."""
    return Data(
        str(data),
        levels=tuple(sorted(levels)),
        types=TYPES,
        formats=FORMATS,
        short=True,
        places=True,
        places_weight=PLACES_WEIGHT,
    )


def settings(
    variant: Variant, base: Path, data: Path, seed: int, args: argparse.Namespace
) -> TrainSettings:
    return TrainSettings(
        checkpoint=str(base),
        data=(asked_of(data, variant.levels),),
        points=variant.points,
        steps=args.steps,
        rows=args.samples,
        questions=args.questions,
        tokens=64 + LONGEST,
        pack=False,
        rate=1e-3,
        point_rate=0.02,  # its matrix has 37,828 inputs for each value: large steps blow it up
        warm_up=min(100, args.steps // 10),
        cool_down=args.steps // 4,
        device=args.device,
        dtype="fp32",
        recompute="none",
        workers=1,
        seed=seed,
        save_every=500,
        keep=1,
        log_every=50,
        tracker="none",
    )


def shows(points: float, rgb: float, chance: float) -> bool:
    """Whether metric points beat chance and RGB by the margins: shares of the lengths."""
    return points >= chance + OVER_CHANCE and points >= rgb + OVER_RGB


def verdict(points: float, rgb: float, chance: float) -> str:
    """In a sentence."""
    return (
        f"Lengths right: metric points {100 * points:.1f} %, RGB {100 * rgb:.1f} %, best single "
        f"length {100 * chance:.1f} %: the use of 3D input "
        f"{'shows' if shows(points, rgb, chance) else 'does not show'}."
    )


def _table(results: dict[str, list[Answers]], unseen: dict[str, float], title: str) -> Table:
    table = Table(title=f"Right answers [%], 95 % interval by image; {title}")
    table.add_column("trained with")
    for measure in MEASURES:
        table.add_column(measure, justify="right")
    for name, runs in results.items():
        table.add_row(name, *(_cell(runs, m) for m in MEASURES))
    table.add_row("nothing seen: the best answer", *(f"{100 * unseen[m]:.1f}" for m in MEASURES))
    return table


def _cell(runs: Sequence[Answers], measure: str) -> str:
    seeds = []
    for run in runs:
        low, high = interval(run[measure])
        seeds.append(f"{100 * mean([run], measure):.1f} ({100 * low:.1f} to {100 * high:.1f})")
    return ", ".join(seeds)


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
