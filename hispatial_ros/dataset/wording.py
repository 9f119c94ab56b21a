"""Wordings composed from parts: ``[How far|What distance] is {A}`` stands for several sentences."""

import re
from collections.abc import Mapping
from functools import cache

import numpy as np

_GROUP = re.compile(r"\[([^\[\]]*)\]")


def expand(template: str, rng: np.random.Generator) -> str:
    """One of the sentences of a template; innermost brackets first."""
    while match := _GROUP.search(template):
        parts = match[1].split("|")
        chosen = parts[int(rng.integers(len(parts)))]
        template = template[: match.start()] + chosen + template[match.end() :]
    return re.sub(r"\s+([,.?!;])", r"\1", " ".join(template.split()))


@cache
def count(template: str) -> int:
    """How many sentences a template stands for, counting those that come out alike."""
    total = 1
    while match := _GROUP.search(template):
        if "\0" in match[1]:
            raise ValueError(f"brackets within brackets are not counted: {template}")
        total *= match[1].count("|") + 1
        template = template[: match.start()] + template[match.end() :]
    return total


def fill(text: str, words: Mapping[str, str]) -> str:
    """The slots of a sentence filled in; its first letter becomes a capital."""
    text = text.format_map(words)
    return text[:1].upper() + text[1:]
