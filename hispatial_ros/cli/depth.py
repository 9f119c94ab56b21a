"""`hispatial depth`: metric depth of one colour image with MoGe-2."""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.cli.arguments import file_name, output
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.estimated import depth_png
from hispatial_ros.frame.files import load_frame, load_rgb
from hispatial_ros.moge.engine import DepthEstimate
from hispatial_ros.moge.load import RUNTIMES, load_estimator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rgb", type=file_name, required=True, metavar="PNG", help="colour image")
    parser.add_argument(
        "--camera",
        type=file_name,
        metavar="JSON",
        help="calibration; without it focal length is guessed",
    )
    parser.add_argument("--model", type=file_name, required=True, metavar="FILE", help="of MoGe-2")
    parser.add_argument(
        "--out",
        type=output,
        default=Path("depth.npz"),
        metavar="NPZ",
        help="arrays depth (m, NaN invalid), mask and K; beside it the depth as 16-bit PNG in "
        "millimetres, and a picture of it, NAME_colours.png (depth.npz)",
    )
    add_runtime_arguments(parser)


def add_runtime_arguments(parser: argparse.ArgumentParser) -> None:
    """What to run a model on, shared with other commands."""
    group = parser.add_argument_group("runtime")
    group.add_argument("--runtime", choices=RUNTIMES, default="cpu", help="what to run it on (cpu)")
    group.add_argument(
        "--tokens",
        type=int,
        default=1800,
        metavar="N",
        help="1200 (fast) to 3600 (fine), for files that leave it open (1800)",
    )
    group.add_argument(
        "--threads", type=int, default=0, metavar="N", help="CPU threads (0: all cores)"
    )
    group.add_argument("--device", type=int, default=0, metavar="N", help="which GPU (0)")
    group.add_argument("--cache", type=file_name, metavar="DIR", help="of compiled engines")


def run(args: argparse.Namespace) -> int:
    rgb, camera = _read(args)
    arrays, png, picture = _outputs(args.out, args.rgb)
    estimator = load_estimator(
        args.model, args.runtime, args.tokens, args.threads, args.device, args.cache, print
    )
    try:
        start = time.perf_counter()
        estimate = estimator.estimate(rgb, camera)
        seconds = time.perf_counter() - start
    finally:
        estimator.close()
    try:
        with arrays.open("wb") as file:
            np.savez_compressed(file, depth=estimate.depth, mask=estimate.mask, K=estimate.K)
        png.write_bytes(depth_png(estimate.depth, estimate.K))
        picture.write_bytes(cv2.imencode(".png", colored(estimate))[1].tobytes())
    except OSError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{args.out} cannot be written: {error.strerror}"
        ) from error
    nearest, median, farthest = np.nanpercentile(estimate.depth, (1, 50, 99))
    fx, fy, cx, cy = estimate.K[[0, 1, 0, 1], [0, 1, 2, 2]]
    origin = "of the camera" if camera else "estimated"
    print(f"{estimator.engine.spec.name}: {1e3 * seconds:.0f} ms")
    print(
        f"depth {nearest:.2f} to {farthest:.2f} m, median {median:.2f} m, "
        f"{estimate.mask.mean():.0%} of the image"
    )
    print(f"fx {fx:.1f} fy {fy:.1f} cx {cx:.1f} cy {cy:.1f} ({origin})")
    print(f"{arrays}  {png}  {picture}")
    return 0


def _outputs(out: Path, rgb: Path) -> tuple[Path, Path, Path]:
    """Where arrays, depth and picture go; none of them replaces the image.

    Raises:
        SpatialError: BAD_REQUEST for another kind of file.
    """
    if out.suffix not in ("", ".npz", ".png"):
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"--out {out}: NAME.npz is needed, NAME.png comes beside it",
        )
    png = out.with_suffix(".png")
    if png.resolve() == rgb.resolve():
        png = out.with_name(f"{out.stem}_depth.png")
    return out.with_suffix(".npz"), png, out.with_name(f"{out.stem}_colours.png")


def colored(estimate: DepthEstimate) -> np.ndarray:
    """[H, W, 3] uint8 B G R: near is yellow, far is blue on a scale of inverse depth; invalid is
    black."""
    with np.errstate(divide="ignore", invalid="ignore"):
        near = 1 / estimate.depth
    low, high = np.percentile(near[estimate.mask], (1, 99))
    share = (near - low) / max(high - low, np.finfo(np.float32).tiny)
    level = np.nan_to_num(255 * np.clip(share, 0, 1)).astype(np.uint8)
    picture = cv2.applyColorMap(level, cv2.COLORMAP_VIRIDIS)
    picture[~estimate.mask] = 0
    return picture


def _read(args: argparse.Namespace) -> tuple[np.ndarray, Camera | None]:
    if args.camera is None:
        return load_rgb(args.rgb), None
    frame = load_frame(args.rgb, None, args.camera)
    assert frame.rgb is not None  # load_frame reads it
    return frame.rgb, frame.camera
