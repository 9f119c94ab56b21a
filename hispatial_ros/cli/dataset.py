"""`hispatial dataset`: build question-answer shards from images or recordings; look at them."""

import argparse
import os
import time
from pathlib import Path
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = commands.add_parser(
        "build",
        help="make shards",
        description="Make shards of question-answer pairs. Started again with the same arguments, "
        "it goes on where it ended.",
    )
    build.add_argument(
        "--source",
        type=Path,
        action="append",
        required=True,
        metavar="PATH",
        help="a folder of images or RGB-D frames, a TUM or ScanNet sequence, a rosbag2 folder, an "
        ".mcap or .db3 file, a .tar shard, or simulated:COUNT[:SEED]; repeatable",
    )
    build.add_argument("--out", type=Path, required=True, metavar="DIR", help="the data set")
    build.add_argument(
        "--layout", choices=("open", "hispatial"), default="open", help="of the shards (open)"
    )
    build.add_argument("--engine", choices=("local", "ray"), default="local")
    build.add_argument("--address", metavar="HOST:PORT", help="of a Ray cluster")
    build.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (cores)"
    )
    build.add_argument("--seed", type=int, default=0, metavar="N")
    build.add_argument(
        "--probability",
        type=float,
        default=0.95,
        metavar="P",
        help="that an answer must hold, given the ± of what it rests on (0.95)",
    )
    build.add_argument(
        "--per-type", type=int, default=40, metavar="N", help="most facts of a type and image (40)"
    )
    build.add_argument("--images-per-shard", type=int, default=128, metavar="N", help="(128)")
    build.add_argument(
        "--no-select", action="store_true", help="keep blurred, dark and repeated images"
    )
    build.add_argument(
        "--no-detector", action="store_true", help="only objects that the source names"
    )
    build.add_argument(
        "--detector-model",
        default="",
        metavar="MODEL",
        help="zero-shot detector of transformers (folder or hub id) in place of the built-in one",
    )
    build.add_argument(
        "--classes", default="", metavar="NAMES", help="that it looks for: 'pallet, forklift'"
    )
    build.add_argument(
        "--detector-threshold",
        type=float,
        default=0.3,
        metavar="SCORE",
        help="least score of its detections (0.3)",
    )
    build.add_argument(
        "--masks", choices=("sam2",), default="", help="outline regions that have no outline"
    )
    build.add_argument("--mask-model", default="", metavar="DIR", help="SAM-2 for transformers")
    build.add_argument(
        "--depth",
        choices=("sensor", "moge", "fused"),
        default="sensor",
        help="sensor: the sensor's, estimated where there is none (default); moge: estimated "
        "always; fused: the sensor's with its holes filled",
    )
    build.add_argument(
        "--depth-model", default="", metavar="ONNX", help="MoGe-2 file, which estimates depth"
    )
    build.add_argument(
        "--depth-stddev",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the sensor's depth, as a share of it (default: that of a structured-light camera)",
    )
    build.add_argument(
        "--orientation",
        default="",
        metavar="MODULE:CALLABLE",
        help="adapter that tells which way objects face; without one nothing of it is asked",
    )
    build.add_argument(
        "--rewrite-url",
        default="",
        metavar="URL",
        help="OpenAI-compatible address of a language model that rewords questions; a key is taken "
        "from OPENAI_API_KEY",
    )
    build.add_argument("--rewrite-model", default="", metavar="NAME", help="its name there")
    build.add_argument(
        "--propose-url",
        default="",
        metavar="URL",
        help="the same of one that proposes problems, whose answers are checked against the facts",
    )
    build.add_argument("--propose-model", default="", metavar="NAME", help="its name there")
    build.add_argument(
        "--propose", type=int, default=4, metavar="N", help="problems for one image (4)"
    )
    build.add_argument(
        "--caption-model",
        default="",
        metavar="MODEL",
        help="names objects that nothing else tells apart: folder of a captioning model of "
        "transformers, or a name behind --caption-url; needs --detector-model",
    )
    build.add_argument(
        "--caption-url", default="", metavar="URL", help="OpenAI-compatible address of the captions"
    )
    for name in ("image", "depth", "camera-info", "depth-camera-info", "regions", "imu"):
        build.add_argument(
            f"--{name}-topic", default="", metavar="TOPIC", help="of recordings (found by itself)"
        )
    card = commands.add_parser("card", help="write a page to look at")
    card.add_argument("folder", type=Path, metavar="DIR")
    card.add_argument(
        "--images", type=int, default=24, metavar="N", help="in the gallery (24), evenly spread"
    )
    export = commands.add_parser("export", help="write as LLaMA-Factory's ShareGPT JSON")
    export.add_argument("folder", type=Path, metavar="DIR")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="JSON and images")


