"""`hispatial top`: a running node, live."""

import argparse
import signal
import threading
import time
from typing import TYPE_CHECKING

from hispatial_ros.cli.arguments import node_name, output
from hispatial_ros.errors import ErrorCode, SpatialError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hispatial_ros.ros.tools.state_listener import StateListener

PERIOD = 0.5  # s between pictures
FIRST = 5.0  # longest wait for diagnostics with --once


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--node", type=node_name, default="hispatial", metavar="NAME", help="name of the node"
    )
    parser.add_argument("--once", action="store_true", help="print one picture and leave")
    parser.add_argument("--svg", type=output, metavar="FILE", help="with --once: save it as well")
    parser.add_argument(
        "--answers", type=int, default=5, metavar="N", help="latest answers to show (5)"
    )
    parser.add_argument(
        "--all", action="store_true", help="answers with all of their text, in lines of their own"
    )


def run(args: argparse.Namespace) -> int:
    """Runs until interrupted; with --once exit status 1 if the node was not heard."""
    if args.svg is not None and not args.once:
        raise SpatialError(ErrorCode.BAD_REQUEST, "--svg saves one picture: add --once")
    from rich.console import Console

    try:
        from hispatial_ros.ros.tools.state_listener import StateListener
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"no ROS 2 here to listen to a node ({error}): source its setup.bash",
        ) from error
    target = "/" + args.node.strip("/")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    listener = StateListener(target)
    try:
        if args.once:
            _wait(listener, stop)
            if listener.heard is None:
                raise SpatialError(
                    ErrorCode.TIMEOUT,
                    f"no diagnostics of {target} within {FIRST:g} s: is it running? compare --node "
                    "and ROS_DOMAIN_ID; `hispatial doctor` says more",
                )
            console = Console(highlight=False, record=args.svg is not None)
            console.print(_picture(listener, target, args))
            if args.svg is not None:
                console.save_svg(str(args.svg), title=f"hispatial top --node {args.node}")
        else:
            _live(listener, target, args, stop)
    finally:
        listener.close()
    return 0


def _wait(listener: "StateListener", stop: threading.Event) -> None:
    end = time.monotonic() + FIRST
    while listener.heard is None and not stop.is_set() and time.monotonic() < end:
        listener.spin(0.1)


def _live(
    listener: "StateListener", target: str, args: argparse.Namespace, stop: threading.Event
) -> None:
    from rich.live import Live

    with Live(screen=True, auto_refresh=False) as live:
        while not stop.is_set():
            live.update(_picture(listener, target, args), refresh=True)
            listener.spin(PERIOD)


def _picture(listener: "StateListener", target: str, args: argparse.Namespace) -> "RenderableType":
    from hispatial_ros.cli.top_view import view

    silent = None if listener.heard is None else time.monotonic() - listener.heard
    return view(target, listener.state, listener.answers, silent, args.answers, full=args.all)
