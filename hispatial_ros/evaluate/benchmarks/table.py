"""All benchmarks by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hispatial_ros.evaluate.benchmarks import choices, quantities
from hispatial_ros.evaluate.question import Question


@dataclass(frozen=True)
class Benchmark:
    """A published benchmark.

    Attributes:
        read: (path, images) -> questions.
        hub: data set of the hub.
        revision: commit that ``--download`` fetches unless another one is named.
        files: of the data set that are needed.
    """

    title: str
    read: Callable[..., Iterator[Question]]
    hub: str
    files: tuple[str, ...]
    revision: str = "main"


PUBLISHED = {
    "cv-bench": Benchmark(
        "CV-Bench", choices.cv_bench, "nyu-visionx/CV-Bench", choices.CV_BENCH_FILES[:2]
    ),
    "embspatial": Benchmark(
        "EmbSpatial-Bench",
        choices.embspatial,
        "Phineas476/EmbSpatial-Bench",
        ("embspatial_bench.json",),
    ),
    "robospatial": Benchmark(
        "RoboSpatial-Home",
        choices.robospatial,
        "chanhee-luke/RoboSpatial-Home",
        ("data/configuration*.parquet",),
    ),
    "3dsrbench": Benchmark(
        "3DSRBench",
        choices.three_d_sr_bench,
        "ccvl/3DSRBench",
        ("3dsrbench_v1_vlmevalkit_circular.tsv",),
    ),
    "q-spatial-plus": Benchmark(
        "Q-Spatial++",
        quantities.q_spatial_plus,
        "andrewliao11/Q-Spatial-Bench",
        ("**/QSpatial_plus*.parquet",),
    ),
    "q-spatial-scannet": Benchmark(
        "Q-Spatial-ScanNet",
        quantities.q_spatial_scannet,
        "andrewliao11/Q-Spatial-Bench",
        ("**/QSpatial_scannet*.parquet",),
    ),
    "spatialrgpt": Benchmark(
        "SpatialRGPT-Bench",
        quantities.spatialrgpt,
        "a8cheng/SpatialRGPT-Bench",
        ("**/val-*.parquet",),
    ),
}
SIMULATED = "simulated"
NAMES = (*PUBLISHED, SIMULATED)
