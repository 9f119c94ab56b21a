"""Which observation is which object: births, deaths and names that stay."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hispatial_ros.track.assignment import assign
from hispatial_ros.track.fusion import Fused

Box = tuple[float, float, float, float]

# Squared deviations between a track and what may be its observation; three coordinates are beyond
# once in a thousand times. Larger: neighbours are mixed up. Smaller: tracks are lost.
GATE = 16.3
# [m] added to the deviation of an observation from its track: what boxes move by, whatever the
# covariance says. Larger: neighbours are mixed up. Smaller: tracks are lost. Chosen.
SLACK = 0.02
# Weight of the boxes' overlap against squared deviations. Larger: a fast camera breaks tracks.
# Smaller: neighbours at one distance are mixed up. Chosen: no overlap counts as three deviations.
OVERLAP = 9.0
FOREVER = 1e6  # cost of what cannot be


@dataclass(frozen=True)
class TrackOptions:
    """How tracks begin and end."""

    confirm: int = 3  # observations that make a track
    coast: float = 1.0  # s that a track lives on without being seen
    tentative: float = 0.3  # s that one lives that is not yet confirmed
    speed: float = 0.5  # m/s, objects and what no pose tells move at most that fast, mostly
    drift: float = 0.05  # m/s, how fast the deviation of what is not seen grows


@dataclass(frozen=True, eq=False)
class Observation:
    """An object as one frame shows it."""

    label: str
    center: np.ndarray  # [3] m in the frame of the tracks
    covariance: np.ndarray  # [3, 3] m^2, of the whole error
    size: np.ndarray  # [3] m
    size_stddev: np.ndarray  # [3] m
    box: Box  # px
    score: float = 0.0  # of the detector, 0 to 1
    id: str = ""  # the detector's own, if it has one
    source: Any = None  # whatever it was made from


@dataclass(frozen=True, eq=False)
class Track:
    """An object over time; a snapshot."""

    id: str  # stays the same as long as the track lives, and is never given to another
    label: str
    center: np.ndarray  # [3] m, fused
    covariance: np.ndarray  # [3, 3] m^2, of the whole error of the fused centre
    size: np.ndarray  # [3] m, fused
    size_stddev: np.ndarray  # [3] m
    score: float  # mean of the detector's
    first_seen: float  # s, stamps
    last_seen: float
    observations: int
    coasting: bool  # not seen in the newest frame
    steady: bool  # the last measurements agree with the mean: it does not lag behind
    latest: Observation


@dataclass(eq=False)
class _State:
    """A track, beside its fused values."""

    number: int
    latest: Observation
    first_seen: float
    last_seen: float
    hits: int = 1
    score: float = 0.0
    id: str = ""  # once it is confirmed


@dataclass(eq=False)
class Tracker:
    """Tracks of objects in one frame. Not thread-safe: one thread owns it.

    The frame should stand still (odom, map). In a moving frame tracks follow with some delay.
    """

    options: TrackOptions = field(default_factory=TrackOptions)

    def __post_init__(self) -> None:
        self.clear()
        self._numbers: Counter[str] = Counter()  # of the last name given, by label
        self._given: set[str] = set()

    def clear(self) -> None:
        """Forget the objects; names that were given are not given again."""
        self._states: list[_State] = []
        self._fused = Fused(np.zeros((0, 6)), np.zeros((0, 6, 6)))  # of the states, in their order
        self._stamp = -np.inf  # of the newest frame
        self._whole = -np.inf  # of the newest one that all labels were looked for in
        self._ahead: dict[str, float] = {}  # label -> stamp, of newer ones
        self._born = 0

    @property
    def labels(self) -> set[str]:
        """Of all objects that are followed."""
        return {state.latest.label for state in self._states}

    def update(
        self,
        stamp: float,
        observations: Sequence[Observation],
        labels: Collection[str] | None = None,
    ) -> list[Track]:
        """Take in what one frame shows; returns the tracks at its stamp.

        Args:
            stamp: s, of the frame. What is not newer than the last one of its label changes
                nothing; time that jumps back further than a track lives starts anew.
            observations: all objects of these labels, in any order; those that are not finite are
                left out.
            labels: what was looked for in the frame, None: everything. The rest may follow later:
                objects of different labels are never taken for each other.
        """
        if stamp < self._stamp - self.options.coast:
            self.clear()
        self._stamp = max(stamp, self._stamp)
        observations = [
            each
            for each in observations
            if self._seen(each.label) < stamp and (labels is None or each.label in labels)
        ]
        observations = [each for each in observations if _is_finite(each)]
        looked = {each.label for each in observations} if labels is None else set(labels)
        self._let_go()
        pairs = self._associate(observations, stamp)
        self._take(stamp, pairs, observations)
        taken = {observation for _, observation in pairs}
        self._begin(stamp, [o for i, o in enumerate(observations) if i not in taken])
        if labels is None:
            self._whole = max(stamp, self._whole)
        self._ahead |= {label: max(stamp, self._seen(label)) for label in looked}
        self._ahead = {label: s for label, s in self._ahead.items() if s > self._whole}
        return self.tracks()

    def tracks(self, stamp: float | None = None) -> list[Track]:
        """Confirmed tracks, oldest first, at a stamp [s] that is not before the last frame's."""
        now = self._stamp if stamp is None else max(stamp, self._stamp)
        alive = [
            row
            for row, state in enumerate(self._states)
            if state.id and now - state.last_seen <= self.options.coast
        ]
        return self._snapshots(alive, now)

    def _seen(self, label: str) -> float:
        """Stamp of the newest frame that a label was looked for in."""
        return self._ahead.get(label, self._whole)

    def _let_go(self) -> None:
        """Forget what was not seen for too long."""
        lives = [row for row, state in enumerate(self._states) if self._lives(state)]
        if len(lives) < len(self._states):
            self._states = [self._states[row] for row in lives]
            self._fused.keep(np.array(lives, int))

    def _lives(self, state: _State) -> bool:
        longest = self.options.coast if state.id else self.options.tentative
        return self._stamp - state.last_seen <= longest

    def _associate(
        self, observations: Sequence[Observation], stamp: float
    ) -> list[tuple[int, int]]:
        """Rows of states and indices of observations, in pairs of least total cost."""
        rows: dict[str, list[int]] = {}
        columns: dict[str, list[int]] = {}
        for row, state in enumerate(self._states):
            rows.setdefault(state.latest.label, []).append(row)
        for column, observation in enumerate(observations):
            columns.setdefault(observation.label, []).append(column)
        both = [label for label in columns if label in rows]
        if not both:
            return []
        every = [(r, c) for label in both for r in rows[label] for c in columns[label]]
        from_rows, to_columns = np.array(every).T
        costs = self._cost(from_rows, to_columns, observations, stamp)
        pairs: list[tuple[int, int]] = []
        begin = 0
        for label in both:
            shape = len(rows[label]), len(columns[label])
            cost = costs[begin : begin + shape[0] * shape[1]].reshape(shape)
            begin += cost.size
            pairs += [
                (rows[label][r], columns[label][c]) for r, c in assign(cost) if cost[r, c] < FOREVER
            ]
        return pairs

    def _cost(
        self,
        rows: np.ndarray,
        columns: np.ndarray,
        observations: Sequence[Observation],
        stamp: float,
    ) -> np.ndarray:
        """[p] cost of each pair of a state's row and an observation's column, of one label."""
        states = [self._states[row] for row in rows]
        seen = [observations[column] for column in columns]
        away = np.array([o.center for o in seen]) - self._fused.mean[rows, :3]
        covariance = np.array([o.covariance for o in seen])
        dt = np.minimum([stamp - state.last_seen for state in states], 0.3)
        slack = (SLACK + self.options.speed * dt) ** 2
        # Between the mean and an observation dt seconds after the last.
        spread = self._fused.scatter[rows, :3, :3] + slack[:, None, None] * np.eye(3)
        # A single measurement may be off by what it states, so the gate is as wide.
        possible = _squared(away, spread + covariance) <= GATE
        overlap = _overlaps([state.latest.box for state in states], [o.box for o in seen])
        size = np.array([state.latest.size.max() for state in states])
        distance = np.linalg.norm(away, axis=1)
        towards = away / np.maximum(distance, 1e-9)[:, None]
        variance = np.einsum("pi,pij,pj->p", towards, covariance, towards)
        deviation = np.sqrt(variance * (1 + 1 / self._fused.count[rows]))
        possible &= (overlap > 0) | (distance <= size / 2 + 3 * deviation)  # else beside it
        likely = _squared(away, 2 * spread)
        # Confirmed tracks first: a stray one does not take an observation from them.
        doubt = np.array([0.0 if state.id else 1.0 for state in states])
        cost = likely + OVERLAP * (1 - overlap) + doubt
        own = [(state.latest.id, o.id) for state, o in zip(states, seen, strict=True)]
        same = np.array([bool(a) and a == b for a, b in own])
        other = np.array([bool(a) and bool(b) and a != b for a, b in own])
        cost = np.where(same, likely - FOREVER / 10, cost)
        return np.where(possible & ~other, cost, FOREVER)

    def _take(
        self,
        stamp: float,
        pairs: Sequence[tuple[int, int]],
        observations: Sequence[Observation],
    ) -> None:
        if not pairs:
            return
        rows = np.array([row for row, _ in pairs])
        self._fused.add(rows, *_vectors([observations[column] for _, column in pairs]))
        for row, column in pairs:
            state, observation = self._states[row], observations[column]
            state.hits += 1
            state.score += (observation.score - state.score) / min(state.hits, 10)
            state.latest, state.last_seen = observation, stamp
            if not state.id and state.hits >= self.options.confirm:
                state.id = self._name(observation)

    def _begin(self, stamp: float, observations: Sequence[Observation]) -> None:
        if not observations:
            return
        self._fused.append(*_vectors(observations))
        for observation in observations:
            self._born += 1
            state = _State(self._born, observation, stamp, stamp, score=observation.score)
            self._states.append(state)
            if self.options.confirm <= 1:
                state.id = self._name(observation)

    def names(self, observations: Sequence[Observation]) -> list[str]:
        """Names of observations of the last frame: those of their tracks, else the ones that they
        will have once they are tracks."""
        own = {id(state.latest): state.id for state in self._states}
        names = [own.get(id(each), "") for each in observations]
        if not all(names):
            numbers, given = self._numbers.copy(), self._given.copy()
            names = [
                name or self._new_name(each, numbers, given)
                for name, each in zip(names, observations, strict=True)
            ]
        return names

    def _new_name(self, observation: Observation, numbers: Counter[str], given: set[str]) -> str:
        """The detector's own id, else the label, with a number unless it is the only one of its
        label; never one given before."""
        label, name = observation.label, observation.id
        while not name or name in given:
            numbers[label] += 1
            alone = sum(state.latest.label == label for state in self._states) <= 1
            name = label if alone and numbers[label] == 1 else f"{label}#{numbers[label]}"
        given.add(name)
        return name

    def _name(self, observation: Observation) -> str:
        return self._new_name(observation, self._numbers, self._given)

    def _snapshots(self, rows: Sequence[int], now: float) -> list[Track]:
        if not rows:
            return []
        fused = self._fused
        covariances, steady = fused.covariance, fused.steady
        deviations = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
        tracks = []
        for row in rows:
            state = self._states[row]
            unseen = now - state.last_seen
            tracks.append(
                Track(
                    id=state.id,
                    label=state.latest.label,
                    center=fused.mean[row, :3].copy(),
                    covariance=covariances[row, :3, :3]
                    + (self.options.drift * unseen) ** 2 * np.eye(3),
                    size=fused.mean[row, 3:].copy(),
                    size_stddev=deviations[row, 3:],
                    score=state.score,
                    first_seen=state.first_seen,
                    last_seen=state.last_seen,
                    observations=state.hits,
                    coasting=state.last_seen < self._seen(state.latest.label),
                    steady=bool(steady[row]),
                    latest=state.latest,
                )
            )
        return tracks


