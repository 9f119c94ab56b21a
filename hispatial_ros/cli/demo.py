"""`hispatial demo`: the real graph on a real frame, asked through the service, drawn."""

import argparse
import json
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from hispatial_ros.answer.types import Answer
from hispatial_ros.cli.arguments import file_name
from hispatial_ros.cli.tables import answer_stddev
from hispatial_ros.demo import DESK, MINIATURE
from hispatial_ros.demo.domain import OwnDomain
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.health.ros2 import check_before_rclpy
from hispatial_ros.measure.types import MeasuredObject, Measurement, Relation
from hispatial_ros.ros.health.middleware import has_ros

if TYPE_CHECKING:
    from hispatial_ros.demo.graph import Graph
    from hispatial_ros.ros.tools.client import Client

READY_TIMEOUT_S = 60.0
ASK_TIMEOUT_S = 10.0
SHOWN = "What is the distance between the globe and the yellow die?"  # the line in the pictures


@dataclass(frozen=True)
class Asked:
    """One question, and its answer or why there is none."""

    question: str
    answer: Answer | None
    error: str
    seconds: float  # round trip through the service


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keep-running", action="store_true", help="stay, for `hispatial ask` in another terminal"
    )
    parser.add_argument(
        "--out",
        type=file_name,
        default=Path("demo_output"),
        metavar="DIR",
        help="where pictures and logs go",
    )
    parser.add_argument(
        "--simulated",
        action="store_true",
        help="ask about a simulated room whose truth is known instead; needs no ROS",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="of the simulated room")
    parser.add_argument(
        "--checkpoint",
        help="the model that is asked about the simulated room; the default is a miniature",
    )


def run(args: argparse.Namespace) -> int:
    """Exit status 0 only if every question was answered."""
    if (args.seed is not None or args.checkpoint is not None) and not args.simulated:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, "--seed and --checkpoint are of a room: add --simulated"
        )
    if args.simulated:
        return _simulated(args)
    check_before_rclpy()
    if not has_ros():
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            "the demo runs a real ROS 2 graph and there is none here: run `make demo`, or source "
            "a ROS 2 workspace with hispatial_ros; `hispatial ask --rgb ..` works without",
        )
    from hispatial_ros.demo.graph import running_graph
    from hispatial_ros.demo.questions import QUESTIONS
    from hispatial_ros.ros.tools.client import Client

    _make_folder(args.out, "node.log")
    console = Console(highlight=False)
    with ExitStack() as opened:
        if not args.keep_running:
            # A graph of its own, so that neither a running robot nor a second demo interferes.
            os.environ["ROS_DOMAIN_ID"] = str(opened.enter_context(OwnDomain()))
            os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
        graph = opened.enter_context(running_graph(args.out))
        client = opened.enter_context(Client())
        _wait_until_ready(console, graph, client)
        asked = _ask_all(console, client, QUESTIONS)
        console.print("±: standard deviation · ms: round trip through the service\n", style="dim")
        print(f"answers       {_write_answers(asked, args.out)}")
        _write_pictures(console, client, asked, args.out)
        asked += _look_without_regions(console, graph, client, args.out)
        graph.check()
        failed = sum(a.answer is None for a in asked)
        if failed:
            console.print(f"[red]{failed} of {len(asked)} questions failed[/]; log: {args.out}")
        if args.keep_running:
            graph.replace_camera(regions=True)
            _wait_for_label(client, "globe")
            _stay(console, graph)
    return int(failed > 0)


def _simulated(args: argparse.Namespace) -> int:
    if args.keep_running:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, "--keep-running needs a graph, which --simulated has not"
        )
    from hispatial_ros.demo.simulated import SEED, run

    _make_folder(args.out, "room.json")
    seed = SEED if args.seed is None else args.seed
    console = Console(highlight=False)
    checkpoint = _miniature(console) if args.checkpoint is None else args.checkpoint
    return run(seed, checkpoint, args.out, console)


def _miniature(console: Console) -> str:
    """Folder of the miniature that ships; empty where it cannot run. Says which."""
    if not (find_spec("torch") and find_spec("transformers")):
        console.print(
            "No model is asked: pip install -r requirements/model.txt for the miniature.\n",
            style="dim",
        )
        return ""
    console.print(
        "The miniature is a HiSpatial of 3.5 million parameters that was trained on simulated "
        "rooms: it is not for real images, and often wrong.\n",
        style="dim",
    )
    return str(MINIATURE)


def _make_folder(out: Path, file: str) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / file).touch()
    except OSError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{out} cannot be written ({error.strerror}): choose another folder with --out",
        ) from error


def _wait_until_ready(console: Console, graph: "Graph", client: "Client") -> None:
    """Waits until the node measures the camera's frames."""
    start = time.monotonic()
    with console.status("starting the node and the camera ...") as status:
        while True:
            if name := graph.ended():
                raise SpatialError(
                    ErrorCode.INTERNAL,
                    f"the {name} ended during start; its log says:\n{graph.log(name).read_text()}",
                )
            try:
                client.measure(skip_relations=True, timeout=2.0)
                break
            except SpatialError as error:
                if time.monotonic() - start > READY_TIMEOUT_S:
                    raise
                status.update(f"waiting for the first frame: {error}")
            time.sleep(0.1)
    console.print(
        f"node and camera are running, frames arrive ({time.monotonic() - start:.1f} s)",
        style="dim",
    )


