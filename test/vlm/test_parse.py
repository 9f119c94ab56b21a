import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.vlm.parse import METRES, Kind, parse_answer


@pytest.mark.parametrize(
    ("text", "kind", "values", "unit"),
    [
        ("3.85m<eos>", Kind.LENGTH, [3.85], "m"),
        ("0.72 meters.", Kind.LENGTH, [0.72], "m"),
        ("We estimate the height of the faucet to be 0.11 meters.", Kind.LENGTH, [0.11], "m"),
        ("0.61m -0.20m 1.17m", Kind.POINT, [0.61, -0.20, 1.17], "m"),
        (
            "-2.57m -1.12m 13.22m -2.06m 0.22m 13.55m",
            Kind.BOX,
            [-2.57, -1.12, 13.22, -2.06, 0.22, 13.55],
            "m",
        ),
        ("-0.46 0.18 -0.87", Kind.VECTOR, [-0.46, 0.18, -0.87], "1"),
        ("4.", Kind.COUNT, [4], "count"),
        ("Three.", Kind.COUNT, [3], "count"),
        ("about 30 cm", Kind.LENGTH, [0.30], "m"),
        ("It is 5 feet 3 inches tall", Kind.LENGTH, [1.6002], "m"),
        ("5'3\"", Kind.LENGTH, [1.6002], "m"),
        ("12 inches", Kind.LENGTH, [0.3048], "m"),
        ("0.5 x 0.25 m", Kind.LENGTH, [0.5, 0.25], "m"),
        (
            "Step1 Plan: a 3 m gap\nStep3 Reasoning: 1 m\nStep4 Final answer: 0.70m",
            Kind.LENGTH,
            [0.7],
            "m",
        ),
    ],
)
def test_quantities(text, kind, values, unit):
    parsed = parse_answer(text)
    assert parsed.kind is kind
    assert parsed.values == pytest.approx(values)
    assert parsed.unit == unit


@pytest.mark.parametrize(
    ("text", "options", "kind", "choice"),
    [
        ("No.", None, Kind.YES_NO, "no"),
        ("Yes, the mug is left of it.", None, Kind.YES_NO, "yes"),
        ("True", None, Kind.YES_NO, "yes"),
        ("(A)<eos>", None, Kind.CHOICE, "A"),
        ("B", None, Kind.CHOICE, "B"),
        ("2", {"1": "left", "2": "right"}, Kind.CHOICE, "2"),
        ("ii", {"i": "left", "ii": "right"}, Kind.CHOICE, "ii"),
        ("(C). 3 m", {"A": "1 m", "C": "3 m"}, Kind.CHOICE, "C"),
        ("Right.", {"A": "left", "B": "right"}, Kind.CHOICE, "B"),
        ("cup -> chair -> desk", None, Kind.RANKING, "cup"),
        ("the pixel in <loc0100><loc0200><loc0100><loc0200> is closer", None, Kind.LOCATION, ""),
        ("A can be found down of B.", None, Kind.TEXT, ""),
        ("I cannot tell", None, Kind.TEXT, ""),
        ("", None, Kind.TEXT, ""),
    ],
)
def test_choices(text, options, kind, choice):
    parsed = parse_answer(text, options)
    assert (parsed.kind, parsed.choice) == (kind, choice)


def test_located_objects_are_fractions_of_the_image():
    parsed = parse_answer(
        "<loc0256><loc0128><loc0512><loc1023> blue mug ; <loc0000><loc0000><loc0001><loc0001> die"
    )
    assert [found.label for found in parsed.located] == ["blue mug", "die"]
    assert parsed.located[0].box == (0.125, 0.25, 1023 / 1024, 0.5)


def test_reasoning_is_kept_apart():
    parsed = parse_answer("Step1 Plan: compare.\nStep4 Final answer: Yes.")
    assert parsed.choice == "yes"
    assert parsed.reasoning == "Step1 Plan: compare."


metres = st.floats(-250, 250).map(lambda x: round(x, 2))


@given(st.lists(metres, min_size=1, max_size=6), st.sampled_from(sorted(METRES)))
def test_lengths_round_trip_in_every_unit(values, unit):
    parsed = parse_answer(" ".join(f"{v:.2f} {unit}" for v in values))
    if METRES[unit] not in (0.3048, 0.0254):
        assert parsed.values == pytest.approx([v * METRES[unit] for v in values])
        assert parsed.unit == "m"


@given(st.lists(metres, min_size=3, max_size=3))
def test_unit_vectors_round_trip(v):
    norm = math.hypot(*v)
    if norm > 0.1:
        unit = [x / norm for x in v]
        parsed = parse_answer(" ".join(f"{x:.2f}" for x in unit))
        assert parsed.kind is Kind.VECTOR
        assert parsed.values == pytest.approx(unit, abs=0.0051)


names = st.text("abcdefgh ", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(st.lists(names, min_size=2, max_size=7))
def test_rankings_round_trip(ranking):
    assert parse_answer(" -> ".join(ranking) + ".").ranking == tuple(ranking)


@given(st.text(max_size=300))
def test_any_text_parses_to_finite_structure(text):
    parsed = parse_answer(text)
    assert all(math.isfinite(v) for v in parsed.values)
