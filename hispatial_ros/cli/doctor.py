"""`hispatial doctor`: what is wrong with the installation, the graph and the camera."""

import argparse
import json
from collections.abc import Iterable

from hispatial_ros.cli.installation import check_installation
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
    parser.add_argument("--node", default="hispatial", metavar="NAME", help="name of the node")
    parser.add_argument(
        "--seconds", type=float, default=2.5, metavar="S", help="time to measure rates (2.5)"
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
    yield from check_installation()
    if has_ros():
        from hispatial_ros.ros.tools.doctor import check_graph

        yield from check_graph(args.node, args.seconds)


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