def _ask_all(
    console: Console, client: "Client", questions: Sequence[str], regions: Sequence[Region] = ()
) -> list[Asked]:
    """Asks one question after the other and prints a table of them."""
    asked = [_ask(client, question, regions) for question in questions]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), leading=1)
    table.add_column("question", ratio=4)
    table.add_column("answer", ratio=5)
    for name in ("level", "±", "ms"):
        table.add_column(name, justify="right", no_wrap=True)
    for a in asked:
        ms = f"{a.seconds * 1e3:.1f}"
        if a.answer is None:
            table.add_row(a.question, f"[red]{a.error}[/]", "", "", ms)
        else:
            level = str(int(a.answer.level))
            table.add_row(a.question, a.answer.text, level, answer_stddev(a.answer), ms)
    console.print(table)
    return asked


def _ask(client: "Client", question: str, regions: Sequence[Region]) -> Asked:
    from hispatial_ros.ros.inputs.from_msgs import answer_from_msg

    start = time.perf_counter()
    try:
        msg = client.ask(question, regions, timeout=ASK_TIMEOUT_S)
    except SpatialError as error:
        text = f"{error.code.name}: {error}"
        return Asked(question, None, text, time.perf_counter() - start)
    seconds = time.perf_counter() - start
    return Asked(question, answer_from_msg(msg), "", seconds)


def _write_answers(asked: list[Asked], out: Path) -> Path:
    from hispatial_ros.answer.json import answer_to_dict

    answers = [
        {**answer_to_dict(a.answer), "milliseconds": 1e3 * a.seconds} for a in asked if a.answer
    ]
    path = out / "answers.json"
    path.write_text(json.dumps(answers, indent=1))
    return path


def _write_pictures(console: Console, client: "Client", asked: list[Asked], out: Path) -> None:
    """The annotated image and, where Rerun is installed, the 3D recording."""
    measured, frame = _measure(client), _desk()
    shown = next((a.answer for a in asked if a.question == SHOWN), None)
    pairs = {(r.subject.id, r.object.id) for r in shown.relations} if shown else set()
    relations = [r for r in measured.relations if (r.subject.id, r.object.id) in pairs]
    caption = f"{shown.question}\n{shown.text}" if shown else ""
    print(f"picture       {_draw(frame, measured.objects, relations, caption, out / 'desk.png')}")
    try:
        from hispatial_ros.demo.recording import write_recording
    except ImportError:
        console.print("3D recording  skipped: pip install -r requirements/demo.txt")
        return
    recording = out / "desk.rrd"
    write_recording(recording, frame, measured.objects, relations, _markdown(asked))
    print(f"3D recording  {recording}  (open it with: rerun {recording})")


def _look_without_regions(
    console: Console, graph: "Graph", client: "Client", out: Path
) -> list[Asked]:
    """The same desk seen by a plain camera, where the built-in detector is installed."""
    from hispatial_ros.demo.questions import OWN_EYES
    from hispatial_ros.detect import nanodet

    if not nanodet.is_available():
        console.print(f"\nwithout regions: skipped, {nanodet.MISSING}")
        return []
    console.print("\nThe same desk without regions: what it sees by itself (COCO's 80 classes)")
    graph.replace_camera(regions=False)
    _wait_for_label(client, "chair")
    asked = _ask_all(console, client, OWN_EYES)
    objects = _measure(client).objects
    caption = "What it sees by itself"
    print(f"picture       {_draw(_desk(), objects, (), caption, out / 'desk_by_itself.png')}")
    return asked


def _wait_for_label(client: "Client", label: str) -> None:
    """Until the node knows an object of this label, and none that only the other camera named."""
    start = time.monotonic()
    while True:
        try:
            labels = {o.label for o in _measure(client).objects}
        except SpatialError:
            labels = set()  # between two cameras
        if label in labels and not {"chair", "globe"} <= labels:
            return
        if time.monotonic() - start > READY_TIMEOUT_S:
            raise SpatialError(
                ErrorCode.INTERNAL,
                f"the node sees no {label} after {READY_TIMEOUT_S:.0f} s, but {sorted(labels)}",
            )
        time.sleep(0.2)


def _desk() -> Frame:
    from hispatial_ros.frame.files import load_frame

    return load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")


def _measure(client: "Client", regions: Sequence[Region] = ()) -> Measurement:
    """In the camera's frame, which drawing needs whatever frame the answers refer to."""
    from hispatial_ros.ros.inputs.from_msgs import measurement_from_msg

    response = client.measure(regions, reference_frame="camera", timeout=ASK_TIMEOUT_S)
    return measurement_from_msg(response)


def _draw(
    frame: Frame,
    objects: Sequence[MeasuredObject],
    relations: Sequence[Relation],
    caption: str,
    path: Path,
) -> Path:
    from hispatial_ros.answer.picture import picture

    picture(frame, objects, relations, caption).save(path)
    return path


def _markdown(asked: list[Asked]) -> str:
    return "\n\n".join(f"**{a.question}**\n{a.answer.text}" for a in asked if a.answer)


def _stay(console: Console, graph: "Graph") -> None:
    """Keeps the graph up until Ctrl-C.

    Raises:
        SpatialError: INTERNAL if one of its processes ends.
    """
    console.print('\nrunning; in another terminal: hispatial ask "How far is the globe?"')
    console.print("Ctrl-C ends it")
    try:
        while not (name := graph.ended()):
            time.sleep(0.5)
    except KeyboardInterrupt:
        return
    raise SpatialError(ErrorCode.INTERNAL, f"the {name} ended, see {graph.log(name)}")
