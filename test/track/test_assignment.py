"""Pairs of least total cost."""

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hispatial_ros.track.assignment import assign

SIDES = st.tuples(st.integers(1, 5), st.integers(1, 5))


@given(SIDES.flatmap(lambda s: arrays.arrays(float, s, elements=st.integers(-9, 9).map(float))))
def test_no_other_assignment_costs_less(cost):
    pairs = assign(cost)
    rows, columns = cost.shape
    assert len(pairs) == min(rows, columns)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    wide = cost if rows <= columns else cost.T
    least = min(
        sum(wide[i, j] for i, j in enumerate(chosen))
        for chosen in permutations(range(wide.shape[1]), wide.shape[0])
    )
    assert sum(cost[pair] for pair in pairs) == least


def test_what_cannot_be_is_avoided_where_it_can():
    never = 1e6
    cost = np.array([[0.0, 1.0], [0.5, never]])
    assert assign(cost) == [(0, 1), (1, 0)]
