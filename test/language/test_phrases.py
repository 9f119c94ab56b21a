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


def test_longest_wording_wins_and_articles_are_passed_over():
    table = PhraseTable()
    table.add({"near": "close", "left": "on left | on left of"})
    assert table.longest(["close", "to"], 0) == (1, "near")
    assert table.longest(["on", "the", "left", "side"], 0) == (3, "left")
    assert table.longest(["on", "the", "left", "of"], 0) == (4, "left")
    assert table.longest(["on", "the", "right"], 0) == (0, None)


def test_an_earlier_entry_is_kept():
    table = PhraseTable()
    table.add({"first": "a"})
    table.add({"second": "a | b"})
    assert table.longest(["a"], 0) == (1, "first")
    assert table.longest(["b"], 0) == (1, "second")
