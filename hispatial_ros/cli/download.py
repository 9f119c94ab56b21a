"""`hispatial download`: fetch a checkpoint from the Hugging Face hub."""

import argparse

from hispatial_ros.cli.model_options import add_checkpoint, byte_bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_checkpoint(parser)


def run(args: argparse.Namespace) -> int:
    from hispatial_ros.vlm.download import download

    with byte_bar() as progress:
        folder = download(args.checkpoint, args.revision, progress)
    print(f"{folder}\ncommit {folder.name}: give it as revision to pin it")
    return 0
