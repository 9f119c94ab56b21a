"""What the commands about the model share: which checkpoint, and a progress bar."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments to the parser of a command."""
    parser.add_argument(
        "--checkpoint",
        default="lhzzzzzy/HiSpatial-3B",
        metavar="PATH_OR_ID",
        help="folder with weights.pt and config.json, a converted folder, or a hub id "
        "(lhzzzzzy/HiSpatial-3B)",
    )
    parser.add_argument(
        "--revision", default="main", metavar="REV", help="commit, tag or branch on the hub (main)"
    )


@contextmanager
def byte_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar, to be called with the stage, the bytes done and the total."""
    from huggingface_hub.utils import disable_progress_bars
    from tqdm import tqdm

    disable_progress_bars()  # the hub client's own
    # Started late, so that a mistake in the arguments shows no empty bar.
    with tqdm(unit="B", unit_scale=True, delay=0.1) as bar:
        stage = ""

        def progress(now: str, done: int, total: int) -> None:
            nonlocal stage
            if now != stage:
                stage = now
                bar.reset(total)
                bar.set_description(stage)
            bar.update(done - bar.n)

        yield progress
