"""`hispatial doctor`: what is wrong with the installation, the graph and the camera."""

import argparse
import json
from collections.abc import Iterable

from hispatial_ros.cli.arguments import node_name, seconds
from hispatial_ros.cli.installation import check_installation
from hispatial_ros.errors import SpatialError
from hispatial_ros.health.check import Check, Status
from hispatial_ros.ros.health.middleware import has_ros

STYLE = {
    Status.OK: "green",
    Status.INFO: "dim",
    Status.WARN: "yellow",
    Status.FAIL: "bold red",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the checks as JSON")
    parser.add_argument(
        "--node", type=node_name, default="hispatial", metavar="NAME", help="name of the node"
    )
    parser.add_argument(
        "--seconds", type=seconds, default=2.5, metavar="S", help="time to measure rates (2.5)"
    )


def run(args: argparse.Namespace) -> int:
    """Exit status 1 if a check failed, 0 otherwise."""
    checks = []
    for check in _all(args):
        checks.append(check)
        if not args.json:
            _print(check, first=len(checks) == 1 or checks[-2].group != check.group)
    failed = sum(check.status is Status.FAIL for check in checks)
    if args.json:
        print(json.dumps([{**vars(c), "status": c.status.value} for c in checks], indent=1))
    else:
        _summary(checks)
    return int(failed > 0)


def _all(args: argparse.Namespace) -> Iterable[Check]:
    checks = list(check_installation())
    yield from checks
    if any(c.subject == "ROS 2" and c.status is Status.FAIL for c in checks) or not has_ros():
        return
    from hispatial_ros.ros.tools.doctor import check_graph

    try:
        yield from check_graph(args.node, args.seconds)
    except SpatialError as error:
        yield Check("graph", "joining", Status.FAIL, str(error))


def _print(check: Check, first: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if first:
        console.print(f"\n[bold]{check.group}[/]")
    line = Text("  ")
    line.append(f"{check.status.value:<5}", STYLE[check.status])
    line.append(f"{check.subject}: ", "bold")
    line.append(check.found)
    console.print(line, soft_wrap=True)
    if check.advice and check.status is not Status.OK:
        console.print(Text(f"       -> {check.advice}", STYLE[check.status]), soft_wrap=True)


def _summary(checks: list[Check]) -> None:
    count = {status: sum(c.status is status for c in checks) for status in Status}
    print()
    if count[Status.FAIL] or count[Status.WARN]:
        print(f"{count[Status.FAIL]} failed, {count[Status.WARN]} warnings")
    else:
        print("all well")
