"""Frames of places: where something is, as seen from something else, and at what angle."""

from __future__ import annotations

from typing import Any

from hispatial_ros.language.forms import Form, PixelPosition, Position, Several
from hispatial_ros.language.quantities import distance, objects_of, of_pixels
from hispatial_ros.language.relation_forms import Angle, Bearing, Direction, RelativeDirection
from hispatial_ros.language.slots import Head, Slots
from hispatial_ros.language.terms import CAMERA, Attribute, Kind, Mention, RelationTo


def position(head: Head, slots: Slots) -> Form | None:
    """Where something is: coordinates, or relative to something else."""
    if head.kind == "pos":  # "if I want to get the position"
        slots = slots.without("travel")
    if slots.only("", "of"):
        objects = objects_of(slots)
        if objects and of_pixels(objects):
            return PixelPosition(objects[0]) if len(objects) == 1 else None
        return Position(objects) if objects else None
    if head.kind == "pos" and slots.has("from") and not slots.has("relative"):
        origin = slots.get("from")
        if origin is None or origin[0] != (CAMERA,):
            return None
    return relative(head, slots)


def relative(head: Head, slots: Slots) -> Form | None:
    """Where one thing or several lie as seen from another."""
    if not slots.only("", "of", "from", "to", "relative", "than", "between", "mutual", "sides",
                      "sidesof", "travel"):  # fmt: skip
        return None
    if head.kind == "sidesof" or slots.has("sidesof"):
        return _beside(head, slots)
    choices = head.value if head.kind == "sides" else slots.get("sides")
    choices = choices if isinstance(choices, tuple) else ()
    origins = [slots.get(r) for r in ("relative", "from", "than", "to") if slots.has(r)]
    plain, both = slots.plain, slots.get("between")
    if both is not None:
        if plain or origins or len(both[0]) < 2 or both[1] == "or":
            return None
        return _each_relative(*_from_first(both[0]), choices)
    if plain is None or plain[1] == "or" or (head.kind == "sides" and slots.has("of")):
        return None
    if not origins:
        return _among(head, slots, plain[0], choices)
    (origin, *others) = origins
    nearest = any(m.selector and m.selector.attribute is Attribute.DISTANCE for m in plain[0])
    if origin is not None and origin[0] == (CAMERA,) and slots.has("") and slots.has("of"):
        slots = slots.without("from").without("relative")  # "from here, A is on which side of B?"
        return relative(head, slots) if slots.only("", "of", "sides", "sidesof") else None
    if slots.has("to") and nearest and head.kind == "where":  # "find the nearest shelf to the cone"
        return None
    if origin is None or others or len(origin[0]) != 1 or len(plain[0]) > 3:
        return None
    if origin[0][0] == CAMERA and head.kind in ("where", "pos") and not choices:
        return Position(plain[0])
    return _each_relative(plain[0], origin[0][0], choices)


def _from_first(mentions: tuple[Mention, ...]) -> tuple[tuple[Mention, ...], Mention]:
    """Two are related in their order, of three the others to the first."""
    if len(mentions) == 2:
        return mentions[:1], mentions[1]
    return mentions[1:], mentions[0]


def _among(
    head: Head, slots: Slots, mentions: tuple[Mention, ...], choices: tuple[Any, ...]
) -> Form | None:
    """Of things that are named without an origin: to each other, or one to the camera."""
    if len(mentions) == 1:
        seen = head.kind != "where" or choices
        return _each_relative(mentions, CAMERA, choices) if seen else None
    if head.kind != "relation" or len(mentions) > 3:
        return None
    if [r for r in slots.roles if r != "sides"] == ["of", ""]:  # "which side of B is A on"
        mentions = mentions[::-1]
    return _each_relative(*_from_first(mentions), choices)


def _beside(head: Head, slots: Slots) -> Form | None:
    """ "Is A left or right of B?" """
    choices, origin = head.value if head.kind == "sidesof" else slots.get("sidesof")
    plain = slots.plain
    if head.kind not in ("sidesof", "where", "relation", "direction") or plain is None:
        return None
    if not slots.only("", "of", "sidesof") or plain[1] == "or" or len(origin[0]) != 1:
        return None
    if slots.roles.count("") + slots.roles.count("of") != 1:
        return None
    return _each_relative(plain[0], origin[0][0], choices)


def _each_relative(
    mentions: tuple[Mention, ...], origin: Mention, choices: tuple[Any, ...]
) -> Form | None:
    if any(m in (CAMERA, origin) or m.kind is Kind.PIXEL or m.many for m in mentions):
        return None
    forms = tuple(RelativeDirection(m, origin, choices) for m in mentions)
    return forms[0] if len(forms) == 1 else Several(forms)


def vector(head: Head, slots: Slots) -> Form | None:
    """From the one to the other, in whichever order they are named."""
    if slots.has("axis"):  # "the displacement along x"
        return distance(Head("dist"), slots)
    if not slots.only("", "of", "from", "to", "between", "pair", "relative") or slots.twice():
        return None
    start, end = slots.one("from", "relative"), slots.get("to")
    plain, both = slots.plain, slots.one("between", "pair")
    if both is not None:
        return Direction(*both[0]) if len(both[0]) == 2 and not (plain or start or end) else None
    mentions: list[Mention] = []
    if start and end and plain is None:
        mentions = [*start[0], *end[0]]
    elif plain and start and not end:
        mentions = [*start[0], *plain[0]]
    elif plain and end and not start:
        mentions = [*plain[0], *end[0]]
    elif plain and not start and not end:
        mentions = [CAMERA, *plain[0]] if len(plain[0]) == 1 else [*plain[0]]
    elif end and not plain and not start:
        mentions = [CAMERA, *end[0]]
    if len(mentions) != 2:
        return None
    return Direction(mentions[0], mentions[1])


def direction(head: Head, slots: Slots) -> Form | None:
    """ "The direction from A to B" is a vector, "in which direction is A" is not."""
    if slots.has("travel"):  # "which direction do I go from A to get to B?"
        slots = slots.without("travel")
        return vector(head, slots) if slots.has("from") else bearing(head, slots)
    if (slots.has("to") and slots.has("from")) or (not head.asked and slots.has("to")):
        return vector(head, slots)
    if not head.asked and slots.has("between"):
        return vector(head, slots)
    if not head.asked and slots.only("", "of"):
        return vector(head, slots)
    return relative(Head("relation"), slots)


def bearing(head: Head, slots: Slots) -> Form | None:
    if (
        not slots.only("", "of", "to", "from", "relative", "between", "side", "sides", "travel")
        or slots.twice()
    ):
        return None
    plain = slots.plain or slots.get("to")
    if slots.plain and slots.has("to"):
        return None
    both = slots.get("between")
    clock = head.kind == "clock"
    if both is not None and not clock:
        return Angle(*both[0]) if len(both[0]) == 2 and plain is None else None
    origin = slots.one("from", "relative") or ((CAMERA,), "")
    side = slots.get("side")
    if side is not None and (not isinstance(side, RelationTo) or side.mention != CAMERA):
        return None
    if plain is None or len(plain[0]) != 1 or len(origin[0]) != 1 or plain[0][0] == CAMERA:
        return None
    if not clock and origin[0][0] != CAMERA:
        return None
    return Bearing(plain[0][0], origin[0][0], clock)
