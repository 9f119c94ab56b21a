"""Errors of a measuring method against the truth of simulated scenes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import MeasuredObject, Measurement
from hispatial_ros.simulate.scenes import Scene, Truth

Method = Callable[[Frame, Sequence[Region]], Measurement]

Z95 = 1.959964  # half width of a normal 95 % interval, in standard deviations
CHI95 = 7.814728  # 95 % quantile of chi-square with 3 degrees of freedom


@dataclass(eq=False)
class Outcome:
    """Errors of one object or of one pair; ``inf`` where the method gave nothing.

    ``errors`` by figure: absolute in metres, or relative to the truth (names in RELATIVE).
    ``ratios`` by figure: squared error over its stated variance.
    """

    family: str
    shape: str
    visible_fraction: float
    errors: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)


RELATIVE = {
    "extent x",
    "extent y",
    "extent z",
    "width",
    "height",
    "depth",
    "center distance",
}
OBJECT_FIGURES = ("center", "distance", "nearest point", *sorted(RELATIVE - {"center distance"}))


def evaluate(method: Method, scenes: Iterable[Scene]) -> tuple[list[Outcome], list[Outcome]]:
    """Outcomes of all objects and of all pairs of objects of the scenes."""
    objects: list[Outcome] = []
    pairs: list[Outcome] = []
    for scene in scenes:
        measurement = method(scene.frame, scene.regions)
        found = {id(o.region): o for o in measurement.objects}
        measured = [found.get(id(region)) for region in scene.regions]
        for truth, thing in zip(scene.truths, measured, strict=True):
            objects.append(_object(scene.family, truth, thing))
        related = {(id(r.subject), id(r.object)): r for r in measurement.relations}
        for i, a in enumerate(scene.truths):
            for j in range(i + 1, len(scene.truths)):
                b = scene.truths[j]
                shapes = "+".join(sorted((a.shape, b.shape)))
                pair = Outcome(scene.family, shapes, min(a.visible_fraction, b.visible_fraction))
                relation = related.get((id(measured[i]), id(measured[j]))) or related.get(
                    (id(measured[j]), id(measured[i]))
                )
                _pair(pair, a, b, measured[i], measured[j], relation)
                pairs.append(pair)
    return objects, pairs


def _object(family: str, truth: Truth, thing: MeasuredObject | None) -> Outcome:
    outcome = Outcome(family, truth.shape, truth.visible_fraction)
    if thing is None:
        outcome.errors = dict.fromkeys(OBJECT_FIGURES, np.inf)
        return outcome
    center = thing.center - truth.center
    near = thing.distance - truth.distance
    order = matched_axes(thing.rotation, truth.rotation)
    size, extent = thing.size - truth.size[order], thing.extent - truth.extent
    outcome.errors = {
        "center": float(np.linalg.norm(center)),
        "distance": abs(near),
        "nearest point": float(np.linalg.norm(thing.nearest - truth.nearest)),
    }
    covariance = thing.covariance[:3, :3]
    ratios = {"distance": _ratio(near, thing.distance_stddev)}
    for k, (of_size, axis) in enumerate(
        zip(("width", "height", "depth"), ("x", "y", "z"), strict=True)
    ):
        outcome.errors[of_size] = abs(size[k]) / truth.size[order[k]]
        outcome.errors[f"extent {axis}"] = abs(extent[k]) / truth.extent[k]
        ratios[f"center {axis}"] = _ratio(center[k], np.sqrt(covariance[k, k]))
        ratios[of_size] = _ratio(size[k], thing.size_stddev[k])
        ratios[f"extent {axis}"] = _ratio(extent[k], thing.extent_stddev[k])
    if not np.isnan(covariance).any():
        ratios["center"] = float(center @ np.linalg.inv(covariance) @ center)
    outcome.ratios = {k: v for k, v in ratios.items() if not np.isnan(v)}
    return outcome


def _pair(outcome: Outcome, a: Truth, b: Truth, first, second, relation) -> None:
    """Fill in the errors of the distances between two objects."""
    true_center, true_closest = a.center_distance(b), a.closest_distance(b)
    if first is None or second is None:
        outcome.errors = {"center distance": np.inf}
        return
    if relation is None:
        center = float(np.linalg.norm(first.center - second.center)) - true_center
        outcome.errors = {"center distance": abs(center) / true_center}
        return
    center = relation.center_distance - true_center
    closest = relation.closest_distance - true_closest
    outcome.errors = {"center distance": abs(center) / true_center, "closest": abs(closest)}
    outcome.ratios = {
        "center distance": _ratio(center, relation.center_distance_stddev),
        "closest": _ratio(closest, relation.closest_distance_stddev),
    }


def _ratio(error: float, stddev: float) -> float:
    with np.errstate(divide="ignore"):
        return float(np.square(np.divide(error, stddev)))


def matched_axes(measured: np.ndarray, true: np.ndarray) -> list[int]:
    """True axis that corresponds to each measured one: near 45 degrees right and away may swap."""
    overlap = np.abs(measured.T @ true)
    return list(max(permutations(range(3)), key=lambda p: overlap[range(3), p].sum()))


def errors(outcomes: Iterable[Outcome], figure: str) -> np.ndarray:
    return np.array([o.errors[figure] for o in outcomes if figure in o.errors])


def coverage(outcomes: Iterable[Outcome], figure: str) -> tuple[float, int]:
    """Share of the true values inside the stated 95 % interval (region, for "center"), and
    the number of values; NaN without any."""
    ratios = np.array([o.ratios[figure] for o in outcomes if figure in o.ratios])
    limit = CHI95 if figure == "center" else Z95**2
    return float((ratios <= limit).mean()) if len(ratios) else float("nan"), len(ratios)
