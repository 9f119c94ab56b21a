"""Everyday words for the same thing: "the sofa" where a region is labelled "couch".

Only what most speakers would use for one and the same object is listed. A synonym counts only
where no label bears the name itself and just one label's name is meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from hispatial_ros.errors import SpatialError
from hispatial_ros.language.names import Names, singular
from hispatial_ros.language.terms import Mention

_GROUPS = """
    sofa, couch, settee, loveseat
    armchair, easy chair
    mug, cup
    glasses, spectacles, eyeglasses
    monitor, screen, display, computer screen, tv, television, telly, tv set, television set
    phone, cellphone, smartphone, telephone, mobile phone, cell phone
    laptop, notebook computer, laptop computer
    remote, remote control, clicker, tv remote, television remote, tv remote control
    bin, trash can, trashcan, dustbin, wastebasket, garbage can, waste bin, garbage bin, rubbish bin
    fridge, refrigerator
    stove, cooker, hob
    tap, faucet
    sink, basin, washbasin
    pan, frying pan, skillet
    cupboard, cabinet
    closet, wardrobe
    bookshelf, bookcase, book shelf
    rug, carpet
    lamp, light
    curtain, drape
    cushion, pillow
    plant, houseplant, potted plant, pot plant
    backpack, rucksack, knapsack
    suitcase, luggage
    crisps, chips
    carton, cardboard box
    person, human, human being, pedestrian, somebody, anybody, anyone
    man, guy, gentleman
    woman, lady
    child, kid
    dog, puppy
    cat, kitten, kitty
    bicycle, bike, pushbike
    motorcycle, motorbike
    car, automobile
    truck, lorry
    airplane, aeroplane, plane, aircraft
    forklift, forklift truck, fork lift, fork truck
    cart, trolley
    barrel, drum
"""
# One person by many names, which are not each other's: a man is no woman.
_PEOPLE = "man, guy, gentleman, woman, lady, child, kid, boy, girl, worker"
_OF: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
for _line in _GROUPS.strip().splitlines():
    _group = [tuple(name.split()) for name in _line.split(",")]
    for _name in _group:
        _OF[tuple(map(singular, _name))] = [other for other in _group if other != _name]
for _one in _PEOPLE.split(", "):
    _OF.setdefault((_one,), []).append(("person",))
    _OF.setdefault(("person",), []).append((_one,))
_LONGEST = max(map(len, _OF))
_DETERMINERS = frozenset({"the", "a", "an", "this", "that", "my", "your", "our", "any", "some"})


def synonym(
    words: Sequence[str], start: int, names: Names, lexical: frozenset[str]
) -> tuple[int, tuple[str, ...]]:
    """Number of words from ``start`` that are another word for a label, and the label's word.

    Words of the grammar (``lexical``) are names only behind an article: "display the objects".

    Returns:
        (0, ()) if the words there are no synonym, or of more than one label's name.
    """
    joined = names.joined(words[start])
    if joined:  # "cuttingboard"
        return 1, joined
    for length in range(min(_LONGEST, len(words) - start), 0, -1):
        name = tuple(words[start : start + length])
        others = _OF.get(tuple(map(singular, name)))
        if not others or names.mention(words, start, lexical) >= length:
            continue
        determined = start > 0 and words[start - 1] in _DETERMINERS
        if name[0] in lexical and not determined:
            continue
        meant = [other for other in others if _labels(other, names)]
        if len({tuple(_labels(other, names)) for other in meant}) == 1:
            found = meant[0]
            plural = singular(name[-1]) != name[-1]
            return length, (*found[:-1], found[-1] + "s") if plural else found
    return 0, ()


def translated(words: Sequence[str], names: Names) -> tuple[str, ...]:
    """The words with synonyms replaced by what the labels say."""
    out: list[str] = []
    i = 0
    while i < len(words):
        length, meant = synonym(words, i, names, frozenset())
        out += meant or words[i : i + 1]
        i += length or 1
    return tuple(out)


def _labels(name: tuple[str, ...], names: Names) -> list[int]:
    """Indices of the labels that bear a name; they must end in it ("cup holder" is no cup)."""
    mention = Mention(words=name, plural=True)
    try:
        found = names.resolve(mention)
    except SpatialError:
        return []
    return [i for i in found if names.is_named(i, name)]