def _squared(away: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """[p] squared deviations of [p, 3] by [p, 3, 3]."""
    return (away * np.linalg.solve(covariances, away[..., None])[..., 0]).sum(1)


def _overlaps(boxes: Sequence[Box], others: Sequence[Box]) -> np.ndarray:
    """[p] intersection over union of each box with the other in its place."""
    a, b = np.array(boxes, float), np.array(others, float)
    shared = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    area = shared.clip(0).prod(1)
    both = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - area
    return area / np.maximum(both, 1e-9)


def _is_finite(o: Observation) -> bool:
    return bool(
        np.isfinite(np.concatenate([o.center, o.covariance.ravel(), o.size, o.size_stddev])).all()
    )


def _vectors(observations: Sequence[Observation]) -> tuple[np.ndarray, np.ndarray]:
    """Centre and size of each as one vector [n, 6], with their covariances."""
    covariances = np.zeros((len(observations), 6, 6))
    covariances[:, :3, :3] = [o.covariance for o in observations]
    sizes = range(3, 6)
    covariances[:, sizes, sizes] = np.square([o.size_stddev for o in observations])
    # What states no error at all would have no Cholesky factor.
    covariances[:, range(6), range(6)] += 1e-8
    values = [np.concatenate([o.center, o.size]) for o in observations]
    return np.array(values), covariances
