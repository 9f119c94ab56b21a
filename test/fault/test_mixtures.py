"""Mixtures of what strangers' cameras, detectors and clocks send: each is answered right, or the
error or a note names a cause of it.

1,000 mixtures; ten times as many with HISPATIAL_MIXTURES=10, others with HISPATIAL_SEED=1. What
fails is repeated by the command that the failure ends with.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice

import pytest

from benchmarks.mixtures.graph import Graph
from benchmarks.mixtures.mixture import KINDS, REQUESTS, Mixture, alone, draw, first_kind
from benchmarks.mixtures.shot import Kind
from benchmarks.mixtures.stand import Outcome, Stand, judge
from benchmarks.mixtures.unmet import UNMET

COUNT = 1000 * int(os.environ.get("HISPATIAL_MIXTURES", "1"))
FIRST = 1_000_000 * int(os.environ.get("HISPATIAL_SEED", "0"))


@pytest.fixture(scope="module")
def stand_of() -> Iterator[Callable[[str], Stand]]:
    """The node with the topics of a transport."""
    with ExitStack() as opened:
        stands: dict[str, Stand] = {}

        def get(transport: str) -> Stand:
            if transport not in stands:
                stands[transport] = opened.enter_context(Stand(transport))
            return stands[transport]

        yield get


def marked(kind: Kind) -> object:
    unmet = UNMET.get(kind.title)
    marks = [pytest.mark.xfail(reason=unmet, strict=True)] if unmet else []
    return pytest.param(kind, id=kind.title, marks=marks)


@pytest.mark.parametrize("kind", [marked(kind) for kind in KINDS])
def test_each_is_answered_right_or_its_cause_is_named(kind, stand_of):
    numbers = [n for n in range(FIRST, FIRST + COUNT) if first_kind(n) is kind]
    mixtures: list[tuple[Mixture, str]] = [
        (alone(kind, REQUESTS[len(kind.title) % len(REQUESTS)]), f"--kind {kind.title!r}"),
        *((draw(number), f"--only {number}") for number in numbers),
    ]
    failures = []
    for mixture, options in mixtures:
        wrong, outcome = stand_of(mixture.transport).judge(mixture)
        if wrong:
            repeat = f"python -m benchmarks mixtures {options}"
            failures.append(f"{mixture}\n  {wrong}\n  {outcome}\n  {repeat}")
    assert not failures, "\n".join(failures)


# Over the middleware: fewer, since the node forgets everything by cleanup before each.
OVER_DDS = {"raw": 24, "compressed": 8}


@pytest.mark.parametrize("transport", OVER_DDS)
def test_over_the_middleware(domain, transport):
    def suits(mixture: Mixture) -> bool:
        return (
            mixture.transport == transport
            and not mixture.shot().parameters
            and not any(kind.title in UNMET for kind in mixture.kinds)
        )

    numbers = (n for n in range(FIRST + 500, FIRST + COUNT) if suits(draw(n)))
    failures = []
    with Graph(domain, transport) as graph:
        for number in islice(numbers, OVER_DDS[transport]):
            mixture = draw(number)
            wrong, outcome = graph.judge(mixture)
            if wrong:
                failures.append(f"{mixture}\n  {wrong}\n  {outcome}")
        assert not failures, "\n".join(failures)
        assert "Traceback" not in graph.node.said, graph.node.said


def test_a_calibration_that_was_published_once_before(domain):
    usual = alone(KINDS[0], "distance")
    with Graph(domain, "raw") as graph:
        wrong, outcome = graph.judge(usual, latched=("camera_info",))
        assert not wrong, outcome


def test_they_are_1000_and_have_all_kinds_of_causes():
    mixtures = [draw(number) for number in range(FIRST, FIRST + COUNT)]
    assert len(mixtures) >= 1000
    causes = [len(mixture.causes) for mixture in mixtures]
    assert min(map(causes.count, (0, 1, 2))) >= 150
    assert {kind.title for mixture in mixtures for kind in mixture.kinds} == {
        kind.title for kind in KINDS
    }


def test_a_number_is_always_the_same_mixture():
    first, again = draw(4711), draw(4711)
    assert str(first) == str(again)
    assert first.shot().messages == again.shot().messages


def test_a_wrong_number_and_another_cause_are_noticed():
    """The judge itself, on what a node might say."""
    kinds = {kind.title: kind for kind in KINDS}
    good = alone(kinds["image: rgb8"], "distance")
    shot = good.shot()
    right = Outcome(0, "", (), shot.room.board.distance, 0.002)
    assert not judge(good, shot, right)
    assert judge(good, shot, replace(right, value=right.value + 0.02))
    assert judge(good, shot, replace(right, value=float("nan")))
    assert judge(good, shot, replace(right, sigma=10.0))
    assert judge(good, shot, Outcome(21, "no depth", ()))
    identity = alone(kinds["calibration: identity"], "distance")
    assert judge(identity, identity.shot(), Outcome(21, "no depth", ()))
    assert not judge(identity, identity.shot(), Outcome(21, "K is the identity", ()))
    link = alone(kinds["frames: not optical"], "distance")
    assert judge(link, link.shot(), right)
    assert not judge(link, link.shot(), replace(right, notes=("camera_link: ...",)))