def run(args: argparse.Namespace) -> int:
    return {"build": _build, "card": _card, "export": _export}[args.action](args)


def _export(args: argparse.Namespace) -> int:
    from hispatial_ros.dataset.sharegpt import export_sharegpt

    count = export_sharegpt(args.folder, args.out)
    print(f"{args.out / 'data.json'}: {count} pairs")
    return 0


def _card(args: argparse.Namespace) -> int:
    from hispatial_ros.dataset.card import write_card

    print(write_card(args.folder, args.images))
    return 0


def _build(args: argparse.Namespace) -> int:
    from hispatial_ros.dataset.run import build_dataset
    from hispatial_ros.dataset.settings import BuildSettings
    from hispatial_ros.dataset.sources.find import count_images, find_items
    from hispatial_ros.dataset.sources.topics import Topics

    for name, low, high in (
        ("workers", 1, 4096),
        ("per_type", 1, 10**6),
        ("images_per_shard", 1, 10**6),
        ("probability", 0.5, 1.0),
        ("depth_stddev", 0.0, 1.0),
        ("detector_threshold", 0.0, 1.0),
        ("propose", 1, 50),
    ):
        if not low <= getattr(args, name) <= high:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"--{name.replace('_', '-')} {getattr(args, name)} is not within {low} to {high}",
            )
    if bool(args.masks) != bool(args.mask_model):
        raise SpatialError(ErrorCode.BAD_REQUEST, "give both --masks sam2 and --mask-model DIR")
    if args.depth != "sensor" and not args.depth_model:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"--depth {args.depth} needs --depth-model, a MoGe-2 ONNX file"
        )
    settings = BuildSettings(
        layout=args.layout,
        seed=args.seed,
        probability=args.probability,
        per_type=args.per_type,
        images_per_shard=args.images_per_shard,
        select=not args.no_select,
        detector=not args.no_detector,
        detector_model=args.detector_model,
        classes=args.classes,
        detector_threshold=args.detector_threshold,
        masks=args.masks,
        mask_model=args.mask_model,
        depth=args.depth,
        depth_model=args.depth_model,
        depth_stddev=args.depth_stddev,
        orientation=args.orientation,
        rewrite_url=args.rewrite_url,
        rewrite_model=args.rewrite_model,
        propose_url=args.propose_url,
        propose_model=args.propose_model,
        propose=args.propose,
        caption_model=args.caption_model,
        caption_url=args.caption_url,
    )
    topics = Topics(
        args.image_topic,
        args.depth_topic,
        args.camera_info_topic,
        args.depth_camera_info_topic,
        args.regions_topic,
        args.imu_topic,
    )
    with _Screen(count_images(args.source, topics)) as screen:
        summary = build_dataset(
            find_items(args.source, topics),
            [str(path) for path in args.source],
            args.out,
            settings,
            engine=args.engine,
            workers=args.workers,
            address=args.address,
            listener=screen.listen,
        )
    _report(summary, args.out)
    return 0 if summary.get("images") else 1


class _Screen:
    """Progress: images and pairs a second, what was left out, time to go."""

    def __init__(self, total: int | None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.progress import TimeRemainingColumn as Remaining

        self._progress = Progress(
            BarColumn(20),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("to go"),
            Remaining(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("starting", total=total)
        self._images = self._left_out = self._pairs = 0
        self._start = time.monotonic()

    def __enter__(self) -> "_Screen":
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def listen(self, what: str, value: Any) -> None:
        if what == "image" and value is not None:
            self._images += 1
            self._pairs += value
        elif what == "image":
            self._left_out += 1
        elif what == "kept":
            self._images += value["images"]
            self._pairs += value["pairs"]
            self._left_out += len(value["left_out"])
        seconds = max(time.monotonic() - self._start, 1e-3)
        self._progress.update(
            self._task,
            completed=self._images + self._left_out,
            description=f"{self._images} images ({self._images / seconds:.1f}/s), "
            f"{self._pairs} pairs ({self._pairs / seconds:.0f}/s), {self._left_out} left out",
        )


def _report(summary: dict[str, Any], out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(
        f"{out}: {summary.get('images', 0)} of {summary.get('looked_at', 0)} images, "
        f"{summary.get('objects', 0)} objects, {summary.get('pairs', 0)} question-answer pairs, "
        f"{len(summary['shards'])} shards"
    )
    for title, key in (
        ("images left out", "dropped"),
        ("facts left out", "facts_left_out"),
        ("captions", "captions"),
        ("proposed problems", "proposed"),
        ("pairs by level", "pairs_by_level"),
    ):
        if summary.get(key):
            table = Table(title=title, title_justify="left", show_header=False)
            for name, count in summary[key].items():
                table.add_row(name, str(count))
            console.print(table)
    if not summary.get("images"):
        console.print("no image was usable: each one's reason is in shards/*.json (left_out)")
