"""`hispatial convert`: a checkpoint as safetensors in the dtype in which it will be used."""

import argparse

from hispatial_ros.cli.arguments import file_name
from hispatial_ros.cli.model_options import add_checkpoint, byte_bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_checkpoint(parser)
    parser.add_argument("--dtype", choices=("bf16", "fp16", "fp32"), default="bf16", help="(bf16)")
    parser.add_argument(
        "--output",
        type=file_name,
        metavar="DIR",
        help="folder to write; by default converted-DTYPE inside the checkpoint's folder, which "
        "is then loaded in place of weights.pt",
    )
    parser.add_argument("--force", action="store_true", help="replace what is there")


def run(args: argparse.Namespace) -> int:
    from hispatial_ros.vlm.checkpoint import read_config
    from hispatial_ros.vlm.convert import convert
    from hispatial_ros.vlm.download import find_checkpoint
    from hispatial_ros.vlm.tokenizer import PromptTokenizer

    with byte_bar() as progress:
        source = find_checkpoint(args.checkpoint, args.revision, progress)
        PromptTokenizer(source, read_config(source))  # the node needs it as well
        output = args.output or source / f"converted-{args.dtype}"
        convert(source, output, args.dtype, force=args.force, progress=progress)
    print(output)
    return 0
