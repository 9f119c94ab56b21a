"""From tokens to words: apostrophes, hyphens, arrows, decimal commas and "isn't"."""

from __future__ import annotations

from hispatial_ros.language.numbers import UNITS
from hispatial_ros.language.phrases import word_set
from hispatial_ros.language.text import Token, tokenize

_MARKS = set(",;:.?!()|/&=<>#[]")
_SIGNS = {"<": ("less", "than"), ">": ("more", "than"), "<=": ("at", "most"), ">=": ("at", "least")}
_CONTRACTED = {"s": "is", "re": "are", "m": "am", "d": "would", "ll": "will", "ve": "have"}
_CONTRACTING = word_set("what which where who how there it one that here when")


def words_of(text: str) -> list[Token]:
    """The words, numbers and marks of a cleaned question."""
    return _negation(_join(tokenize(text)))


def _join(tokens: list[Token]) -> list[Token]:
    """Resolve apostrophes, hyphens, arrows and decimal commas."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        before = out[-1] if out else None
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        attached = before is not None and before.end == token.start
        joined = after is not None and after.kind == "word" and after.start == token.end
        if token.text == "'" and attached and joined:
            assert before is not None
            assert after is not None
            out.extend(_apostrophe(before, after, out))
            i += 2
            continue
        if attached and [t.text for t in tokens[i : i + 3]] == ["(", "s", ")"]:  # "cushion(s)"
            assert before is not None
            out[-1] = Token(f"{before.text}s", "word", before.start, tokens[i + 2].end)
            i += 3
            continue
        signs = token.text + (after.text if after and after.text == "=" else "")
        following = tokens[i + len(signs)] if i + len(signs) < len(tokens) else None
        if signs in _SIGNS and following is not None and following.kind == "number":
            out += [Token(w, "word", token.start, token.end) for w in _SIGNS[signs]]
            i += len(signs)
            continue
        if token.text == "<" and after is not None and after.text == "-":
            pass  # of "<->"
        elif token.text == "-":
            if after is not None and after.text == ">":
                out.append(Token("to", "word", token.start, after.end))
                i += 1
            elif not attached or (after is not None and after.start > token.end):
                out.append(Token(",", "mark", token.start, token.end))
        elif token.text == "," and _is_decimal_comma(before, token, tokens[i + 1 : i + 3]):
            assert before is not None
            assert after is not None
            out[-1] = Token(f"{before.text}.{after.text}", "number", before.start, after.end)
            i += 1
        elif token.kind != "mark" or token.text in _MARKS:
            out.append(token)
        i += 1
    return out


_WITHOUT_APOSTROPHE = {
    f"{verb}nt": verb for verb in ("is", "are", "was", "were", "does", "do", "did", "has", "have")
}

_EVERY = {"all", "every", "everything", "everybody", "everyone", "each", "both"}
_SUBJECTS = {"the", "a", "any", "all", "both", "these", "those", "my", "your", "we", "you", "they"}


def _negation(tokens: list[Token]) -> list[Token]:
    """ "Isnt" is two words; "isn't A left of B?" asks the same as "is A left of B?"."""
    out: list[Token] = []
    for token in tokens:
        if token.text in _WITHOUT_APOSTROPHE:
            verb = Token(_WITHOUT_APOSTROPHE[token.text], "word", token.start, token.end)
            out += [verb, Token("not", "word", token.end, token.end)]
        else:
            out.append(token)
    asked = len(out) > 2 and out[1].text == "not" and out[0].text in _WITHOUT_APOSTROPHE.values()
    if asked and out[2].text in _EVERY:  # "aren't all ...?" does not ask "are all ...?"
        return out
    if asked and (out[0].text != "do" or out[2].text in _SUBJECTS):  # but "don't go to the chair"
        del out[1]
    return out


def _apostrophe(before: Token, after: Token, out: list[Token]) -> list[Token]:
    if after.text == "t" and before.text[1:].endswith("n"):  # "isn't", but "can't"
        verb = before.text if before.text == "can" else before.text[:-1]
        out[-1] = Token(verb, "word", before.start, before.end)
        return [Token("not", "word", after.start, after.end)]
    asked = len(out) > 1 and out[-2].text == "how"  # "how wide's"
    if after.text == "s" and before.text not in _CONTRACTING and not asked:
        return [Token("'s", "word", after.start - 1, after.end)]
    word = _CONTRACTED.get(after.text, after.text)
    return [Token(word, "word", after.start - 1, after.end)]


def _is_decimal_comma(before: Token | None, comma: Token, following: list[Token]) -> bool:
    """ "1,5 m" but not "(320,240)": digits on both sides, and a unit behind."""
    return (
        before is not None
        and before.kind == "number"
        and "." not in before.text
        and before.end == comma.start
        and len(following) == 2
        and following[0].kind == "number"
        and following[0].start == comma.end
        and following[1].text in UNITS
    )
