"""`hispatial replay`: the questions of a recording again, with the present code."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hispatial_ros.cli.arguments import amount, file_name
from hispatial_ros.errors import ErrorCode, SpatialError

if TYPE_CHECKING:
    from hispatial_ros.replay.session import Result

STYLE = {"same": "green", "different": "bold red", "skipped": "dim"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", type=file_name, metavar="FILE", help="of one recording, finished or not"
    )
    parser.add_argument("--json", action="store_true", help="print every request as JSON")
    parser.add_argument(
        "--all", action="store_true", help="list the requests without difference as well"
    )
    parser.add_argument(
        "--tolerance",
        type=amount,
        default=0.001,
        metavar="X",
        help="how far a number may change, in its own unit (0.001)",
    )
    parser.add_argument(
        "--sigmas",
        type=amount,
        default=0.5,
        metavar="N",
        help="how far in recorded standard deviations; the larger of both counts (0.5)",
    )


def run(args: argparse.Namespace) -> int:
    """Exit status 0 only if something could be compared and nothing differs."""
    try:
        from hispatial_ros.replay.compare import Tolerance
        from hispatial_ros.replay.session import replay
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"replaying needs requirements/record.txt ({error}): pip install -r it",
        ) from error

    for path in args.files:
        if path.is_file() and not path.stat().st_size:
            raise SpatialError(ErrorCode.BAD_REQUEST, f"{path} is empty (0 bytes)")

    def truncated(path: Path) -> None:
        print(f"{path} was never finished: all of it that is whole is used", file=sys.stderr)

    losses: list[str] = []
    try:
        results = replay(
            args.files, Tolerance(args.tolerance, args.sigmas), truncated, losses.append
        )
    except OSError as error:
        raise SpatialError(ErrorCode.BAD_REQUEST, f"not readable: {error}") from error
    counts = {s: sum(r.status == s for r in results) for s in STYLE}
    for loss in losses:
        print(
            f"{loss}: what was measured is compared exactly, since that needs depth alone; what "
            "a model or detector makes of the colours is not asked again",
            file=sys.stderr,
        )
    if args.json:
        requests = [_as_dict(result) for result in results]
        print(json.dumps({**counts, "losses": losses, "requests": requests}))
    else:
        _print(results if args.all else [r for r in results if r.status == "different"], counts)
    return int(counts["different"] > 0 or not counts["same"])


def _as_dict(result: "Result") -> dict[str, Any]:
    record, now = result.record, result.now
    return {
        "request_id": record.request_id,
        "kind": record.kind,
        "question": record.question,
        "stamp": record.header.stamp.sec + record.header.stamp.nanosec / 1e9,
        "status": result.status,
        "skipped": result.skipped,
        "recorded": {"error_code": result.before.code, "text": result.before.text},
        "now": None if now is None else {"error_code": now.code, "text": now.text},
        "differences": [vars(difference) for difference in result.differences],
    }


def _print(shown: "list[Result]", counts: dict[str, int]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), expand=True)
    for name, ratio in (("request", 3), ("what", 2), ("recorded", 3), ("now", 3)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for result in shown:
        record = result.record
        request = Text.assemble((record.request_id, STYLE[result.status]), " ")
        request.append(record.question or record.kind)
        if result.skipped:
            table.add_row(request, "skipped", result.skipped, "")
        elif not result.differences:
            table.add_row(request, "same", result.before.text, "")
        for difference in result.differences:
            table.add_row(request, difference.what, Text(difference.recorded), Text(difference.now))
            request = Text()
    if shown:
        console.print(table)
    console.print(", ".join(f"{count} {status}" for status, count in counts.items()))
    if not counts["same"] and not counts["different"]:
        console.print("nothing could be compared: --all says why", style="yellow")
