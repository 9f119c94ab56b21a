import pytest

from hispatial_ros.answer.phrasing import capitalized, length, listing, percent, point, the


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((1.524, 0.018), "1.52 m ± 0.02 m"),
        ((1.524,), "1.52 m"),
        ((0.05, 0.002), "5.0 cm ± 0.2 cm"),
        ((1.5, 0.0001), "1.50 m ± 0.01 m"),
        ((1.5, float("nan")), "1.50 m"),
        ((-0.001,), "-0.1 cm"),
        ((-0.0001,), "0.0 cm"),
        ((0.0996,), "0.10 m"),
        ((1.524, 0.02, "cm"), "152.4 cm ± 2.0 cm"),
        ((1.0, None, "ft"), "3.28 ft"),
        ((0.0254, None, "in"), "1.0 in"),
        ((2.5, None, "mm"), "2500 mm"),
    ],
)
def test_length(arguments, text):
    assert length(*arguments) == text


def test_words():
    assert point([0.611, -0.2, 1.166]) == "x 0.61 m, y -0.20 m, z 1.17 m"
    assert the("blue mug") == "the blue mug"
    assert the("the mug") == "the mug"
    assert the("pixel (1, 2)") == "pixel (1, 2)"
    assert capitalized("the mug") == "The mug"
    assert listing(["a"]) == "a"
    assert listing(["a", "b", "c"]) == "a, b and c"
    assert listing(["a", "b"], "or") == "a or b"


@pytest.mark.parametrize(("p", "text"), [(0.62, "62 %"), (0.9999, "99 %"), (0.0, "1 %")])
def test_percent(p, text):
    assert percent(p) == text
