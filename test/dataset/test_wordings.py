"""Every type has enough wordings, and they read as sentences."""

import numpy as np
import pytest

from hispatial_ros.dataset.wording import count, expand, fill
from hispatial_ros.dataset.wordings import WORDINGS

FILLED = {
    **dict.fromkeys("ABCD", "the red mug"),
    **{"P": "<loc>", "Q": "<loc>", "V": "1.00m", "O": "left of", "T": "2.00m", "axis": "vertical"},
    **{"class": "chair", "classes": "chairs", "side": "left", "than": "nearer", "width": "0.60m"},
    **{"most": "nearest to the camera"},
    **{"first": "above", "second": "below"},
}


@pytest.mark.parametrize("type_", sorted(WORDINGS))
def test_at_least_twelve_questions_that_read_well(type_):
    wording, rng = WORDINGS[type_], np.random.default_rng(0)
    assert count(wording.ask) >= 12
    made = {fill(expand(wording.ask, rng), FILLED) for _ in range(500)}
    assert len(made) >= 12
    for template in (wording.answer, wording.true, wording.false):
        made |= {fill(expand(template, rng), FILLED) for _ in range(50)}
    for text in made:
        assert not set("[]|{}") & set(text), text
        assert "  " not in text, text
        assert " ?" not in text, text
        assert text == text.strip()


def test_the_same_seed_words_it_the_same():
    ask = WORDINGS["object_distance"].ask
    assert expand(ask, np.random.default_rng(7)) == expand(ask, np.random.default_rng(7))
