"""`hispatial export-moge`: an official MoGe-2 checkpoint as ONNX file for one camera."""

import argparse

from hispatial_ros.cli.arguments import file_name
from hispatial_ros.moge.export import PRECISIONS, export


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint",
        required=True,
        metavar="PATH_OR_ID",
        help="official model.pt, or its Hugging Face id such as Ruicheng/moge-2-vits-normal",
    )
    parser.add_argument("--height", type=int, required=True, metavar="H", help="of the images")
    parser.add_argument("--width", type=int, required=True, metavar="W", help="of the images")
    parser.add_argument(
        "--tokens", type=int, default=1800, metavar="T", help="1200 (fast) to 3600 (fine) (1800)"
    )
    parser.add_argument("--out", type=file_name, required=True, metavar="ONNX", help="the file")
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="float32", help="float16 for GPUs (float32)"
    )


def run(args: argparse.Namespace) -> int:
    exported = export(
        args.checkpoint, args.height, args.width, args.tokens, args.out, args.precision, print
    )
    rows, columns = exported.token_grid
    print(
        f"{exported.path}: {exported.width}x{exported.height}, {columns}x{rows} tokens, "
        f"{args.precision}, {exported.nodes} nodes; differs from the official model by "
        f"{exported.difference:.1e}"
    )
    return 0
