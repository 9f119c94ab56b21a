import pytest

from hispatial_ros.language.phrases import PhraseTable, expand, notations


@pytest.mark.parametrize(
    ("notation", "wordings"),
    [
        ("a b", ["a b"]),
        ("(a|b) c", ["a c", "b c"]),
        ("a [b] c", ["a c", "a b c"]),
        ("[a|b] c", ["c", "a c", "b c"]),
        ("a (b [c]|d)", ["a b", "a b c", "a d"]),
        ("a | b c", ["a", "b c"]),
    ],
)
def test_notation(notation, wordings):
    assert [" ".join(w) for w in expand(notation)] == wordings


@pytest.mark.parametrize("notation", ["(a", "a)", "[a)", "(a]", "a]"])
def test_unbalanced_notation(notation):
    with pytest.raises(ValueError, match="unbalanced"):
        expand(notation)


def test_an_indented_line_continues_the_one_before():
    assert notations("\n    a (b|\n      c)\n    d\n") == ["a (b| c)", "d"]


def test_every_wording_is_found_and_articles_are_passed_over():
    table = PhraseTable()
    table.add({"near": "close", "left": "on left | on left of", "seen": "on left"})
    assert table.all(["close", "to"], 0) == [(1, "near")]
    assert table.all(["on", "the", "left", "of"], 0) == [(3, "left"), (3, "seen"), (4, "left")]
    assert table.all(["on", "the", "right"], 0) == []
