"""`hispatial evaluate`: benchmarks by their official rules, of any backend."""

import argparse
import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hispatial_ros.cli.arguments import file_name
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.evaluate.benchmarks.table import NAMES, PUBLISHED, SIMULATED

if TYPE_CHECKING:
    from hispatial_ros.evaluate.backends import Asker
    from hispatial_ros.evaluate.question import Question
    from hispatial_ros.evaluate.score import Score

OPENAI = "openai:"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("benchmark", choices=NAMES)
    parser.add_argument(
        "path",
        nargs="?",
        type=Path,
        metavar="PATH",
        help="its published file, or a folder with it; none for simulated",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="answers, scores and page; a run "
        "that was ended goes on from there"
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    who = parser.add_argument_group("who answers")
    who.add_argument(
        "--backend",
        default="measured",
        metavar="NAME",
        help="measured (default), model, auto (as the node combines the two), or openai:ADDRESS "
        "such as openai:http://localhost:8000/v1",
    )
    who.add_argument("--checkpoint", default="", metavar="PATH_OR_ID", help="of model and auto")
    who.add_argument("--device", default="auto", help="of the checkpoint (auto)")
    who.add_argument("--batch", type=int, default=8, metavar="N", help="questions at a time (8)")
    who.add_argument("--model", default="", metavar="NAME", help="name at the openai: address")
    who.add_argument(
        "--boxes",
        type=file_name,
        metavar="JSON",
        help='given boxes in place of the detector: {QUESTION_ID: [{"label", "box_xyxy"}]}',
    )
    data = parser.add_argument_group("data")
    data.add_argument("--images", type=Path, metavar="DIR", help="where a file names its images")
    data.add_argument(
        "--depth-model", type=file_name, metavar="ONNX", help="MoGe-2, for images without depth"
    )
    data.add_argument(
        "--depth-cache", type=Path, metavar="DIR", help="of estimated depth (the user's cache)"
    )
    data.add_argument(
        "--sensor-depth", action="store_true", help="q-spatial-scannet: ScanNet's own depth"
    )
    data.add_argument("--download", action="store_true", help="fetch the published files")
    data.add_argument("--revision", default="", metavar="REV", help="of them (main)")
    data.add_argument("--types", nargs="+", default=[], metavar="TYPE", help="only these")
    data.add_argument("--limit", type=int, default=0, metavar="N", help="at most so many questions")
    data.add_argument("--frames", type=int, metavar="N", help="simulated: frames (80)")
    data.add_argument("--seed", type=int, metavar="N", help="simulated: of the first frame")
    data.add_argument(
        "--plain", action="store_true", help="simulated: only what miniatures are trained to answer"
    )
    judge = parser.add_argument_group("spatialrgpt: a language model reads the lengths in answers")
    judge.add_argument("--judge", default="", metavar="ADDRESS", help="OpenAI-compatible")
    judge.add_argument("--judge-model", default="", metavar="NAME")


def run(args: argparse.Namespace) -> int:
    """Exit status 0 once every question has been asked."""
    from hispatial_ros.evaluate.chat import Chat, Judge
    from hispatial_ros.evaluate.journal import Journal
    from hispatial_ros.evaluate.page import write_page
    from hispatial_ros.evaluate.run import ask_all, check_ids
    from hispatial_ros.evaluate.score import scores

    _check(args)
    questions, commit = _questions(args)
    check_ids(questions)
    judge = None
    if args.judge:
        key = os.environ.get("OPENAI_API_KEY", "")
        judge = Judge(Chat(args.judge, args.judge_model, key, option="--judge and --judge-model"))
    asker = _asker(args)
    try:
        journal = Journal(args.out, _begun(args, questions, commit))
        try:
            with _Screen(questions, journal.entries) as screen:
                ask_all(questions, asker, journal, judge, screen.listen)
        finally:
            journal.close()
    finally:
        asker.close()
    rows = scores(questions, journal.entries)
    title = f"{args.benchmark}, {args.backend} {args.checkpoint or args.model}".strip()
    summary = {
        "benchmark": args.benchmark,
        "backend": args.backend,
        "model": args.checkpoint or args.model,
        "revision": commit,
        "questions": len(questions),
        "scores": [asdict(row) for row in rows],
    }
    (args.out / "scores.json").write_text(json.dumps(summary, indent=1))
    page = write_page(args.out, title, questions, journal.entries, rows)
    if args.json:
        print(json.dumps(summary))
    else:
        print_table(title, rows)
        print(f"answers {args.out / 'answers.jsonl'}, scores {args.out / 'scores.json'}, {page}")
    return 0


def _check(args: argparse.Namespace) -> None:
    backend, simulated = args.backend, args.benchmark == SIMULATED
    if backend not in ("measured", "model", "auto") and not backend.startswith(OPENAI):
        raise _bad(
            f"--backend {backend} is none of measured, model, auto and openai:ADDRESS (such as "
            "openai:http://localhost:8000/v1)"
        )
    if backend.startswith(OPENAI) and not args.model:
        raise _bad(f"--backend {backend} needs --model, the model's name at that address")
    if backend in ("model", "auto") and not args.checkpoint:
        raise _bad(f"--backend {backend} needs --checkpoint, a folder or hub id of the model")
    if args.judge and args.benchmark != "spatialrgpt":
        raise _bad("--judge reads lengths, as spatialrgpt has them: leave it out")
    if bool(args.judge) != bool(args.judge_model):
        raise _bad("--judge and --judge-model belong together")
    if args.limit < 0 or args.batch < 1 or (args.frames is not None and args.frames < 1):
        raise _bad("--limit, --batch and --frames are positive numbers")
    if simulated and (args.path or args.download or args.images):
        raise _bad("simulated has no files: leave PATH, --images and --download out")
    if not simulated and (args.plain or args.frames is not None or args.seed is not None):
        raise _bad("--frames, --seed and --plain are of simulated")
    if not simulated and bool(args.path) == args.download:
        raise _bad(f"{args.benchmark} is read from PATH, or fetched with --download: give one")
    if args.sensor_depth and args.benchmark != "q-spatial-scannet":
        raise _bad("--sensor-depth is of q-spatial-scannet")


def _questions(args: argparse.Namespace) -> tuple[list["Question"], str]:
    """All questions to ask, and the commit of the files that were fetched."""
    from hispatial_ros.evaluate.benchmarks.simulated import (
        EVERYTHING,
        FRAMES,
        PLAIN,
        SEED,
        simulated,
    )

    commit = ""
    if args.benchmark == SIMULATED:
        seed = SEED if args.seed is None else args.seed
        scope = PLAIN if args.plain else EVERYTHING
        found = list(simulated(args.frames or FRAMES, seed, scope))
    else:
        benchmark, path = PUBLISHED[args.benchmark], args.path
        if args.download:
            from hispatial_ros.evaluate.download import download

            revision = args.revision or _revision_of(args.out) or benchmark.revision
            path, commit = download(benchmark.hub, benchmark.files, revision)
        more = {"sensor_depth": True} if args.sensor_depth else {}
        found = list(benchmark.read(path, args.images, **more))
    if args.types:
        kinds = Counter(q.type for q in found)
        if unknown := [t for t in args.types if t not in kinds]:
            raise _bad(f"--types {', '.join(unknown)}: there are {', '.join(sorted(kinds))}")
        found = [q for q in found if q.type in args.types]
    if args.limit:
        found = found[: args.limit]
    if not found:
        raise _bad(f"{args.path} has no questions of {args.benchmark}: give its published file")
    return found, commit


def _revision_of(out: Path) -> str:
    """The commit that a run was begun with: a branch may have moved on since."""
    try:
        return str(json.loads((out / "begun.json").read_text()).get("revision", ""))
    except (OSError, ValueError):
        return ""


def _begun(
    args: argparse.Namespace, questions: Sequence["Question"], commit: str
) -> dict[str, Any]:
    text = "\n".join(f"{q.id}\t{q.type}\t{q.text}\t{q.truth}" for q in questions)
    depth_model = "" if args.depth_model is None else args.depth_model.name
    boxes = "" if args.boxes is None else hashlib.sha256(args.boxes.read_bytes()).hexdigest()
    return {
        "benchmark": args.benchmark,
        "questions": hashlib.sha256(text.encode()).hexdigest(),
        "revision": commit,
        "backend": args.backend,
        "model": args.checkpoint or args.model,
        "depth model": depth_model,
        "sensor depth": args.sensor_depth,
        "boxes": boxes,
        "judge": args.judge_model,
    }


def _asker(args: argparse.Namespace) -> "Asker":
    from hispatial_ros.evaluate.chat import Chat, ChatAsker
    from hispatial_ros.evaluate.local import local_asker

    if args.backend.startswith(OPENAI):
        key = os.environ.get("OPENAI_API_KEY", "")
        return ChatAsker(Chat(args.backend.removeprefix(OPENAI), args.model, key), args.batch)
    return local_asker(
        args.backend,
        checkpoint=args.checkpoint,
        device=args.device,
        batch=args.batch,
        depth_model=args.depth_model,
        depth_cache=args.depth_cache,
        detect=args.backend != "model" and args.benchmark not in (SIMULATED, "spatialrgpt"),
        boxes={} if args.boxes is None else _boxes(args.boxes),
    )


def _boxes(path: Path) -> dict[str, Any]:
    from hispatial_ros.frame.region import Region

    try:
        return {
            str(key): [Region(str(r["label"]), tuple(map(float, r["box_xyxy"]))) for r in regions]  # type: ignore[arg-type]
            for key, regions in json.loads(path.read_text()).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _bad(
            f'{path} is not {{QUESTION_ID: [{{"label": .., "box_xyxy": [x0, y0, x1, y1]}}]}} '
            f"({type(error).__name__}: {error})"
        ) from error


class _Screen:
    """Progress: how many are done, right so far, time to go."""

    def __init__(self, questions: Sequence["Question"], entries: Any) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            BarColumn(20),
            TextColumn("{task.completed} of {task.total} questions, {task.description}, to go"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._right, self._asked = 0, 0
        self._task = self._progress.add_task("begun", total=len(questions))
        self._progress.update(self._task, completed=sum(q.id in entries for q in questions))

    def __enter__(self) -> "_Screen":
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def listen(self, question: "Question", entry: Any) -> None:
        from hispatial_ros.evaluate.score import Verdict, verdict

        self._asked += 1
        self._right += verdict(question, entry, next(iter(question.rules))) is Verdict.RIGHT
        share = f"{100 * self._right / self._asked:.0f} % right"
        self._progress.update(self._task, advance=1, description=share)


def print_table(title: str, rows: Sequence["Score"], console: Any = None) -> None:
    """Scores by type, one section a rule."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    # Narrow, so that it stands whole in 80 columns.
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    for name in ("type", "asked", "right", "wrong", "unparsed", "refused", "%", "95 %"):
        table.add_column(name, justify="left" if name == "type" else "right", no_wrap=True)
    rules = dict.fromkeys(row.rule for row in rows)
    for rule in rules:
        for row in (row for row in rows if row.rule == rule):
            label = f"{row.type} ({rule})" if row.type == "all" else row.type
            counts = (row.asked, row.right, row.wrong, row.unparsed, row.refused)
            span = f"{100 * row.low:.1f}-{100 * row.high:.1f}"
            table.add_row(label, *map(str, counts), f"{100 * row.accuracy:.1f}", span)
        table.add_section()
    (console or Console(highlight=False)).print(table)


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_REQUEST, message)
