"""The examiner itself: a method with known errors gets exactly the marks it deserves."""

import numpy as np
import pytest

from benchmarks import baseline
from benchmarks.accuracy import GOALS, INTERVALS, main
from benchmarks.evaluate import coverage, errors, evaluate
from hispatial_ros.measure.types import MeasuredObject, Measurement, Relation
from hispatial_ros.simulate.scenes import make_scene


@pytest.fixture(scope="module")
def scenes():
    return [make_scene(seed, family) for seed in range(12) for family in ("room", "floating")]


class Oracle:
    """Knows the truth, adds Gaussian errors of ``stated * actual`` and states ``stated``."""

    def __init__(self, scenes, stated=0.01, actual=1.0, drop=False):
        self.truths = {id(s.frame): s.truths for s in scenes}
        self.stated, self.sigma, self.drop = stated, stated * actual, drop
        self.rng = np.random.default_rng(0)

    def noise(self, *shape):
        return self.rng.standard_normal(shape) * self.sigma

    def __call__(self, frame, regions):
        truths = self.truths[id(frame)]
        things = [self.thing(t, r) for t, r in zip(truths, regions, strict=True)]
        relations = [
            Relation(
                a,
                b,
                "nearer",
                truths[i].center_distance(truths[j]) + float(self.noise()),
                self.stated,
                truths[i].closest_distance(truths[j]) + float(self.noise()),
                self.stated,
                *[np.zeros(3)] * 3,
                1.0,
            )
            for i, a in enumerate(things)
            for j, b in enumerate(things)
            if i != j
        ]
        if self.drop:
            dropped = things.pop()
            relations = [r for r in relations if dropped not in (r.subject, r.object)]
        return Measurement(things, [], relations=relations)

    def thing(self, truth, region):
        swap = truth.rotation[:, [2, 1, 0]] * [1, 1, -1]  # right and away exchanged, as at 45 deg
        return MeasuredObject(
            id=region.label,
            label=region.label,
            region=region,
            center=truth.center + self.noise(3),
            rotation=swap,
            size=truth.size[[2, 1, 0]] + self.noise(3),
            size_stddev=np.full(3, self.stated),
            covariance=np.eye(6) * self.stated**2,
            extent=truth.extent + self.noise(3),
            extent_stddev=np.full(3, self.stated),
            nearest=truth.nearest,
            distance=truth.distance + float(self.noise()),
            distance_stddev=self.stated,
            num_points=1,
            valid_fraction=1.0,
            surface=np.zeros((0, 3), np.float32),
        )


def test_the_truth_meets_every_goal_with_errors_of_zero(scenes):
    objects, pairs = evaluate(Oracle(scenes, actual=0.0), scenes)
    assert len(objects) == sum(len(s.truths) for s in scenes)
    for figure in objects[0].errors:
        np.testing.assert_allclose(errors(objects, figure), 0, atol=1e-9)
    for goal in GOALS:
        assert goal.met(goal.value(objects, pairs))


def test_honest_intervals_hold_95_percent(scenes):
    objects, pairs = evaluate(Oracle(scenes), scenes)
    for figure in INTERVALS:
        share, count = coverage(
            pairs if figure in ("center distance", "closest") else objects, figure
        )
        assert count >= 100
        assert share == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / count)), figure


@pytest.mark.parametrize(("actual", "low", "high"), [(2.0, 0.3, 0.8), (0.4, 0.999, 1.0)])
def test_dishonest_intervals_show(scenes, actual, low, high):
    objects, pairs = evaluate(Oracle(scenes, actual=actual), scenes)
    for figure in INTERVALS:
        share, _ = coverage(pairs if figure in ("center distance", "closest") else objects, figure)
        assert low <= share <= high, figure


def test_unmeasured_objects_count_as_wrong(scenes):
    objects, pairs = evaluate(Oracle(scenes, actual=0.0, drop=True), scenes)
    assert np.isinf(errors(objects, "center")).sum() == len(scenes)
    lost = sum(len(s.truths) - 1 for s in scenes)
    assert (errors(pairs, "center distance") > 0.1).sum() == lost
    assert len(pairs) == sum(len(s.truths) * (len(s.truths) - 1) // 2 for s in scenes)


def test_baseline_finds_the_visible_front(scenes):
    for scene in scenes:
        result = baseline.measure(scene.frame, scene.regions)
        assert len(result.objects) == len(scene.regions)
    objects, _ = evaluate(baseline.measure, scenes)
    assert np.median(errors(objects, "distance")) < 0.05


def test_tables_are_written(tmp_path):
    main(["--scenes", "2", "--by", "shape", "visible", "family", "--out", str(tmp_path / "a.md")])
    text = (tmp_path / "a.md").read_text()
    assert "| centre error, median |" in text
    assert "95 % interval" in text
    assert all(goal.name in text for goal in GOALS)
