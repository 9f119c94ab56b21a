"""Other wordings by a language model behind an OpenAI-compatible address; never other contents.

A rewritten question is taken only if it has the same names, numbers and location tokens, and the
same words of direction, comparison and negation, as often as the original. Answers are not touched.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hispatial_ros.dataset.chat import Chat
from hispatial_ros.dataset.questions import Pair
from hispatial_ros.dataset.referring import Reference

AT_ONCE = 20  # questions in one request
PROMPT = (
    "Rewrite each of these questions in other words. Keep its meaning exactly: the same objects by "
    "the same names, the same numbers and units, the same <loc> tokens, and the same words of "
    "direction and comparison. Reply with a JSON list of as many strings, nothing else.\n"
)
# Words that decide what is asked, by meaning: an exchange within a set is a rewording.
DECISIVE = tuple(
    frozenset(words.split())
    for words in (
        "left leftmost",
        "right rightmost",
        "above over higher",
        "below under beneath lower",
        "front",
        "behind back",
        "nearer closer nearest closest near close",
        "farther further farthest furthest far distant",
        "taller tallest tall height high",
        "shorter shortest short",
        "wider widest wide width side",
        "narrower narrow",
        "larger bigger largest biggest large big",
        "smaller smallest small",
        "more exceed exceeds exceeding",
        "less within",
        "not no none never without",
        "horizontal horizontally",
        "vertical vertically",
        "depth deep",
        "minimum shortest gap",
        "centre centres center centers",
        "many number count",
    )
)
_NUMBER = re.compile(r"<loc\d+>|\d+(?:\.\d+)?m?\b")


@dataclass(frozen=True)
class Rewriter:
    """Asks a language model."""

    chat: Chat

    def rewrite(self, pairs: Sequence[Pair], references: Sequence[Reference]) -> list[Pair]:
        """The pairs, with other questions where the model gave good ones.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE if the address does not answer as such.
        """
        names = [reference.phrase for reference in references]
        made: list[Pair] = []
        for start in range(0, len(pairs), AT_ONCE):
            chunk = pairs[start : start + AT_ONCE]
            texts = self._ask([pair.question for pair in chunk])
            for pair, text in zip(chunk, texts, strict=True):
                if not same_question(pair.question, text, names):
                    made.append(pair)
                    continue
                prompt = text + pair.prompt.removeprefix(pair.question)
                made.append(replace(pair, question=text, prompt=prompt))
        return made

    def _ask(self, questions: Sequence[str]) -> list[str]:
        """One wording for each question; the question itself where the reply is of no use."""
        found = self.chat.ask_for_list(PROMPT + json.dumps(list(questions), ensure_ascii=False))
        if len(found) != len(questions):
            return list(questions)
        return [
            text.strip() if isinstance(text, str) else question
            for text, question in zip(found, questions, strict=True)
        ]


def same_question(one: str, other: str, names: Sequence[str]) -> bool:
    """Whether a rewording keeps everything that decides the answer."""
    if not other.isprintable() or not other or len(other) > 3 * len(one) + 40:
        return False
    return _contents(one, names) == _contents(other, names)


def _contents(text: str, names: Sequence[str]) -> tuple:
    text = text.lower()
    # Which names, in which order: "is A left of B" and "is B left of A" differ.
    found: list[tuple[int, str]] = []
    for name in sorted(names, key=len, reverse=True):
        lower = name.lower()
        while (at := text.find(lower)) >= 0:
            found.append((at, lower))
            text = text[:at] + " " * len(lower) + text[at + len(lower) :]
    words = re.findall(r"[a-z]+", text.replace("n't", " not"))
    meaning = Counter(k for k, group in enumerate(DECISIVE) if any(w in group for w in words))
    return tuple(name for _, name in sorted(found)), tuple(_NUMBER.findall(text)), meaning
