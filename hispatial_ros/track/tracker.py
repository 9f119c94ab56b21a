"""Which observation is which object: births, deaths and names that stay."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hispatial_ros.frame.region import iou
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
    number: int
    fused: Fused
    latest: Observation
    first_seen: float
    last_seen: float
    hits: int = 1
    score: float = 0.0
    id: str = ""  # once it is confirmed

    def spread(self, dt: float, options: TrackOptions) -> np.ndarray:
        """[3, 3] m^2, between the mean and an observation dt seconds after the last."""
        return self.fused.scatter[:3, :3] + (SLACK + options.speed * min(dt, 0.3)) ** 2 * np.eye(3)


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
        self._stamp = -np.inf
        self._born = 0

    def update(self, stamp: float, observations: Sequence[Observation]) -> list[Track]:
        """Take in what one frame shows; returns the tracks at its stamp.

        Args:
            stamp: s, of the frame. What is not newer than the last one changes nothing; time that
                jumps back further than a track lives starts anew.
            observations: all objects of the frame, in any order; those that are not finite are
                left out.
        """
        if stamp < self._stamp - self.options.coast:
            self.clear()
        if stamp <= self._stamp:
            return self.tracks()
        self._stamp = stamp
        observations = [each for each in observations if _is_finite(each)]
        self._states = [state for state in self._states if self._lives(state)]
        used = set()
        for state, observation in self._associate(observations):
            used.add(id(observation))
            self._take(state, observation)
        for observation in observations:
            if id(observation) not in used:
                self._begin(observation)
        return self.tracks()

    def tracks(self, stamp: float | None = None) -> list[Track]:
        """Confirmed tracks, oldest first, at a stamp [s] that is not before the last frame's."""
        now = self._stamp if stamp is None else max(stamp, self._stamp)
        return [
            self._track(state, now)
            for state in self._states
            if state.id and now - state.last_seen <= self.options.coast
        ]

    def _associate(self, observations: Sequence[Observation]) -> list[tuple[_State, Observation]]:
        """Pairs of least total cost."""
        if not self._states or not observations:
            return []
        cost = np.array(
            [[self._cost(state, each) for each in observations] for state in self._states]
        )
        return [(self._states[r], observations[c]) for r, c in assign(cost) if cost[r, c] < FOREVER]

    def _cost(self, state: _State, observation: Observation) -> float:
        latest = state.latest
        if latest.label != observation.label:
            return FOREVER
        if latest.id and observation.id and latest.id != observation.id:
            return FOREVER
        away = observation.center - state.fused.mean[:3]
        spread = state.spread(self._stamp - state.last_seen, self.options)
        # A single measurement may be off by what it states, so the gate is as wide.
        if away @ np.linalg.solve(spread + observation.covariance, away) > GATE:
            return FOREVER
        overlap = iou(np.array([latest.box]), np.array([observation.box])).item()
        reach = latest.size.max() / 2 + 3 * np.sqrt(observation.covariance.trace())
        if not overlap and np.linalg.norm(away) > reach:  # beside it
            return FOREVER
        likely = float(away @ np.linalg.solve(2 * spread, away))
        if latest.id and latest.id == observation.id:
            return likely - FOREVER / 10
        # Confirmed tracks first: a stray one does not take an observation from them.
        doubt = 0.0 if state.id else 1.0
        return likely + OVERLAP * (1 - overlap) + doubt

    def _take(self, state: _State, observation: Observation) -> None:
        state.fused.add(*_vector(observation))
        state.hits += 1
        state.score += (observation.score - state.score) / min(state.hits, 10)
        state.latest, state.last_seen = observation, self._stamp
        if not state.id and state.hits >= self.options.confirm:
            state.id = self._name(observation)

    def _begin(self, observation: Observation) -> None:
        self._born += 1
        state = _State(
            self._born,
            Fused(*_vector(observation)),
            observation,
            self._stamp,
            self._stamp,
            score=observation.score,
        )
        if self.options.confirm <= 1:
            state.id = self._name(observation)
        self._states.append(state)

    def _lives(self, state: _State) -> bool:
        longest = self.options.coast if state.id else self.options.tentative
        return self._stamp - state.last_seen <= longest

    def names(self, observations: Sequence[Observation]) -> list[str]:
        """Names of observations of the last frame: those of their tracks, else the ones that they
        will have once they are tracks."""
        numbers, given = self._numbers.copy(), self._given.copy()
        own = {id(state.latest): state.id for state in self._states}
        return [own.get(id(each)) or self._new_name(each, numbers, given) for each in observations]

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

    def _track(self, state: _State, now: float) -> Track:
        covariance = state.fused.covariance
        unseen = now - state.last_seen
        return Track(
            id=state.id,
            label=state.latest.label,
            center=state.fused.mean[:3].copy(),
            covariance=covariance[:3, :3] + (self.options.drift * unseen) ** 2 * np.eye(3),
            size=state.fused.mean[3:].copy(),
            size_stddev=np.sqrt(np.diag(covariance)[3:]),
            score=state.score,
            first_seen=state.first_seen,
            last_seen=state.last_seen,
            observations=state.hits,
            coasting=state.last_seen < self._stamp,
            steady=state.fused.steady,
            latest=state.latest,
        )


def _is_finite(o: Observation) -> bool:
    return all(np.isfinite(x).all() for x in (o.center, o.covariance, o.size, o.size_stddev))


def _vector(observation: Observation) -> tuple[np.ndarray, np.ndarray]:
    """Centre and size as one vector [6], with its covariance."""
    covariance = np.zeros((6, 6))
    covariance[:3, :3] = observation.covariance
    covariance[range(3, 6), range(3, 6)] = observation.size_stddev**2
    # What states no error at all would have no Cholesky factor.
    covariance[range(6), range(6)] += 1e-8
    return np.concatenate([observation.center, observation.size]), covariance
