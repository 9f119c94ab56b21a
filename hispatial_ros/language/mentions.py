"""Where a question names objects, whatever else it says."""

from collections.abc import Sequence

from hispatial_ros.errors import SpatialError
from hispatial_ros.language.lexicon import lexical
from hispatial_ros.language.names import Names
from hispatial_ros.language.terms import Mention
from hispatial_ros.language.text import tokenize


def find_mentions(question: str, labels: Sequence[str]) -> list[tuple[int, int, int]]:
    """(start, end, index of the label) of every name that means exactly one of the labels.

    Unlike parsing, it needs no known question form. Ambiguous names are left out.

    Args:
        question: cleaned, see ``text.clean``.
    """
    names = Names(labels)
    known = lexical()
    tokens = tokenize(question)
    words = [token.text for token in tokens]
    found = []
    i = 0
    while i < len(words):
        length = names.mention(words, i, known)
        if not length:
            i += 1
            continue
        start, end = tokens[i].start, tokens[i + length - 1].end
        try:
            (index,) = names.resolve(Mention(words=tuple(words[i : i + length])))
        except SpatialError:
            pass  # ambiguous: the model has to make do with the words
        else:
            found.append((start, end, index))
        i += length
    return found
