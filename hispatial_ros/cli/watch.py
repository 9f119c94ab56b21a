"""`hispatial watch`: standing questions of a running node."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hispatial_ros.cli import source
from hispatial_ros.cli.arguments import amount, node_name, seconds
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.from_ros import stamp_ns

if TYPE_CHECKING:
    from hispatial_ros.msg import WatchEvent, WatchState
    from hispatial_ros.ros.tools.watch_client import WatchClient

FRAME = 6  # lines of the screen that are no rows of the list
SHARES = {"watches": 2, "last": 3}  # of the width that short columns leave
STYLES = {"ENTERED": "bold green", "LEFT": "green", "LOST": "bold red", "RECOVERED": "yellow"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="watch a condition, a question, or labels")
    _add_arguments_of_add(add)
    remove = actions.add_parser("remove", help="remove a watch")
    which = remove.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?", metavar="NAME", help="as in the list")
    which.add_argument("--all", action="store_true", help="remove every watch")
    listed = actions.add_parser("list", help="the watches and how they stand, a line each")
    listed.add_argument(
        "--all", action="store_true", help="every watch with all of its text, however long"
    )
    follow = actions.add_parser("follow", help="print events as they happen")
    follow.add_argument("name", nargs="?", default="", metavar="NAME", help="of this watch only")
    follow.add_argument(
        "--count", type=int, default=0, metavar="N", help="stop after so many events (never)"
    )
    follow.add_argument(
        "--seconds", type=seconds, default=float("inf"), metavar="S", help="stop after that (never)"
    )
    follow.add_argument(
        "--earlier", action="store_true", help="begin with the last hundred events before now"
    )
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="print JSON, errors as well")
        action.add_argument(
            "--node",
            type=node_name,
            default="hispatial",
            metavar="NAME",
            help="name of the node, with namespace if it has one",
        )


def _add_arguments_of_add(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "condition",
        nargs="?",
        default="",
        metavar="CONDITION",
        help="'mug on table', 'anything closer than 0.8 m'; with --label: 'closer than 0.8 m'",
    )
    add.add_argument("--question", default="", help="to be answered, in plain language")
    add.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="NAME",
        help="an object; repeatable. With CONDITION each is asked, without all are related",
    )
    add.add_argument("--name", default="", help="of the watch (watch-1, ...)")
    add.add_argument(
        "--rate", type=amount, default=0.0, metavar="HZ", help="answers per second (0: on change)"
    )
    add.add_argument(
        "--margin", type=amount, default=0.0, metavar="M", help="hysteresis (the node's default)"
    )
    add.add_argument("--reference", default="", metavar="FRAME", help="camera, gravity or TF frame")
    add.add_argument("--replace", action="store_true", help="replace a watch of the same name")
    source.add_region_arguments(add)


def run(args: argparse.Namespace) -> int:
    """Exit status 0 only if it was done."""
    action = {"add": _add, "remove": _remove, "list": _list, "follow": _follow}[args.action]
    client = source.watch_client(args)
    with client:
        return action(args, client)


def _add(args: argparse.Namespace, client: "WatchClient") -> int:
    notes: list[str] = []
    name = client.add(
        name=args.name,
        question=args.question,
        labels=args.label,
        condition=args.condition,
        regions=source.read_regions(args),
        rate=args.rate,
        margin=args.margin,
        reference_frame=args.reference,
        replace=args.replace,
        tell=notes.append,
    )
    if args.json:
        print(json.dumps({"error_code": 0, "error_msg": "", "name": name, "notes": notes}))
    else:
        print(name)
        for note in notes:
            print(f"note: {note}", file=sys.stderr)
    return 0


def _remove(args: argparse.Namespace, client: "WatchClient") -> int:
    names = [w.spec.name for w in client.watches()] if args.all else [args.name]
    for name in names:
        client.remove(name)
    if args.json:
        print(json.dumps({"error_code": 0, "error_msg": "", "removed": names}))
    return 0


def _list(args: argparse.Namespace, client: "WatchClient") -> int:
    watches = client.watches()
    if args.json:
        watched = [_state_to_dict(watch) for watch in watches]
        print(json.dumps({"error_code": 0, "error_msg": "", "watches": watched}))
    else:
        print_list(watches, args.all)
    return 0


def _follow(args: argparse.Namespace, client: "WatchClient") -> int:
    events = client.follow(args.name, args.seconds, args.earlier)
    followed = [w for w in client.watches() if args.name in ("", w.spec.name)]
    if args.name and not followed:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"there is no watch {args.name!r}: see hispatial watch list"
        )
    if not args.json and followed:  # events that were before are not told, what they led to is
        print_list(followed, False)
    for number, event in enumerate(events, 1):
        if args.json:
            print(json.dumps(_event_to_dict(event)), flush=True)
        else:
            _print_event(event)
        if number == args.count:
            break
    return 0


def _state_name(watch: "WatchState") -> str:
    return _constant(watch, watch.state, ("UNKNOWN", "INSIDE", "OUTSIDE", "LOST", "WATCHING"))


def _kind_name(event: "WatchEvent") -> str:
    return _constant(event, event.kind, ("ENTERED", "LEFT", "CHANGED", "LOST", "RECOVERED"))


def _constant(message: Any, value: int, names: Iterable[str]) -> str:
    return next((name for name in names if getattr(message, name) == value), str(value))


def _state_to_dict(watch: "WatchState") -> dict[str, Any]:
    spec = watch.spec
    return {
        "name": spec.name,
        "question": spec.question,
        "labels": list(spec.labels),
        "condition": spec.condition,
        "rate": spec.rate,
        "margin": spec.margin,
        "reference_frame": spec.reference_frame,
        "state": _state_name(watch),
        "text": watch.text,
        "error_code": watch.error_code,
        "error_msg": watch.error_msg,
        "evaluated": watch.evaluated,
        "events": watch.events,
    }


def _event_to_dict(event: "WatchEvent") -> dict[str, Any]:
    return {
        "stamp_ns": stamp_ns(event.header.stamp),
        "watch": event.watch,
        "number": event.number,
        "kind": _kind_name(event),
        "condition": event.condition,
        "text": event.text,
        "objects": list(event.objects),
        "values": list(event.values),
        "values_stddev": list(event.values_stddev),
        "unit": event.unit,
        # Strict JSON has no NaN.
        "confidence": event.confidence if event.confidence == event.confidence else None,
        "error_code": event.error_code,
        "error_msg": event.error_msg,
    }


def print_list(watches: "list[WatchState]", full: bool) -> None:
    """A line for each watch, those that are lost first, as many as the screen has; or all."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not watches:
        print("no watches: add one with hispatial watch add CONDITION")
        return
    console = Console(highlight=False)
    # Where no screen cuts it off, programs count the lines.
    most = max(console.height - FRAME, 1) if console.is_terminal and not full else len(watches)
    shown = watches
    if len(watches) > most:
        shown = sorted(watches, key=lambda w: w.state != w.LOST)[:most]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), expand=True)
    for name in ("name", "watches", "rate", "state", "events", "last"):
        table.add_column(
            name,
            justify="right" if name == "events" else "left",
            no_wrap=not full,
            overflow="fold" if full else "ellipsis",
            ratio=SHARES.get(name),
        )
    for watch in shown:
        spec = watch.spec
        what = " ".join(filter(None, (spec.question, ", ".join(spec.labels), spec.condition)))
        rate = f"{spec.rate:g} Hz" if spec.rate else "on change"
        last = watch.error_msg or watch.text
        state = _state_name(watch).lower()
        table.add_row(*(Text(t) for t in (spec.name, what, rate, state, str(watch.events), last)))
    console.print(table)
    counts = Counter(_state_name(watch).lower() for watch in watches)
    summary = ", ".join(f"{n} {state}" for state, n in sorted(counts.items()))
    more = f"; {len(watches) - most} more with --all" if len(watches) > most else ""
    console.print(f"{len(watches)} watch{'es' if len(watches) > 1 else ''}: {summary}{more}")


def _print_event(event: "WatchEvent") -> None:
    from rich.console import Console
    from rich.text import Text

    kind = _kind_name(event)
    line = Text(f"{event.watch} ", "bold")
    line.append(f"{kind.lower()} ", STYLES.get(kind, ""))
    line.append(f"{event.condition}: {event.text}" if event.condition else event.text)
    Console(highlight=False).print(line, soft_wrap=True)
