"""What the task files name: rows of a data set, read and judged as `hispatial evaluate` does."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from hispatial_ros.evaluate.benchmarks import quantities
from hispatial_ros.evaluate.files import Row, bad
from hispatial_ros.evaluate.question import Question, View

# Of the environment: the folder with SCENE/color/N.jpg.
SCANNET = "SCANNET_IMAGES"

Reader = Callable[[Row], Question]


def _scannet(cell: Any, name: str) -> View:
    if not os.environ.get(SCANNET):
        raise bad(f"set {SCANNET} to the folder with ScanNet's SCENE/color/N.jpg")
    return quantities.scannet(name, Path(os.environ[SCANNET]), sensor_depth=False)


def _q_spatial(view: Callable[[Any, str], View], doc: Row) -> Question:
    return quantities.q_spatial_question(doc, "Q-Spatial", str(doc["image_path"]), view)


def _spatialrgpt(doc: Row) -> Question:
    question = quantities.spatialrgpt_question(doc, "SpatialRGPT-Bench", None)
    assert question is not None, "qualitative questions were left out"
    return question


def spatialrgpt_docs(dataset: Any) -> Any:
    """The quantities of a data set of the hub."""
    return dataset.filter(
        lambda info: quantities.is_quantity(info, "SpatialRGPT-Bench"), input_columns="qa_info"
    )


def _visual(read: Reader, doc: Row) -> list[Image.Image]:
    view = read(doc).view()
    return [Image.fromarray(view.rgb if view.drawn is None else view.drawn)]


def _text(read: Reader, doc: Row) -> str:
    return read(doc).text


def _target(read: Reader, doc: Row) -> str:
    return read(doc).truth


def _results(read: Reader, doc: Row, results: Sequence[str]) -> dict[str, float]:
    """Metric -> 1 if right; directions on the clock are a metric of their own."""
    question = read(doc)
    if not question.counted:
        (rule,) = question.rules.values()
        return {"clock": float(rule(results[0]) is True)}
    return {
        name.replace(" ", "_"): float(rule(results[0]) is True)
        for name, rule in question.rules.items()
    }


_plus = partial(_q_spatial, lambda cell, name: quantities.colour(cell, name, None))
_in_scannet = partial(_q_spatial, _scannet)
plus_visual, plus_text = partial(_visual, _plus), partial(_text, _plus)
plus_target, plus_results = partial(_target, _plus), partial(_results, _plus)
scannet_visual = partial(_visual, _in_scannet)
spatialrgpt_visual, spatialrgpt_text = partial(_visual, _spatialrgpt), partial(_text, _spatialrgpt)
spatialrgpt_target = partial(_target, _spatialrgpt)
spatialrgpt_results = partial(_results, _spatialrgpt)
