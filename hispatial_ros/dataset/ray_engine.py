"""The Ray engine: the same shards, made by actors of a Ray cluster through Ray Data.

Shards are independent, so Ray's streaming and back-pressure are all that is needed. The data set's
folder must be reachable from every node.
"""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hispatial_ros.dataset.build import Job, Listener, build_shard, unfinished
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.tools import Tools
from hispatial_ros.errors import ErrorCode, SpatialError

# Shards that are handed to Ray at a time, for each actor: enough to keep it busy, few enough that
# the list of images stays small.
AHEAD = 8


class ShardActor:
    """Holds the models of one actor."""

    def __init__(self, out: str, settings: BuildSettings):
        self._out, self._tools = Path(out), Tools.load(settings)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"manifest": [build_shard(job, self._out, self._tools) for job in batch["item"]]}


def run_ray(
    jobs: Iterator[Job],
    out: Path,
    settings: BuildSettings,
    workers: int,
    address: str | None,
    listener: Listener,
) -> None:
    """Make every shard that is not there yet.

    Args:
        address: of a cluster; None starts Ray here.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE without Ray; what a worker raises.
    """
    try:
        import ray
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"{error}: pip install -r requirements/dataset.txt, or use --engine local",
        ) from error
    started = not ray.is_initialized()
    if started:
        cores = workers if address is None else None  # a cluster has its own
        ray.init(address, num_cpus=cores, log_to_driver=False, include_dashboard=False)
    ray.data.DataContext.get_current().enable_progress_bars = False  # the command has its own
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    try:
        open_jobs = unfinished(jobs, out, listener)
        while chunk := list(itertools.islice(open_jobs, workers * AHEAD)):
            made = ray.data.from_items(chunk, override_num_blocks=len(chunk)).map_batches(
                ShardActor,
                fn_constructor_args=(str(out.resolve()), settings),
                batch_size=1,
                concurrency=(1, workers),
            )
            for row in made.iter_rows():
                _tell(row["manifest"], listener)
    finally:
        if started:
            ray.shutdown()


def _tell(manifest: dict[str, Any], listener: Listener) -> None:
    """Images are told when their shard is done: Ray's actors have no channel to the driver."""
    pairs = manifest["pairs"]
    for _ in manifest["left_out"]:
        listener("image", None)
    for n in range(manifest["images"]):
        listener("image", pairs if n == 0 else 0)
    listener("shard", manifest)
