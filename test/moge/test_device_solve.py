"""Focal length and shift in tensors of fixed shape, against the search on the host."""

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason="needs requirements/moge-export.txt")
import torch

from hispatial_ros.moge import device_solve, postprocess

AT_ONCE = 6
AT_MOST = 99  # evaluations after the first, as on the host


def on_device(points: np.ndarray, rays: np.ndarray, calibrated: bool) -> tuple[float, float]:
    """Focal length (1 if calibrated) and shift, among samples that are unusable for any reason."""
    bad = np.array([[1, 1, 1], [np.nan, 1, 1], [1, 1, np.inf], [1, 1, 0], [1, 1, 1]], np.float32)
    no_rays = np.array([[9, 9], [0, 0], [0, 0], [0, 0], [np.nan, 0]])
    usable = np.r_[False, True, True, True, True, np.ones(len(points), bool)]
    problem = device_solve.Problem.of(
        torch.from_numpy(np.vstack([bad, points])),
        torch.from_numpy(usable),
        torch.from_numpy(np.vstack([no_rays, rays])),
        torch.tensor(calibrated),
    )
    state = device_solve.start(problem)
    for _ in range(0, AT_MOST, AT_ONCE):
        if not state.live:
            break
        state = device_solve.advance(problem, state, AT_ONCE)
    shift = state.x.float()
    return 1.0 if calibrated else float(problem.focal(shift)), float(shift)


def on_host(points: np.ndarray, rays: np.ndarray, calibrated: bool) -> tuple[float, float]:
    if calibrated:
        return 1.0, float(postprocess._shift(points, rays))
    focal, shift = postprocess._focal_and_shift(points, rays)
    return focal, float(shift)


def scene(
    seed: int, count: int, noise: float, spread: float, shift: float
) -> tuple[np.ndarray, np.ndarray]:
    """Points [count, 3] float32 seen along rays [count, 2], with noise and a shift of z."""
    rng = np.random.default_rng(seed)
    rays = rng.uniform(-0.6, 0.6, (count, 2))
    z = 1 + spread * rng.random(count)
    xy = rays * z[:, None] + noise * rng.standard_normal((count, 2))
    return np.column_stack([xy, z - shift]).astype(np.float32), rays


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**31),
    st.integers(0, 400),
    st.sampled_from([0.0, 0.01, 0.1, 1.0]),
    st.floats(0.05, 20.0),  # of a wall seen head-on, any shift and focal length is as good
    st.floats(-3.0, 3.0),
    st.booleans(),
)
def test_same_as_on_the_host(seed, count, noise, spread, shift, calibrated):
    points, rays = scene(seed, count, noise, spread, shift)
    focal, found = on_host(points, rays, calibrated)
    event(f"moved {found != 0}")
    assert on_device(points, rays, calibrated) == pytest.approx((focal, found), rel=1e-6, abs=1e-6)


def test_a_search_at_its_end_stays_there():
    points, rays = scene(0, 400, 0.01, 2.0, 0.3)
    problem = device_solve.Problem.of(
        torch.from_numpy(points),
        torch.ones(len(points), dtype=torch.bool),
        torch.from_numpy(rays),
        torch.tensor(True),
    )
    state = device_solve.advance(problem, device_solve.start(problem), 30)
    assert not state.live
    later = device_solve.advance(problem, state, 10)
    assert later.x == state.x
    assert not later.live


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_points_without_content(value):
    """Nothing to solve: the shift is 0 and the search is over."""
    points, rays = np.full((9, 3), value, np.float32), np.zeros((9, 2))
    assert on_device(points, rays, False) == (1.0, 0.0)
    assert on_device(points, rays, True) == (1.0, 0.0)
