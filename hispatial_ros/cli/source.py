"""Arguments that `ask` and `measure` share: which frame, which regions, which output."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.files import load_frame, load_regions, parse_box
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region

if TYPE_CHECKING:
    from hispatial_ros.ros.tools.client import Client
    from hispatial_ros.ros.tools.watch_client import WatchClient


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments to the parser of a command."""
    parser.add_argument("--json", action="store_true", help="print JSON, errors as well")
    add_region_arguments(parser)
    parser.add_argument(
        "--reference",
        metavar="FRAME",
        default="",
        help="what left, above, .. refer to: camera, gravity, or on a running node a TF frame",
    )

    files = parser.add_argument_group(
        "files", "answer from files instead of a running node; needs no ROS"
    )
    files.add_argument("--rgb", type=Path, metavar="PNG", help="colour image")
    files.add_argument(
        "--depth", type=Path, metavar="PNG", help="registered depth, 16-bit millimetres, 0 invalid"
    )
    files.add_argument("--camera", type=Path, metavar="JSON", help="width, height, fx, fy, cx, cy")

    node = parser.add_argument_group("running node")
    node.add_argument(
        "--node", default="hispatial", metavar="NAME", help="its name, with namespace if it has one"
    )
    node.add_argument(
        "--timeout", type=float, default=10.0, metavar="S", help="longest wait in seconds (10)"
    )


def add_region_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that `read_regions` reads."""
    parser.add_argument(
        "--box",
        metavar="LABEL:x0,y0,x1,y1",
        action="append",
        default=[],
        help="a labelled box in pixels of the colour image, x1 and y1 exclusive; repeatable",
    )
    parser.add_argument(
        "--regions", type=Path, metavar="JSON", help='[{"label": .., "box_xyxy": [..]}, ..]'
    )


def is_offline(args: argparse.Namespace) -> bool:
    """Whether image files were given."""
    return any((args.rgb, args.depth, args.camera))


def read_regions(args: argparse.Namespace) -> list[Region]:
    """The regions of ``--regions`` and ``--box``."""
    regions = list(load_regions(args.regions)) if args.regions else []
    return regions + [parse_box(text) for text in args.box]


def find_regions(args: argparse.Namespace, frame: Frame) -> tuple[list[Region], str]:
    """The regions given, else what the built-in detector sees in a frame from files.

    Returns:
        The regions, none if it sees nothing, and a note on where they are from; the note is empty
        if they were given.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE without ONNX Runtime.
    """
    if given := read_regions(args):
        return given, ""
    from hispatial_ros.detect.detector import Detector

    found = Detector().detect(frame)
    names = ", ".join(f"{each.label} {each.score:.2f}" for each in found)
    seen = f"with its scores: {names}" if found else "it finds none of its 80 classes here"
    regions = [Region(each.label, each.box) for each in found]
    return regions, f"regions: from the built-in detector; {seen}"


def read_frame(args: argparse.Namespace) -> Frame:
    """The frame of ``--rgb``, ``--depth`` and ``--camera``.

    Raises:
        SpatialError: BAD_REQUEST if one of them is missing; what reading the files raises.
    """
    missing = [f"--{name}" for name in ("rgb", "depth", "camera") if not getattr(args, name)]
    if missing:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{' and '.join(missing)} missing: files need --rgb, --depth and --camera together; "
            "leave out all three to ask the running node",
        )
    return load_frame(args.rgb, args.depth, args.camera)


def client(args: argparse.Namespace) -> "Client":
    """A client of the running node.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if ROS is not importable.
    """
    try:
        from hispatial_ros.ros.tools.client import Client
    except ImportError as error:
        raise _no_ros(error, ", or give --rgb, --depth and --camera to ask about files") from error
    return Client(node=args.node)


def watch_client(args: argparse.Namespace) -> "WatchClient":
    """A client of the running node for its watches.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if ROS is not importable.
    """
    try:
        from hispatial_ros.ros.tools.watch_client import WatchClient
    except ImportError as error:
        raise _no_ros(error) from error
    return WatchClient(node=args.node)


def _no_ros(error: ImportError, otherwise: str = "") -> SpatialError:
    return SpatialError(
        ErrorCode.BACKEND_UNAVAILABLE,
        f"no ROS 2 here to reach a running node ({error}): source its setup.bash{otherwise}",
    )
