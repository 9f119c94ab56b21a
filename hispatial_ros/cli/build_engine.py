"""`hispatial build-engine`: compile a MoGe-2 export with TensorRT and cache it."""

import argparse

from hispatial_ros.cli.arguments import file_name
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.cache import EngineCache
from hispatial_ros.moge.tensorrt_engine import BuildOptions, TensorRtEngine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    default = BuildOptions()
    parser.add_argument(
        "--model", type=file_name, required=True, metavar="ONNX", help="static export (export-moge)"
    )
    parser.add_argument("--cache", type=file_name, metavar="DIR", help="where engines are kept")
    parser.add_argument("--device", type=int, default=0, metavar="N", help="which GPU (0)")
    parser.add_argument(
        "--workspace",
        type=int,
        default=default.workspace_mib,
        metavar="MIB",
        help=f"GPU memory the compiler may use ({default.workspace_mib})",
    )
    parser.add_argument(
        "--optimization-level",
        type=int,
        choices=range(6),
        default=default.optimization_level,
        help=f"0 compiles fast, 5 searches longest ({default.optimization_level})",
    )
    parser.add_argument("--rebuild", action="store_true", help="even if a cached engine fits")


def run(args: argparse.Namespace) -> int:
    engine = TensorRtEngine(
        args.model,
        EngineCache(args.cache),
        BuildOptions(args.workspace, args.optimization_level),
        args.device,
        args.rebuild,
        print,
    )
    engine.close()
    if not engine.cached_at.is_file():
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"the engine was compiled but could not be written to {engine.cached_at}: free disk "
            "space or choose another folder with --cache",
        )
    print(f"{engine.spec.name}: {args.model} is ready, cached at {engine.cached_at}")
    return 0
