"""Names with their articles, and lists of them: the first step of putting symbols together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hispatial_ros.language.chunk import Built, Chunk
from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.names import Names
from hispatial_ros.language.terms import ANY, Kind, Mention

_PLURAL = frozenset({"each", "every", "all", "any", "some"})
_NOT_EVERY = frozenset({"any", "some"})
_HEADS = frozenset({"ANY", "PIXEL_REF", "CAMERA", "SIDE", "VIEWPOINT"})
_EVERY = frozenset(
    {"the", "everything", "each", "every", "all", "both", "these", "those", "my", "our", "your"}
)


def _at_least_one(before: Atom, *rest: Atom | None) -> Built:
    if before.symbol == "LIMIT" and before.words != ("at", "least"):
        return None
    some = Atom("the", words=("any",))
    return some if before.symbol == "LIMIT" else [before, some]


def _someone(asked: Atom, who: Atom) -> Built:
    """ "Is there someone?" asks for a person, elsewhere "someone" is whoever looks."""
    if who.words != ("someone",):
        return None
    return [asked, Atom("the", words=("any",)), Atom("NAME", words=("person",))]


QUANTIFIERS: tuple[Chunk, ...] = (
    Chunk("LIMIT ONE of?", _at_least_one),
    Chunk("BE|EXIST ONE of", _at_least_one),
    Chunk("BE|EXIST the of", _at_least_one),
    Chunk("EXIST CAMERA", _someone),
)


def noun_phrases(atoms: list[Atom], names: Names) -> list[Atom]:
    """Names, unknown words and words like "object" become mentions (NP).

    Unknown words beside a name belong to it ("mug handle" is not the mug); two names side by
    side stay two.
    """
    out: list[Atom] = []
    i = 0
    while i < len(atoms):
        first, determiners = i, set[str]()
        while i < len(atoms) and atoms[i].symbol in ("the", "BOTH"):
            determiners.update(atoms[i].words)
            i += 1
        core = _name_at(atoms, i)
        following = atoms[i + len(core)] if i + len(core) < len(atoms) else None
        if core:
            one = following if following and following.symbol in ("ONE", "ANY") else None
            out.append(_determined(_named(core, names, one, out), determiners))
            i += len(core) + (one is not None)
        elif following is None or following.symbol not in _HEADS:
            # Nothing to determine ("the nearest ..."); one article is as good as many.
            out.append(atoms[first])
            i = max(first + 1, i)
        else:
            if following.symbol == "PIXEL_REF":
                while out and out[-1].symbol in ("PIXEL", "at", "in", "the"):  # "the pixel at"
                    out.pop()
                following = Atom("NP", following.value)
            elif following.symbol == "ANY":
                every = determiners | set(following.words)
                following = _determined(Atom("NP", replace(ANY, plural=following.value)), every)
            out.append(following)
            i += 1
    return out


def _name_at(atoms: Sequence[Atom], i: int) -> Sequence[Atom]:
    """The atoms from i on that make one name."""
    end = i
    while end < len(atoms) and atoms[end].symbol in ("NAME", "UNKNOWN"):
        if end > i and atoms[end - 1].symbol == atoms[end].symbol == "NAME":
            break
        end += 1
    return atoms[i:end]


def _determined(noun: Atom, determiners: set[str]) -> Atom:
    """ "Each chair" is plural, "the chairs" are all of them; "the" is remembered."""
    mention = noun.value
    several = determiners & _PLURAL
    if mention.kind is Kind.ANY:
        several -= _NOT_EVERY  # "any obstacle" is "anything"
    plural = mention.plural or bool(several)
    every = plural and bool(determiners & _EVERY) and not determiners & _NOT_EVERY
    words = ("the", *noun.words) if "the" in determiners else noun.words
    return replace(noun, value=replace(mention, plural=plural, every=every), words=words)


def _named(core: Sequence[Atom], names: Names, one: Atom | None, before: Sequence[Atom]) -> Atom:
    words = tuple(w for atom in core for w in atom.words)
    number = next((a.value for a in core if a.value is not None), None)
    plural = names.is_plural(words)
    if one is not None:  # "the yellow one": of what was named before
        plural = one.words[0] in ("ones", "objects", "things", "items")
        nouns = [a.value.words[-1] for a in before if a.symbol == "NP" and a.value.words]
        if nouns and names.knows(Mention(words=(*words, nouns[-1]))):
            words = (*words, nouns[-1])
    mention = Mention(words=words, plural=plural and number is None, number=number)
    return Atom("NP", mention, words, core[0].start, core[-1].end)


def lists(atoms: list[Atom]) -> list[Atom]:
    """ "A, B and C" becomes one LIST of mentions."""
    out: list[Atom] = []
    i = 0
    while i < len(atoms):
        members, either, j = [atoms[i]], False, i + 1
        while members[0].symbol == "NP":
            k = j
            while k < len(atoms) and atoms[k].symbol in ("separator", "and", "or"):
                k += 1
            if k == j or k >= len(atoms) or atoms[k].symbol != "NP":
                break
            if atoms[j].words == (":",) and members[0].value.kind is not Kind.ANY:
                break  # "on the desk: the mug, the globe"
            either |= any(a.symbol == "or" for a in atoms[j:k])
            members.append(atoms[k])
            j = k + 1
        first = members[0].value
        if (
            len(members) > 2
            and first.kind is Kind.ANY
            and not first.selector
            and atoms[i + 1].words in (("(",), (":",))
        ):
            del members[0]  # "these objects (A, B, C)"
        if len(members) > 1:
            out.append(Atom("LIST_OF", tuple(a.value for a in members), ("or",) if either else ()))
        else:
            out.append(atoms[i])
        i = j
    return out
