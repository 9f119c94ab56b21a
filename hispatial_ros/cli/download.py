"""`hispatial download`: fetch a checkpoint from the Hugging Face hub."""

import argparse

from hispatial_ros.cli.model_options import add_checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_checkpoint(parser)


def run(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from hispatial_ros.vlm.download import download

    with tqdm(desc="compare SHA-256", unit="B", unit_scale=True) as bar:

        def hashing(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        folder = download(args.checkpoint, args.revision, hashing)
    print(f"{folder}\ncommit {folder.name}: give it as revision to pin it")
    return 0
