"""Arguments that `ask` and `measure` share: which frame, which regions, which output."""

import argparse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.cli.arguments import file_name, node_name, seconds
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.estimated import read_estimated
from hispatial_ros.frame.files import load_frame, load_regions, load_rgb, parse_box
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.pointmap.noise import MONOCULAR_NOISE

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
    files.add_argument("--rgb", type=file_name, metavar="PNG", help="colour image")
    files.add_argument(
        "--depth",
        type=file_name,
        metavar="PNG",
        help="registered depth: millimetres in 16 bit, floats in metres, or of `hispatial depth`",
    )
    files.add_argument(
        "--depth-model",
        type=file_name,
        metavar="ONNX",
        help="MoGe-2 file that estimates depth from the colour image, without --depth",
    )
    files.add_argument(
        "--camera",
        type=file_name,
        metavar="FILE",
        help="width, height, fx, fy, cx, cy in JSON, or ROS's ost.yaml",
    )

    node = parser.add_argument_group("running node")
    node.add_argument(
        "--node",
        type=node_name,
        metavar="NAME",
        help="its name, with namespace if it has one (hispatial)",
    )
    node.add_argument("--timeout", type=seconds, metavar="S", help="longest wait in seconds (10)")


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
        "--regions",
        type=file_name,
        metavar="FILE",
        help='[{"label": .., "box_xyxy": [..]}, ..] in JSON, or a COCO, labelme or YOLO file',
    )


def is_offline(args: argparse.Namespace) -> bool:
    """Whether image files were given. Else what is left out about the running node is filled in.

    Raises:
        SpatialError: BAD_REQUEST if both files and the running node are meant.
    """
    if not any((args.rgb, args.depth, args.depth_model, args.camera)):
        args.node, args.timeout = args.node or "hispatial", args.timeout or 10.0
        return False
    for name in ("node", "timeout"):
        if getattr(args, name) is not None:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"--{name} is about a running node, and --rgb, --depth, --depth-model and "
                "--camera are files to be asked about instead: leave out the one or the others",
            )
    return True


def read_regions(args: argparse.Namespace, size: tuple[int, int] | None = None) -> list[Region]:
    """The regions of ``--regions`` and ``--box``; ``size`` is width and height of the image."""
    image = getattr(args, "rgb", None) or ""
    regions = load_regions(args.regions, size, image) if args.regions else []
    return regions + [parse_box(text) for text in args.box]


@dataclass(frozen=True)
class FileFrame:
    """A frame from files, and how to measure in it."""

    frame: Frame
    options: MeasureOptions = field(default_factory=MeasureOptions)
    notes: tuple[str, ...] = ()  # where its depth comes from, what was assumed of it

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the colour image."""
        return self.frame.camera.width, self.frame.camera.height


def find_regions(args: argparse.Namespace, given: FileFrame) -> tuple[list[Region], str]:
    """The regions given, else what the built-in detector sees in a frame from files.

    Returns:
        The regions, none if there are none, and a note on where they are from, or on what is odd
        about them; else the note is empty.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE without ONNX Runtime.
    """
    regions = read_regions(args, given.size)
    if regions:
        return regions, _outside(regions, *given.size)
    if args.regions:
        return [], f"{args.regions} holds no regions"
    from hispatial_ros.detect.detector import Detector

    found = Detector().detect(given.frame)
    names = ", ".join(f"{each.label} {each.score:.2f}" for each in found)
    seen = f"with its scores: {names}" if found else "it finds none of its 80 classes here"
    return [each.region for each in found], f"regions: from the built-in detector; {seen}"


def _outside(regions: list[Region], width: int, height: int) -> str:
    """That regions lie outside the image: boxes of an image of another size all are wrong."""
    beyond = [r.label for r in regions if r.box[0] >= width or r.box[1] >= height]
    if not beyond:
        return ""
    return (
        f"{len(beyond)} of {len(regions)} regions lie outside the image of {width}x{height} "
        f"({', '.join(beyond[:3])}): if they are about an image of another size, all are wrong"
    )


def read_frame(args: argparse.Namespace) -> FileFrame:
    """The frame of ``--rgb``, ``--depth`` or ``--depth-model``, and ``--camera``.

    Raises:
        SpatialError: BAD_REQUEST if one of them is missing; what reading the files raises.
    """
    if args.depth_model and args.depth:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            "--depth is measured depth, --depth-model estimates it: leave out one of them",
        )
    if args.rgb and args.depth_model:
        return _estimated(args)
    if args.rgb and args.depth and (written := read_estimated(args.depth)) is not None:
        return _read_back(args, *written)
    missing = [f"--{name}" for name in ("rgb", "depth", "camera") if not getattr(args, name)]
    if missing:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{' and '.join(missing)} missing: files need --rgb, --depth and --camera together; "
            "instead of --depth, --depth-model estimates it; leave out all to ask the running node",
        )
    frame = load_frame(args.rgb, args.depth, args.camera)
    return FileFrame(frame, notes=frame.notes)


def unit_doubts(given: FileFrame, regions: list[Region]) -> tuple[str, ...]:
    """Notes on what speaks against the unit of depth. Raises as `check_unit`."""
    if not given.frame.unit_assumed:
        return ()
    from hispatial_ros.answer.unit import check_unit

    options = given.options
    return check_unit(given.frame, options.noise, regions, options.max_range).notes


def _read_back(args: argparse.Namespace, depth: np.ndarray, k: np.ndarray) -> FileFrame:
    """Depth that `hispatial depth` has estimated before, with its camera unless one is given."""
    if args.camera:
        given = load_frame(args.rgb, None, args.camera)
        rgb, camera = given.rgb, given.camera
    else:
        rgb = load_rgb(args.rgb)
        fx, fy, cx, cy = k[[0, 1, 0, 1], [0, 1, 2, 2]].tolist()
        height, width = depth.shape
        camera = Camera(width, height, fx, fy, cx, cy).scaled(rgb.shape[1], rgb.shape[0])
    camera.scaled(depth.shape[1], depth.shape[0])  # raises if it shows another field of view
    frame = Frame(rgb, depth, camera, depth_source="moge")
    note = f"depth: estimated from colour, read from {args.depth.name}"
    return FileFrame(frame, MeasureOptions(MONOCULAR_NOISE), (note, *camera.notes))


def _estimated(args: argparse.Namespace) -> FileFrame:
    """Depth by MoGe-2 from the colour image, and the camera as well without ``--camera``."""
    from hispatial_ros.moge.load import load_estimator

    camera = load_frame(args.rgb, None, args.camera).camera if args.camera else None
    rgb = load_rgb(args.rgb, camera)
    estimator = load_estimator(args.depth_model)
    try:
        estimate = estimator.estimate(rgb, camera)
    finally:
        estimator.close()
    frame = Frame(rgb, estimate.depth, estimate.camera, depth_source="moge")
    notes = [f"depth: estimated by {args.depth_model.name} from colour"]
    if camera is None:
        notes.append(
            f"focal length: estimated ({estimate.camera.fx:.0f} pixels), no --camera was given"
        )
    else:
        notes += camera.notes
    return FileFrame(frame, MeasureOptions(MONOCULAR_NOISE), tuple(notes))


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
