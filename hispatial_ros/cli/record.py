"""`hispatial record`: questions, answers and the frames they are about, into an MCAP file."""

import argparse
import math
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hispatial_ros.bag.growth import MB, Growth
from hispatial_ros.cli.arguments import amount, file_name, node_name, output, seconds
from hispatial_ros.errors import ErrorCode, SpatialError

if TYPE_CHECKING:
    from hispatial_ros.bag.recording import Recording

SHOW_PERIOD = 30.0  # s between lines about the size, where they stay; on a terminal one changes
FIRST_WARNING = 10.0  # s until the rate is known well enough
REMEDY = (
    "--images jpeg keeps colour smaller, a lower watch.record_rate of the node fewer images, "
    "--limit MB stops in time"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--node", type=node_name, default="hispatial", metavar="NAME", help="name of the node"
    )
    parser.add_argument(
        "-o", "--output", type=output, metavar="FILE", help="hispatial_<date>_<time>.mcap otherwise"
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="all frames of the camera, answered or not, clouds and pictures as well",
    )
    parser.add_argument("--duration", type=seconds, metavar="S", help="stop after so many seconds")
    parser.add_argument(
        "--max-size", type=amount, default=0, metavar="MB", help="begin a new file at this size"
    )
    parser.add_argument(
        "--max-duration", type=amount, default=0, metavar="S", help="begin a new file after that"
    )
    parser.add_argument(
        "--max-files", type=int, default=0, metavar="N", help="keep only the newest files"
    )
    parser.add_argument(
        "--limit", type=amount, default=0, metavar="MB", help="stop at this size of all files"
    )
    parser.add_argument(
        "--images",
        default="png",
        choices=("png", "jpeg", "raw"),
        help="how colour is kept: png without loss, jpeg six times smaller, raw as it comes; depth "
        "is always kept without loss",
    )
    parser.add_argument("--compression", default="zstd", choices=("zstd", "lz4", "none"))
    parser.add_argument(
        "--reserve", type=amount, default=32, metavar="MB", help="stop when no more is left (32)"
    )
    parser.add_argument(
        "--recover",
        type=file_name,
        metavar="FILE.partial",
        help="do not record: make a readable file of one that a crash cut short",
    )


def run(args: argparse.Namespace) -> int:
    """Exit status 0 if something was recorded, and nothing went wrong."""
    if args.recover is not None:
        return _recover(args.recover)
    if args.max_files and not (args.max_size or args.max_duration):
        raise SpatialError(
            ErrorCode.BAD_REQUEST, "--max-files needs --max-size or --max-duration as well"
        )
    try:
        from hispatial_ros.bag.recording import LimitReached
        from hispatial_ros.ros.tools.recorder import Recorder
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"recording needs ROS 2 and requirements/record.txt ({error})",
        ) from error
    recording = _open(args)
    target = "/" + args.node.strip("/")
    stop = _stop_by_signal()
    end = None if args.duration is None else time.monotonic() + args.duration
    display = _Display(recording)
    try:
        recorder = Recorder(target, recording, args.all, display.say, images=args.images)
    except BaseException:
        recording.finish()  # leaves no file, as it has nothing
        raise
    print(f"recording {target} to {recording.present}; Ctrl-C ends", flush=True)
    problem = ""
    try:
        recorder.run(
            lambda: stop.is_set() or (end is not None and time.monotonic() >= end), display.look
        )
    except LimitReached as reached:
        display.say(f"stopped: {reached}")
    except OSError as error:
        problem = f"recording stopped: {error}"
    finally:
        recorder.close()
        display.close()
    return _finish(recording, target, problem, recorder.has_refused)


class _Display:
    """Tells how the recording grows: in one line that changes, or where no terminal shows it in a
    line now and then."""

    def __init__(self, recording: "Recording"):
        self._recording = recording
        self._growth = Growth(recording.limits.total_bytes)
        self._warn_at = self._show_at = time.monotonic() + FIRST_WARNING
        self._clear = "\r\x1b[K" if sys.stdout.isatty() else ""

    def say(self, text: str) -> None:
        """A line that stays."""
        print(f"{self._clear}  {text}", flush=True)

    def look(self) -> None:
        """To be called about twice a second."""
        now = time.monotonic()
        self._growth.note(now, self._recording.size, self._recording.room)
        if now >= self._warn_at and self._growth.warning:
            self._warn_at = math.inf
            print(f"{self._clear}warning: {self._growth.warning}: {REMEDY}", file=sys.stderr)
        if self._clear:
            print(f"{self._clear}  {self._growth.line}", end="", flush=True)
        elif now >= self._show_at:
            self._show_at = now + SHOW_PERIOD
            self.say(self._growth.line)

    def close(self) -> None:
        """Leave the terminal in order."""
        print(self._clear, end="", flush=True)


def _open(args: argparse.Namespace) -> "Recording":
    from hispatial_ros.bag.recording import Limits, Recording

    path = args.output or Path(time.strftime("hispatial_%Y-%m-%d_%H-%M-%S.mcap"))
    limits = Limits(
        round(args.max_size * MB), args.max_duration, args.max_files, round(args.limit * MB)
    )
    try:
        return Recording(path, limits, args.compression, round(args.reserve * MB))
    except OSError as error:
        raise SpatialError(ErrorCode.BAD_REQUEST, f"cannot record to {path}: {error}") from error


def _stop_by_signal() -> threading.Event:
    """Set by SIGINT and SIGTERM: the file is then finished, not abandoned."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _finish(recording: "Recording", target: str, problem: str, refused: bool) -> int:
    from hispatial_ros.bag.recover import advice

    try:
        files = recording.finish()
    except OSError as error:
        problem = f"{problem or f'the file could not be finished: {error}'}; "
        problem += advice(recording.present)
        files = recording.finished
    for path in files:
        print(f"{path}  {path.stat().st_size / MB:.1f} MB")
    requests = recording.counts.get(f"{target}/requests", 0)
    frames = sum(n for t, n in recording.counts.items() if t.startswith(f"{target}/answered/image"))
    print(f"{requests} requests, {frames} images, {sum(recording.counts.values())} messages in all")
    if not problem and not recording.counts:
        problem = (
            "nothing was recorded: see above which definitions are missing"
            if refused
            else f"nothing was recorded: no node {target} was seen; compare --node and "
            "ROS_DOMAIN_ID, `hispatial doctor` says more"
        )
    if problem:
        print(problem, file=sys.stderr)
    return int(bool(problem))


def _recover(path: Path) -> int:
    from hispatial_ros.bag.recover import recover

    try:
        recovered = recover(path)
    except OSError as error:
        raise SpatialError(ErrorCode.BAD_REQUEST, f"{path} is not recovered: {error}") from error
    print(f"{recovered.path}  {recovered.messages} messages")
    return 0
